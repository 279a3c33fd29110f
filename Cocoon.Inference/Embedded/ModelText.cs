using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.OpenAi;
using Cocoon.Inference.Templates;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Inference.Embedded;

/// <summary>What texts are to a model: its tokenizer and its chat template, without its weights.</summary>
internal sealed class ModelText
{
    private readonly TimeProvider clock;

    /// <summary>Throws <see cref="TokenizerException"/> or <see cref="TemplateException"/>.</summary>
    /// <param name="metadata">Of the model's file, which must stay open.</param>
    /// <param name="clock">For templates that name the day.</param>
    /// <param name="chatTemplate">In place of the file's own; null for that.</param>
    public ModelText(GgufMetadata metadata, TimeProvider clock, string? chatTemplate)
    {
        this.clock = clock;
        Tokenizer = Tokenizer.Read(metadata);
        if ((chatTemplate ?? metadata.GetString("tokenizer.chat_template", null)) is { } source)
        {
            Template = ChatTemplate.Parse(source);
            Tools = ToolFormats.Detect(source);
            Reasons = source.Contains("<think>", StringComparison.Ordinal);
        }
    }

    public Tokenizer Tokenizer { get; }

    /// <summary>The chat template, or null for a model that has none and cannot chat.</summary>
    public ChatTemplate? Template { get; }

    public ToolFormat Tools { get; }

    /// <summary>True when answers may start with reasoning.</summary>
    public bool Reasons { get; }

    /// <summary>The prompt of a chat. Throws <see cref="EngineException"/> for a request that the template or the model cannot take.</summary>
    public IReadOnlyList<PromptSegment> Prompt(string model, ChatRequest request, CancellationToken cancellationToken)
    {
        if (Template is null)
            throw RequestFields.Bad($"the model '{model}' has no chat template; use /v1/completions");
        if (request.ToolUse != ToolUse.None && Tools == ToolFormat.None)
            throw RequestFields.Bad($"'tools': the chat template of '{model}' has no tools in a form that is known here (Hermes, Llama 3)");
        TemplateValue tools = request.ToolUse == ToolUse.None
            ? NoneValue.Instance
            : new ListValue([.. request.Tools.Select(tool => TemplateJson.FromJson(tool.Definition))]);
        try
        {
            IReadOnlyList<PromptSegment> prompt = Render(request.Messages.Value, tools, request.TemplateVariables, cancellationToken);
            return StartsInCall(request) ? [.. prompt, new PromptSegment("<tool_call>\n", true)] : prompt;
        }
        catch (TemplateException exception)
        {
            string message = exception.Failure == TemplateFailure.Raised ? $"the chat template refuses 'messages': {exception.Reason}" : $"'messages' cannot be rendered: {exception.Message}";
            throw new EngineException(EngineFailure.BadRequest, message, exception);
        }
    }

    /// <summary>Whether the answer begins inside a call of a tool, because the request demands one.</summary>
    public bool StartsInCall(ChatRequest request) => request.ToolUse == ToolUse.Required && Tools == ToolFormat.Hermes;

    /// <summary>Renders a conversation. Throws <see cref="TemplateException"/>.</summary>
    public IReadOnlyList<PromptSegment> Render(TemplateValue messages, TemplateValue tools, IEnumerable<KeyValuePair<string, JsonElement>> more, CancellationToken cancellationToken)
    {
        MapValue variables = new();
        foreach ((string key, JsonElement value) in more)
            variables.Set(key, TemplateJson.FromJson(value));
        variables.Set("messages", messages);
        variables.Set("tools", tools);
        variables.Set("documents", NoneValue.Instance);
        variables.Set("add_generation_prompt", TemplateValue.Of(true));
        variables.Set("bos_token", TemplateValue.Trusted(SpecialText(Tokenizer.Bos)));
        variables.Set("eos_token", TemplateValue.Trusted(SpecialText(Tokenizer.Eos)));
        return Template!.Render(variables, clock, cancellationToken);
    }

    /// <summary>Tokens that the template adds to a short conversation, tools' preamble included; 0 without a template.</summary>
    public int MeasureTemplate()
    {
        if (Template is null)
            return 0;
        using JsonDocument sample = JsonDocument.Parse("""
            {"plain": [{"role": "user", "content": ""}], "full": [{"role": "system", "content": ""}, {"role": "user", "content": ""}],
             "tools": [{"type": "function", "function": {"name": "f", "description": "", "parameters": {"type": "object", "properties": {}}}}]}
            """);
        int most = 0;
        foreach ((string messages, bool withTools) in (ReadOnlySpan<(string, bool)>)[("plain", false), ("full", false), ("plain", true), ("full", true)])
        {
            TemplateValue tools = withTools ? TemplateJson.FromJson(sample.RootElement.GetProperty("tools")) : NoneValue.Instance;
            try
            {
                most = Math.Max(most, Tokenizer.Encode(Render(TemplateJson.FromJson(sample.RootElement.GetProperty(messages)), tools, [], CancellationToken.None)).Count);
            }
            catch (TemplateException) when (messages == "full" || withTools)
            {
                // Some families take no system message or no tools, and say so.
            }
        }

        const int Slack = 16;
        return most + Slack;
    }
    private string SpecialText(int token) => token < 0 ? string.Empty : Tokenizer.Vocabulary.Text(token);
}
