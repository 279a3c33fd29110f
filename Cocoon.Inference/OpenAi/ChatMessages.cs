using System.Text.Json;
using Cocoon.Inference.Templates;

namespace Cocoon.Inference.OpenAi;

/// <summary>
/// A conversation in the form that chat templates take: parts of text joined with newlines, missing content as empty text,
/// arguments of tool calls as objects. Everything in it is untrusted text.
/// </summary>
internal sealed class ChatMessages
{
    private const int MostMessages = 4096;
    private static readonly string[] Roles = ["system", "developer", "user", "assistant", "tool", "function"];

    private ChatMessages(ListValue value) => Value = value;

    public ListValue Value { get; }

    public static ChatMessages Read(RequestFields fields)
    {
        List<TemplateValue> messages = [.. fields.Array("messages", MostMessages).Select(ReadMessage)];
        return messages.Count > 0 ? new ChatMessages(new ListValue(messages)) : throw RequestFields.Bad("'messages' must be an array of at least one message");
    }

    private static TemplateValue ReadMessage(JsonElement message, int index)
    {
        string path = $"messages[{index}].";
        if (message.ValueKind != JsonValueKind.Object)
            throw RequestFields.Bad($"'messages[{index}]' must be an object, not {RequestFields.Show(message)}");
        RequestFields fields = new(message, path);
        string role = fields.Text("role") ?? throw RequestFields.Bad($"'{path}role' is missing");
        if (!Roles.Contains(role))
            throw RequestFields.Bad($"'{path}role' must be one of {string.Join(", ", Roles)}, not '{role}'");
        MapValue map = new();
        map.Set("role", new TextValue(TemplateText.Untrusted(role == "developer" ? "system" : role)));
        map.Set("content", ReadContent(fields, path));
        if (fields.Find("content") is null && role is not "assistant")
            throw RequestFields.Bad($"'{path}content' is missing");
        foreach (JsonProperty property in message.EnumerateObject())
        {
            if (property.Name is "role" or "content" || property.Value.ValueKind == JsonValueKind.Null)
                continue;
            if (property.Name == "tool_calls")
            {
                List<TemplateValue> calls = [.. fields.Array("tool_calls", 128).Select((call, number) => ReadCall(call, $"{path}tool_calls[{number}]"))];
                if (calls.Count > 0)
                    map.Set("tool_calls", new ListValue(calls));
            }
            else
            {
                map.Set(TemplateText.Untrusted(property.Name), TemplateJson.FromJson(property.Value));
            }
        }

        return map;
    }

    private static TextValue ReadContent(RequestFields fields, string path)
    {
        switch (fields.Find("content"))
        {
            case null:
                return TextValue.Empty;
            case { ValueKind: JsonValueKind.String } text:
                return new TextValue(TemplateText.Untrusted(text.GetString()!));
            case { ValueKind: JsonValueKind.Array } parts:
                return new TextValue(TemplateText.Untrusted(string.Join('\n', parts.EnumerateArray().Select((part, index) => ReadPart(part, $"{path}content[{index}]")))));
            case { } other:
                throw RequestFields.Bad($"'{path}content' must be a string or an array of parts, not {RequestFields.Show(other)}");
        }
    }

    private static string ReadPart(JsonElement part, string path)
    {
        if (part.ValueKind != JsonValueKind.Object)
            throw RequestFields.Bad($"'{path}' must be an object, not {RequestFields.Show(part)}");
        RequestFields fields = new(part, path + ".");
        string type = fields.Text("type") ?? "text";
        if (type is not ("text" or "refusal"))
            throw RequestFields.Bad($"'{path}.type' is '{type}', but this model reads only text");
        return fields.Text(type) ?? throw RequestFields.Bad($"'{path}.{type}' is missing");
    }

    private static MapValue ReadCall(JsonElement call, string path)
    {
        if (call.ValueKind != JsonValueKind.Object || TemplateJson.FromJson(call) is not MapValue map)
            throw RequestFields.Bad($"'{path}' must be an object");
        RequestFields function = new RequestFields(call, path + ".").Object("function") ?? throw RequestFields.Bad($"'{path}.function' is missing");
        if (function.Text("name") is null)
            throw RequestFields.Bad($"'{path}.function.name' is missing");
        MapValue changed = (MapValue)TemplateJson.FromJson(function.Body);
        if (function.Find("arguments") is { ValueKind: JsonValueKind.String } arguments)
            changed.Set("arguments", ParseArguments(arguments.GetString()!, path));
        map.Set("function", changed);
        return map;
    }

    private static TemplateValue ParseArguments(string arguments, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(arguments.Length == 0 ? "{}" : arguments);
            return TemplateJson.FromJson(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw RequestFields.Bad($"'{path}.function.arguments' is no valid JSON: {exception.Message}");
        }
    }
}
