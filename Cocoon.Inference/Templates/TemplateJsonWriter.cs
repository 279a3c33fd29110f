using System.Globalization;
using System.Text;

namespace Cocoon.Inference.Templates;

/// <summary>Writes one value the way Python's json.dumps does.</summary>
internal sealed class TemplateJsonWriter(
    TemplateArguments arguments, bool asciiOnly, string? indent, string itemSeparator, string keySeparator, bool sortKeys)
{
    public StringBuilder Text { get; } = new();

    public bool Trusted { get; private set; } = true;

    public void Write(TemplateValue value, int depth)
    {
        arguments.Context.Charge(arguments.Position, Text.Length > TemplateLimits.OutputChars ? Text.Length : 0);
        if (depth > TemplateLimits.ValueDepth)
            throw new TemplateException(TemplateFailure.Limit, $"tojson: the value nests deeper than {TemplateLimits.ValueDepth}", arguments.Position);
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
