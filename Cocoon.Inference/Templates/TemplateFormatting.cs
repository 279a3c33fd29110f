using System.Globalization;
using System.Text;

namespace Cocoon.Inference.Templates;

/// <summary>The three ways of formatting that templates use: <c>%</c>, <c>str.format</c> and <c>strftime</c>.</summary>
internal static class TemplateFormatting
{
    /// <summary>Python's <c>format % values</c> with %s, %d, %i, %f (and .N) and %%.</summary>
    public static TextValue Percent(TemplateText format, IReadOnlyList<TemplateValue> values, RenderContext context, TemplatePosition position)
    {
        TemplateTextBuilder builder = new();
        int next = 0;
        for (int index = 0; index < format.Length; index++)
        {
            if (format.Text[index] != '%')
            {
                builder.Append(format, index, 1);
                continue;
            }

            int precision = 6;
            if (++index < format.Length && format.Text[index] == '.')
            {
                precision = 0;
                while (++index < format.Length && char.IsAsciiDigit(format.Text[index]) && precision < 100)
                    precision = precision * 10 + format.Text[index] - '0';
            }

            char kind = index < format.Length ? format.Text[index] : throw Error("the format ends in '%'", position);
            if (kind == '%')
            {
                builder.Append("%", true);
                continue;
            }

            if (next >= values.Count)
                throw Error("the format has more places than values", position);
            builder.Append(PercentValue(kind, precision, values[next++], context, position));
        }

        if (next < values.Count)
            throw Error("the format has fewer places than values", position);
        return context.Checked(builder.ToText(), position);
    }

    /// <summary>Python's <c>str.format</c> with <c>{}</c>, <c>{0}</c>, <c>{name}</c> and doubled braces; no format specifications.</summary>
    public static TemplateValue Format(TemplateText format, TemplateArguments arguments)
    {
        TemplateTextBuilder builder = new();
        int automatic = 0;
        string text = format.Text;
        for (int index = 0; index < text.Length; index++)
        {
            if (text[index] is '{' or '}' && index + 1 < text.Length && text[index + 1] == text[index])
            {
                builder.Append(format, index++, 1);
                continue;
            }

            if (text[index] is not ('{' or '}'))
            {
                builder.Append(format, index, 1);
                continue;
            }

            int end = text.IndexOf('}', index);
            if (text[index] == '}' || end < 0)
                throw arguments.Error("format: a single brace must be doubled");
            string field = text[(index + 1)..end];
            TemplateValue? value = field.Length == 0 ? arguments.Find(automatic++, string.Empty)
                : int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? arguments.Find(number, string.Empty)
                : arguments.Find(int.MaxValue, field);
            builder.Append(TemplatePrinting.Print(value ?? throw arguments.Error($"format: there is no value for '{{{field}}}'"), arguments.Context, arguments.Position));
            index = end;
        }

        return arguments.Context.Checked(builder.ToText(), arguments.Position);
    }

    public static TemplateText FillZero(TemplateText text, TemplateArguments arguments)
    {
        long width = Math.Min(arguments.Allow("width").Integer(0, "width", 0), 4096);
        int missing = (int)Math.Max(0, width - text.RuneCount);
        int sign = text.Length > 0 && text.Text[0] is '+' or '-' ? 1 : 0;
        TemplateTextBuilder builder = new();
        builder.Append(text, 0, sign);
        builder.Append(new string('0', missing), true);
        builder.Append(text, sign, text.Length - sign);
        return builder.ToText();
    }

    /// <summary>C's strftime in the C locale.</summary>
    public static string Time(string format, DateTimeOffset time, TemplatePosition position)
    {
        StringBuilder builder = new();
        for (int index = 0; index < format.Length; index++)
        {
            if (format[index] != '%' || index + 1 == format.Length)
            {
                builder.Append(format[index]);
                continue;
            }

            char kind = format[++index];
            bool isUnpadded = kind == '-' && index + 1 < format.Length;
            if (isUnpadded)
                kind = format[++index];
            string part = TimePart(kind, time, position);
            builder.Append(isUnpadded && part.Length > 1 ? part.TrimStart('0').PadLeft(1, '0') : part);
        }

        return builder.ToString();
    }

    private static string TimePart(char kind, DateTimeOffset time, TemplatePosition position)
    {
        return kind switch
        {
            'a' => Net("ddd"),
            'A' => Net("dddd"),
            'b' or 'h' => Net("MMM"),
            'B' => Net("MMMM"),
            'd' => Net("dd"),
            'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            'm' => Net("MM"),
            'y' => Net("yy"),
            'Y' => time.Year.ToString(CultureInfo.InvariantCulture),
            'H' => Net("HH"),
            'I' => Net("hh"),
            'M' => Net("mm"),
            'S' => Net("ss"),
            'f' => Net("ffffff"),
            'p' => Net("tt"),
            'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
            'F' => Net("yyyy-MM-dd"),
            'D' or 'x' => Net("MM'/'dd'/'yy"),
            'T' or 'X' => Net("HH':'mm':'ss"),
            'R' => Net("HH':'mm"),
            'c' => $"{Net("ddd MMM")} {time.Day,2} {Net("HH':'mm':'ss yyyy")}",
            'n' => "\n",
            't' => "\t",
            '%' => "%",
            'Z' or 'z' => string.Empty,
            _ => throw Error($"strftime_now: '%{kind}' is not supported", position),
        };

        string Net(string format) => time.ToString(format, CultureInfo.InvariantCulture);
    }

    private static TemplateText PercentValue(char kind, int precision, TemplateValue value, RenderContext context, TemplatePosition position)
    {
        switch (kind)
        {
            case 's':
                return TemplatePrinting.Print(value, context, position);
            case 'd' or 'i' when TemplateOperations.TryNumber(value, out double number):
                return value is FloatValue
                    ? TemplateText.Trusted(Math.Truncate(number).ToString("F0", CultureInfo.InvariantCulture))
                    : TemplateText.Trusted(TemplateOperations.AsInteger(value).ToString(CultureInfo.InvariantCulture));
            case 'f' when TemplateOperations.TryNumber(value, out double real):
                return TemplateText.Trusted(real.ToString($"F{precision}", CultureInfo.InvariantCulture));
            case 'd' or 'i' or 'f':
                throw Error($"'%{kind}' needs a number, not {TemplateOperations.Describe(value)}", position);
            default:
                throw Error($"'%{kind}' is not supported: use %s, %d or %f", position);
        }
    }

    private static TemplateException Error(string message, TemplatePosition position) => new(TemplateFailure.Evaluation, message, position);
}
