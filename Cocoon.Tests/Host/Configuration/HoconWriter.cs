using System.Text;
using Cocoon.Host.Configuration.Hocon;

namespace Cocoon.Tests.Host.Configuration;

/// <summary>Writes a resolved value as HOCON that reads back as the same value.</summary>
internal static class HoconWriter
{
    public static string Write(HoconObject root)
    {
        StringBuilder text = new();
        WriteFields(text, root, indent: 0);
        return text.ToString();
    }

    private static void WriteFields(StringBuilder text, HoconObject value, int indent)
    {
        foreach ((string key, HoconValue field) in value.Fields)
        {
            text.Append(' ', indent).Append(HoconPath.Quote(key)).Append(field is HoconObject ? " " : " = ");
            WriteValue(text, field, indent);
            text.Append('\n');
        }
    }

    private static void WriteValue(StringBuilder text, HoconValue value, int indent)
    {
        switch (value)
        {
            case HoconScalar scalar:
                text.Append(scalar.Text is null ? "null" : HoconString.Quote(scalar.Text));
                break;
            case HoconArray array:
                text.Append('[');
                for (int i = 0; i < array.Items.Count; i++)
                {
                    text.Append(i == 0 ? "" : ", ");
                    WriteValue(text, array.Items[i], indent + 2);
                }

                text.Append(']');
                break;
            case HoconObject fields:
                text.Append("{\n");
                WriteFields(text, fields, indent + 2);
                text.Append(' ', indent).Append('}');
                break;
            default:
                throw new InvalidOperationException($"no rule to write {value.Kind}");
        }
    }
}
