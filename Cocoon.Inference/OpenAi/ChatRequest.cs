using System.Text.Json;

namespace Cocoon.Inference.OpenAi;

/// <summary>Whether the answer calls tools.</summary>
internal enum ToolUse
{
    None,
    Auto,
    Required,
}

/// <summary>What form the answer's text must have.</summary>
internal enum AnswerForm
{
    Text,
    JsonObject,
    JsonSchema,
}

/// <summary>One tool that a request offers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Definition">The whole entry of <c>tools</c>, for the chat template.</param>
/// <param name="Parameters">The JSON schema of its arguments; undefined when it has none.</param>
internal sealed record ToolDefinition(string Name, JsonElement Definition, JsonElement? Parameters);

/// <summary>A request for <c>/v1/chat/completions</c>.</summary>
/// <param name="Messages">The conversation, checked and in the form that chat templates take.</param>
/// <param name="Tools">Tools offered.</param>
/// <param name="ToolUse">Whether they may or must be called.</param>
/// <param name="RequiredTool">The one tool that must be called, or null for any.</param>
/// <param name="Form">Form of the answer.</param>
/// <param name="Schema">The schema for <see cref="AnswerForm.JsonSchema"/>.</param>
/// <param name="TemplateVariables">Further variables for the chat template, such as <c>enable_thinking</c>.</param>
/// <param name="Settings">Everything else.</param>
internal sealed record ChatRequest(
    ChatMessages Messages,
    IReadOnlyList<ToolDefinition> Tools,
    ToolUse ToolUse,
    string? RequiredTool,
    AnswerForm Form,
    JsonElement? Schema,
    IReadOnlyDictionary<string, JsonElement> TemplateVariables,
    GenerationSettings Settings)
{
    private const int MostTools = 128;
    private static readonly string[] ReservedVariables = ["messages", "tools", "add_generation_prompt", "bos_token", "eos_token", "documents"];

    public static ChatRequest Parse(ReadOnlyMemory<byte> body, int vocabularySize)
    {
        RequestFields fields = RequestFields.Parse(body);
        RefuseWhatWouldBeIgnored(fields);
        bool wantsLogprobs = fields.Boolean("logprobs", false);
        int top = (int)(fields.Integer("top_logprobs", 0, 20) ?? 0);
        if (top > 0 && !wantsLogprobs)
            throw RequestFields.Bad("'top_logprobs' needs 'logprobs': true");
        GenerationSettings settings = GenerationSettings.Read(fields, wantsLogprobs ? top : null, vocabularySize);
        List<ToolDefinition> tools = [.. fields.Array("tools", MostTools).Select(ReadTool)];
        (ToolUse use, string? required) = ReadToolChoice(fields, tools);
        (AnswerForm form, JsonElement? schema) = ReadForm(fields);
        if (form != AnswerForm.Text && use == ToolUse.Required)
            throw RequestFields.Bad("'response_format' and a required tool exclude each other");
        return new ChatRequest(ChatMessages.Read(fields), tools, use, required, form, schema, ReadVariables(fields), settings);
    }

    /// <summary>An answer in text from a request that wanted something else would pass for what was asked.</summary>
    private static void RefuseWhatWouldBeIgnored(RequestFields fields)
    {
        if (fields.Array("functions", MostTools).Any())
            throw RequestFields.Bad("'functions' is not supported: use 'tools'");
        if (fields.Array("modalities", MostTools).Any(kind => kind.ValueKind != JsonValueKind.String || kind.GetString() != "text"))
            throw RequestFields.Bad("'modalities' may only be 'text': this model writes nothing else");
    }

    private static ToolDefinition ReadTool(JsonElement tool, int index)
    {
        string path = $"tools[{index}].";
        if (tool.ValueKind != JsonValueKind.Object)
            throw RequestFields.Bad($"'tools[{index}]' must be an object, not {RequestFields.Show(tool)}");
        RequestFields fields = new(tool, path);
        if (fields.Text("type") is { } type && type != "function")
            throw RequestFields.Bad($"'{path}type' must be 'function', not '{type}'");
        RequestFields function = fields.Object("function") ?? throw RequestFields.Bad($"'{path}function' is missing");
        string name = function.Text("name") ?? throw RequestFields.Bad($"'{path}function.name' is missing");
        if (name.Length is 0 or > 64 || !name.All(symbol => char.IsAsciiLetterOrDigit(symbol) || symbol is '_' or '-' or '.'))
            throw RequestFields.Bad($"'{path}function.name' must be 1 to 64 letters, digits, '_', '-' or '.'");
        return new ToolDefinition(name, tool, function.Object("parameters")?.Body);
    }

    private static (ToolUse Use, string? Required) ReadToolChoice(RequestFields fields, List<ToolDefinition> tools)
    {
        switch (fields.Find("tool_choice"))
        {
            case null:
                return (tools.Count > 0 ? ToolUse.Auto : ToolUse.None, null);
            case { ValueKind: JsonValueKind.String } choice when choice.GetString() is "none" or "auto" or "required":
                string use = choice.GetString()!;
                if (use == "required" && tools.Count == 0)
                    throw RequestFields.Bad("'tool_choice' is 'required' but 'tools' is empty");
                return (use == "none" || tools.Count == 0 ? ToolUse.None : use == "auto" ? ToolUse.Auto : ToolUse.Required, null);
            case { ValueKind: JsonValueKind.Object } named:
                string? name = new RequestFields(named, "tool_choice.").Object("function")?.Text("name");
                return tools.Exists(tool => tool.Name == name)
                    ? (ToolUse.Required, name)
                    : throw RequestFields.Bad($"'tool_choice.function.name' is {(name is null ? "missing" : $"'{name}', which is none of 'tools'")}");
            case { } other:
                throw RequestFields.Bad($"'tool_choice' must be 'none', 'auto', 'required' or a named function, not {RequestFields.Show(other)}");
        }
    }

    private static (AnswerForm Form, JsonElement? Schema) ReadForm(RequestFields fields)
    {
        if (fields.Object("response_format") is not { } format)
            return (AnswerForm.Text, null);
        switch (format.Text("type"))
        {
            case "text":
                return (AnswerForm.Text, null);
            case "json_object":
                return (AnswerForm.JsonObject, null);
            case "json_schema":
                RequestFields schema = format.Object("json_schema") ?? throw RequestFields.Bad("'response_format.json_schema' is missing");
                return (AnswerForm.JsonSchema, schema.Find("schema") ?? throw RequestFields.Bad("'response_format.json_schema.schema' is missing"));
            case var type:
                throw RequestFields.Bad($"'response_format.type' must be 'text', 'json_object' or 'json_schema', not '{type}'");
        }
    }

    private static Dictionary<string, JsonElement> ReadVariables(RequestFields fields)
    {
        Dictionary<string, JsonElement> variables = new(StringComparer.Ordinal);
        if (fields.Find("reasoning_effort") is { } effort)
            variables["reasoning_effort"] = effort;
        if (fields.Object("chat_template_kwargs") is not { } given)
            return variables;
        foreach (JsonProperty variable in given.Body.EnumerateObject())
        {
            if (ReservedVariables.Contains(variable.Name))
                throw RequestFields.Bad($"'chat_template_kwargs.{variable.Name}' is set by the engine");
            variables[variable.Name] = variable.Value;
        }

        return variables;
    }
}
