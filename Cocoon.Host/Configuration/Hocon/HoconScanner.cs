using System.Globalization;
using System.Text;

namespace Cocoon.Host.Configuration.Hocon;

/// <summary>The characters of one source: position, white space, comments, strings, bare words.</summary>
internal sealed class HoconScanner(string source, string text)
{
    private const string NotInBareWords = "$\"{}[]:=,+#`^?!@*&\\";
    private const char End = '\0';
    private readonly List<int> lineStarts = FindLines(text);
    private int position = text.StartsWith('\uFEFF') ? 1 : 0;

    public bool AtEnd => position >= text.Length;

    public HoconOrigin Origin
    {
        get
        {
            int line = lineStarts.BinarySearch(position);
            line = line >= 0 ? line : ~line - 1;
            return new HoconOrigin(source, line + 1, position - lineStarts[line] + 1);
        }
    }

    public char Current => AtEnd ? End : text[position];

    public bool AtComment => Current == '#' || Starts("//");

    public bool AtBareWord => !AtEnd && IsBare(position);

    public HoconException Wrong(string problem) => new(Origin, problem);

    /// <summary>What stands at the position, for messages.</summary>
    public string Describe() => AtEnd ? "the end of the file" : Current == '\n' ? "the end of the line" : $"'{Current}'";

    public bool Starts(string word) => text.AsSpan(position).StartsWith(word, StringComparison.Ordinal);

    /// <summary>Whether <paramref name="word"/> stands here, then spaces, then one of <paramref name="next"/>. Takes nothing.</summary>
    public bool FollowsWord(string word, params ReadOnlySpan<string> next)
    {
        if (!Starts(word))
            return false;
        ReadOnlySpan<char> rest = text.AsSpan(position + word.Length).TrimStart(" \t");
        foreach (string candidate in next)
        {
            if (rest.StartsWith(candidate, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    public bool TryTake(string word)
    {
        if (!Starts(word))
            return false;
        position += word.Length;
        return true;
    }

    /// <summary>Skips spaces up to the end of the line and returns them.</summary>
    public string TakeSpaces()
    {
        int start = position;
        while (!AtEnd && IsSpace(text[position]))
            position++;
        return text[start..position];
    }

    /// <summary>Skips white space, line ends and comments. True when a line ended.</summary>
    public bool SkipLines()
    {
        bool newLine = false;
        while (true)
        {
            TakeSpaces();
            if (AtComment)
            {
                int end = text.IndexOf('\n', position);
                position = end < 0 ? text.Length : end;
            }
            else if (!AtEnd && Current == '\n')
            {
                newLine = true;
                position++;
            }
            else
            {
                return newLine;
            }
        }
    }

    /// <summary>A run of characters that need no quotes: no white space, nothing that the grammar uses.</summary>
    /// <param name="inPath">Stops at dots, which separate keys.</param>
    public string TakeBareWord(bool inPath)
    {
        int start = position;
        while (!AtEnd && IsBare(position) && !(inPath && Current == '.'))
            position++;
        return text[start..position];
    }

    public string TakeString()
    {
        HoconOrigin start = Origin;
        if (TryTake("\"\"\""))
            return TakeTripleQuoted(start);
        position++;
        StringBuilder value = new();
        while (true)
        {
            if (AtEnd || Current == '\n')
                throw new HoconException(start, "this string is not closed on its line: add the closing \", or use \"\"\" for several lines");
            char letter = text[position++];
            if (letter == '"')
                return value.ToString();
            value.Append(letter == '\\' ? TakeEscape() : letter);
        }
    }

    private string TakeTripleQuoted(HoconOrigin start)
    {
        int end = text.IndexOf("\"\"\"", position, StringComparison.Ordinal);
        if (end < 0)
            throw new HoconException(start, "this string is not closed: add the closing \"\"\"");
        // More than three quotes: all but the last three belong to the string.
        while (end + 3 < text.Length && text[end + 3] == '"')
            end++;
        string value = text[position..end];
        position = end + 3;
        return value;
    }

    private char TakeEscape()
    {
        char letter = Current;
        position++;
        switch (letter)
        {
            case '"' or '\\' or '/':
                return letter;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u' when position + 4 <= text.Length
                && ushort.TryParse(text.AsSpan(position, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit):
                position += 4;
                return (char)unit;
            default:
                position--;
                throw Wrong("no such escape in a string: use \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four hexadecimal digits");
        }
    }

    private bool IsBare(int at) =>
        !IsSpace(text[at]) && text[at] != '\n' && !NotInBareWords.Contains(text[at], StringComparison.Ordinal)
        && !(text[at] == '/' && at + 1 < text.Length && text[at + 1] == '/');

    private static bool IsSpace(char letter) => letter != '\n' && (char.IsWhiteSpace(letter) || letter == '\uFEFF');

    private static List<int> FindLines(string text)
    {
        List<int> starts = [0];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
                starts.Add(i + 1);
        }

        return starts;
    }
}
