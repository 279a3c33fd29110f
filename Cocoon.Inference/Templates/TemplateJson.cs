using System.Text.Json;

namespace Cocoon.Inference.Templates;

/// <summary>
/// JSON in and out. Out follows what the transformers library gives templates as <c>tojson</c>: Python's <c>json.dumps</c>
/// with <c>ensure_ascii</c>, <c>indent</c>, <c>separators</c> and <c>sort_keys</c>, none of HTML's escapes, keys in their order.
/// </summary>
internal static class TemplateJson
{
    /// <summary>A request's JSON as a template value; none of its text is trusted.</summary>
    public static TemplateValue FromJson(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                MapValue map = new();
                foreach (JsonProperty property in element.EnumerateObject())
                    map.Set(TemplateText.Untrusted(property.Name), FromJson(property.Value));
                return map;
            case JsonValueKind.Array:
                return new ListValue([.. element.EnumerateArray().Select(FromJson)]);
            case JsonValueKind.String:
                return new TextValue(TemplateText.Untrusted(element.GetString()!));
            case JsonValueKind.Number:
                if (element.TryGetInt64(out long integer))
                    return TemplateValue.Of(integer);
                string raw = element.GetRawText();
                return new FloatValue(element.GetDouble(), raw.AsSpan().ContainsAny('.', 'e', 'E') ? null : raw);
            case JsonValueKind.True or JsonValueKind.False:
                return TemplateValue.Of(element.ValueKind == JsonValueKind.True);
            default:
                return NoneValue.Instance;
        }
    }

    public static TextValue Filter(TemplateValue value, TemplateArguments arguments)
    {
        arguments.Allow("ensure_ascii", "indent", "separators", "sort_keys");
        string? indent = arguments.Find(1, "indent") switch
        {
            null or NoneValue => null,
            IntegerValue width => new string(' ', (int)Math.Clamp(width.Value, 0, 64)),
            TextValue text => text.Value,
            TemplateValue other => throw arguments.Error($"tojson: 'indent' must be a number, not {other.TypeName}"),
        };
        (string items, string keys) = arguments.Find(2, "separators") switch
        {
            null or NoneValue => (indent is null ? ", " : ",", ": "),
            ListValue { Items: [TextValue first, TextValue second] } => (first.Value, second.Value),
            _ => throw arguments.Error("tojson: 'separators' must be two strings"),
        };
        TemplateJsonWriter writer = new(arguments, arguments.Boolean(0, "ensure_ascii", false), indent, items, keys, arguments.Boolean(3, "sort_keys", false));
        writer.Write(value, 0);
        return arguments.Context.Checked(TemplateText.Of(writer.Text.ToString(), writer.Trusted), arguments.Position);
    }
}
