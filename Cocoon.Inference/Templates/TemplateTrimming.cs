namespace Cocoon.Inference.Templates;

/// <summary>Python's ways to cut strings.</summary>
internal static class TemplateTrimming
{
    /// <summary>Python's white space: .NET's and the four information separators.</summary>
    public static bool IsSpace(char symbol) => char.IsWhiteSpace(symbol) || symbol is >= '\x1C' and <= '\x1F';

    /// <summary>Without the given chars (white space when null) at the chosen ends.</summary>
    public static TemplateText Trim(TemplateText text, string? chars, bool atStart, bool atEnd)
    {
        int start = 0;
        int end = text.Length;
        while (atStart && start < end && Strips(text.Text[start]))
            start++;
        while (atEnd && end > start && Strips(text.Text[end - 1]))
            end--;
        return text.Substring(start, end - start);

        bool Strips(char symbol) => chars is null ? IsSpace(symbol) : chars.Contains(symbol, StringComparison.Ordinal);
    }

    public static TemplateText RemovePrefix(TemplateText text, string prefix) =>
        text.Text.StartsWith(prefix, StringComparison.Ordinal) ? text.Substring(prefix.Length) : text;

    public static TemplateText RemoveSuffix(TemplateText text, string suffix) =>
        text.Text.EndsWith(suffix, StringComparison.Ordinal) ? text.Substring(0, text.Length - suffix.Length) : text;

    public static ListValue Split(TemplateText text, TemplateArguments arguments, bool fromEnd)
    {
        string? separator = arguments.Allow("sep", "maxsplit").OptionalText(0, "sep");
        long most = arguments.Integer(1, "maxsplit", -1);
        if (most < 0)
            most = long.MaxValue;
        if (separator is { Length: 0 })
            throw arguments.Error("split: the separator cannot be empty");
        List<(int Start, int End)> parts = separator is null
            ? SplitSpace(text.Text, most, fromEnd)
            : fromEnd ? SplitFromEnd(text.Text, separator, most) : SplitFromStart(text.Text, separator, most);
        arguments.Context.ChargeEntries(arguments.Position, parts.Count);
        return new ListValue([.. parts.Select(part => new TextValue(text.Substring(part.Start, part.End - part.Start)))]);
    }

    public static ListValue SplitLines(TemplateText text, TemplateArguments arguments)
    {
        bool keepEnds = arguments.Allow("keepends").Boolean(0, "keepends", false);
        List<TemplateValue> lines = [];
        foreach ((int start, int end, int next) in Lines(text.Text))
            lines.Add(new TextValue(text.Substring(start, (keepEnds ? next : end) - start)));
        return new ListValue(lines);
    }

    /// <summary>Lines as <c>splitlines</c> finds them: start, end without the break, start of the next.</summary>
    public static IEnumerable<(int Start, int End, int Next)> Lines(string text)
    {
        int start = 0;
        for (int index = 0; index < text.Length; index++)
        {
            if (text[index] is not ('\n' or '\r' or '\v' or '\f' or '\x1C' or '\x1D' or '\x1E' or '\x85' or '\u2028' or '\u2029'))
                continue;
            int end = index;
            if (text[index] == '\r' && index + 1 < text.Length && text[index + 1] == '\n')
                index++;
            yield return (start, end, index + 1);
            start = index + 1;
        }

        if (start < text.Length)
            yield return (start, text.Length, text.Length);
    }

    public static TemplateValue Partition(TemplateText text, TemplateArguments arguments)
    {
        TemplateText separator = arguments.Allow("sep").Text(0, "sep");
        int at = text.Text.IndexOf(separator.Text, StringComparison.Ordinal);
        return at < 0 || separator.Length == 0
            ? new ListValue([new TextValue(text), TextValue.Empty, TextValue.Empty], true)
            : new ListValue([new TextValue(text.Substring(0, at)), new TextValue(separator), new TextValue(text.Substring(at + separator.Length))], true);
    }

    private static List<(int Start, int End)> SplitFromStart(string text, string separator, long most)
    {
        List<(int, int)> parts = [];
        int start = 0;
        for (int at = text.IndexOf(separator, StringComparison.Ordinal); at >= 0 && most > 0; at = text.IndexOf(separator, start, StringComparison.Ordinal), most--)
        {
            parts.Add((start, at));
            start = at + separator.Length;
        }

        parts.Add((start, text.Length));
        return parts;
    }

    private static List<(int Start, int End)> SplitFromEnd(string text, string separator, long most)
    {
        List<(int, int)> parts = [];
        int end = text.Length;
        for (; most > 0; most--)
        {
            int at = text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal);
            if (at < 0)
                break;
            parts.Add((at + separator.Length, end));
            end = at;
        }

        parts.Add((0, end));
        parts.Reverse();
        return parts;
    }

    private static List<(int Start, int End)> SplitSpace(string text, long most, bool fromEnd)
    {
        List<(int Start, int End)> words = [];
        for (int index = 0; index < text.Length;)
        {
            int start = index;
            if (IsSpace(text[index]))
            {
                index++;
                continue;
            }

            while (index < text.Length && !IsSpace(text[index]))
                index++;
            words.Add((start, index));
        }

        if (words.Count <= most + 1 || most == long.MaxValue)
            return words;
        if (fromEnd)
        {
            int first = words.Count - (int)most;
            return [(0, words[first - 1].End), .. words[first..]];
        }

        return [.. words[..(int)most], (words[(int)most].Start, text.Length)];
    }
}
