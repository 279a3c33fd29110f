using System.Globalization;
using System.Text;

namespace Cocoon.Inference.Templates;

/// <summary>Values as text: Python's <c>str</c> and <c>repr</c>.</summary>
internal static class TemplatePrinting
{
    /// <summary>What <c>{{ value }}</c> writes.</summary>
    public static TemplateText Print(TemplateValue value, RenderContext context, TemplatePosition position)
    {
        switch (value)
        {
            case TextValue text: return text.Text;
            case NoneValue: return TemplateText.Trusted("None");
            case UndefinedValue: return TemplateText.Empty;
            case BooleanValue boolean: return TemplateText.Trusted(boolean.IsTrue ? "True" : "False");
            case IntegerValue integer: return TemplateText.Trusted(integer.Value.ToString(CultureInfo.InvariantCulture));
            case FloatValue real: return TemplateText.Trusted(real.Print());
            case ListValue or MapValue:
                StringBuilder builder = new();
                bool trusted = true;
                AppendRepr(builder, value, context, position, 0, ref trusted);
                return TemplateText.Of(builder.ToString(), trusted);
            default:
                throw new TemplateException(TemplateFailure.Evaluation, $"{TemplateOperations.Describe(value)} has no text", position);
        }
    }

    private static void AppendRepr(StringBuilder builder, TemplateValue value, RenderContext context, TemplatePosition position, int depth, ref bool trusted)
    {
        context.Charge(position, builder.Length > TemplateLimits.OutputChars ? builder.Length : 0);
        if (depth > TemplateLimits.ValueDepth)
            throw new TemplateException(TemplateFailure.Limit, $"a printed value nests deeper than {TemplateLimits.ValueDepth}", position);
        switch (value)
        {
            case TextValue text:
                trusted &= text.Text.IsTrusted;
                context.Charge(position, text.Value.Length);
                AppendQuoted(builder, text.Value);
                break;
            case ListValue list:
                builder.Append(list.IsTuple ? '(' : '[');
                for (int index = 0; index < list.Items.Count; index++)
                {
                    builder.Append(index > 0 ? ", " : string.Empty);
                    AppendRepr(builder, list.Items[index], context, position, depth + 1, ref trusted);
                }

                builder.Append(list.IsTuple && list.Items.Count == 1 ? "," : string.Empty).Append(list.IsTuple ? ')' : ']');
                break;
            case MapValue map:
                builder.Append('{');
                string separator = string.Empty;
                foreach (MapValue.Entry entry in map.Entries)
                {
                    builder.Append(separator);
                    AppendRepr(builder, new TextValue(entry.Key), context, position, depth + 1, ref trusted);
                    builder.Append(": ");
                    AppendRepr(builder, entry.Value, context, position, depth + 1, ref trusted);
                    separator = ", ";
                }

                builder.Append('}');
                break;
            case UndefinedValue:
                builder.Append("Undefined");
                break;
            default:
                builder.Append(Print(value, context, position).Text);
                break;
        }
    }

    /// <summary>Python's repr of a string: single quotes unless only those are inside, escapes for what does not print.</summary>
    private static void AppendQuoted(StringBuilder builder, string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        builder.Append(quote);
        foreach (Rune rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '\n': builder.Append("\\n"); break;
                case '\r': builder.Append("\\r"); break;
                case '\t': builder.Append("\\t"); break;
                case '\\': builder.Append("\\\\"); break;
                case < 0x20 or 0x7F: builder.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"); break;
                case int value when value == quote: builder.Append('\\').Append(quote); break;
                case int value when value > 0x7F && !IsPrintable(rune):
                    builder.Append(value <= 0xFF ? $"\\x{value:x2}" : value <= 0xFFFF ? $"\\u{value:x4}" : $"\\U{value:x8}");
                    break;
                default: builder.Append(rune.ToString()); break;
            }
        }

        builder.Append(quote);
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
