using System.Globalization;
using System.Text;
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
        Writer writer = new(arguments, arguments.Boolean(0, "ensure_ascii", false), indent, items, keys, arguments.Boolean(3, "sort_keys", false));
        writer.Write(value, 0);
        return arguments.Context.Checked(TemplateText.Of(writer.Text.ToString(), writer.Trusted), arguments.Position);
    }

    private sealed class Writer(TemplateArguments arguments, bool asciiOnly, string? indent, string itemSeparator, string keySeparator, bool sortKeys)
    {
        public StringBuilder Text { get; } = new();

        public bool Trusted { get; private set; } = true;

        public void Write(TemplateValue value, int depth)
        {
            arguments.Context.Charge(arguments.Position, Text.Length > arguments.Context.Limits.OutputChars ? Text.Length : 0);
            if (depth > arguments.Context.Limits.ValueDepth)
                throw new TemplateException(TemplateFailure.Limit, $"tojson: the value nests deeper than {arguments.Context.Limits.ValueDepth}", arguments.Position);
            switch (value)
            {
                case NoneValue: Text.Append("null"); break;
                case BooleanValue boolean: Text.Append(boolean.IsTrue ? "true" : "false"); break;
                case IntegerValue integer: Text.Append(integer.Value.ToString(CultureInfo.InvariantCulture)); break;
                case FloatValue real: Text.Append(double.IsNaN(real.Value) ? "NaN" : double.IsInfinity(real.Value) ? (real.Value > 0 ? "Infinity" : "-Infinity") : real.Print()); break;
                case TextValue text: WriteText(text.Text); break;
                case ListValue list: WriteList(list, depth); break;
                case MapValue map: WriteMap(map, depth); break;
                default: throw arguments.Error($"tojson: {TemplateOperations.Describe(value)} is not JSON");
            }
        }

        private void WriteList(ListValue list, int depth)
        {
            Text.Append('[');
            for (int index = 0; index < list.Items.Count; index++)
            {
                Separate(index, depth + 1);
                Write(list.Items[index], depth + 1);
            }

            End(list.Items.Count, depth, ']');
        }

        private void WriteMap(MapValue map, int depth)
        {
            Text.Append('{');
            IEnumerable<MapValue.Entry> entries = sortKeys
                ? map.Entries.Order(Comparer<MapValue.Entry>.Create((a, b) => TemplateOperations.CompareText(a.Key.Text, b.Key.Text)))
                : map.Entries;
            int index = 0;
            foreach (MapValue.Entry entry in entries)
            {
                Separate(index++, depth + 1);
                WriteText(entry.Key);
                Text.Append(keySeparator);
                Write(entry.Value, depth + 1);
            }

            End(map.Count, depth, '}');
        }

        private void Separate(int index, int depth)
        {
            if (index > 0)
                Text.Append(itemSeparator);
            NewLine(depth);
        }

        private void End(int count, int depth, char bracket)
        {
            if (count > 0)
                NewLine(depth);
            Text.Append(bracket);
        }

        private void NewLine(int depth)
        {
            if (indent is null)
                return;
            Text.Append('\n');
            for (int level = 0; level < depth; level++)
                Text.Append(indent);
        }

        private void WriteText(TemplateText text)
        {
            Trusted &= text.IsTrusted;
            arguments.Context.Charge(arguments.Position, text.Length);
            Text.Append('"');
            foreach (char symbol in text.Text)
            {
                switch (symbol)
                {
                    case '"': Text.Append("\\\""); break;
                    case '\\': Text.Append("\\\\"); break;
                    case '\n': Text.Append("\\n"); break;
                    case '\r': Text.Append("\\r"); break;
                    case '\t': Text.Append("\\t"); break;
                    case '\f': Text.Append("\\f"); break;
                    case '\b': Text.Append("\\b"); break;
                    case < ' ': Text.Append(CultureInfo.InvariantCulture, $"\\u{(int)symbol:x4}"); break;
                    case > (char)0x7E when asciiOnly: Text.Append(CultureInfo.InvariantCulture, $"\\u{(int)symbol:x4}"); break;
                    default: Text.Append(symbol); break;
                }
            }

            Text.Append('"');
        }
    }
}
