namespace Cocoon.Inference.Templates;

internal enum TemplateTokenKind
{
    Text,
    BlockBegin,
    BlockEnd,
    PrintBegin,
    PrintEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

internal readonly record struct TemplateToken(TemplateTokenKind Kind, string Value, TemplatePosition Position)
{
    public bool Is(string operatorText) => Kind == TemplateTokenKind.Operator && Value == operatorText;

    public bool IsName(string name) => Kind == TemplateTokenKind.Name && Value == name;

    public string Describe() => Kind switch
    {
        TemplateTokenKind.End => "the end of the template",
        TemplateTokenKind.BlockEnd => "'%}'",
        TemplateTokenKind.PrintEnd => "'}}'",
        TemplateTokenKind.String => "a string",
        TemplateTokenKind.Text => "text",
        _ => $"'{Value}'",
    };
}

/// <summary>
/// Cuts a template into tokens, with the white-space rules of Jinja 3 under <c>trim_blocks</c> and <c>lstrip_blocks</c>,
/// which is how chat templates are rendered everywhere.
/// </summary>
internal sealed partial class TemplateLexer
{
    private readonly string source;
    private readonly List<TemplateToken> tokens = [];
    private readonly int[] lineStarts;
    private int index;

    private TemplateLexer(string source)
    {
        this.source = source;
        List<int> starts = [0];
        for (int at = 0; at < source.Length; at++)
        {
            if (source[at] == '\n')
                starts.Add(at + 1);
        }

        lineStarts = [.. starts];
    }

    public static List<TemplateToken> Run(string template)
    {
        string source = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (source.EndsWith('\n'))
            source = source[..^1];
        TemplateLexer lexer = new(source);
        lexer.Lex();
        return lexer.tokens;
    }

    private void Lex()
    {
        bool lineStarting = true;
        while (index < source.Length)
        {
            int tag = FindTag(index);
            if (tag < 0)
            {
                Add(TemplateTokenKind.Text, source[index..], index);
                break;
            }

            AddTextBefore(tag, lineStarting);
            char kind = source[tag + 1];
            index = tag + 2;
            if (index < source.Length && (source[index] == '-' || (source[index] == '+' && kind != '{')))
                index++;
            if (kind == '#')
                SkipComment(tag);
            else if (kind != '%' || !TryRaw(tag, index))
                LexTag(tag, kind == '%');
            lineStarting = index > 0 && source[index - 1] == '\n';
        }

        Add(TemplateTokenKind.End, string.Empty, source.Length);
    }

    private int FindTag(int from)
    {
        for (int at = from; at + 1 < source.Length; at++)
        {
            if (source[at] == '{' && (source[at + 1] is '%' or '{' or '#'))
                return at;
        }

        return -1;
    }

    private void AddTextBefore(int tag, bool lineStarting)
    {
        string text = source[index..tag];
        char modifier = tag + 2 < source.Length ? source[tag + 2] : '\0';
        if (modifier == '-')
        {
            text = text.TrimEnd();
        }
        else if (modifier != '+' && source[tag + 1] != '{')
        {
            int lineStart = text.LastIndexOf('\n') + 1;
            if ((lineStart > 0 || lineStarting) && string.IsNullOrWhiteSpace(text[lineStart..]))
                text = text[..lineStart];
        }

        if (text.Length > 0)
            Add(TemplateTokenKind.Text, text, index);
    }

    private void SkipComment(int tag)
    {
        int end = source.IndexOf("#}", index, StringComparison.Ordinal);
        if (end < 0)
            throw Error("this comment is never closed: write '#}'", tag);
        index = end + 2;
        SkipAfterEnd(end > tag + 2 ? source[end - 1] : '\0');
    }

    /// <summary>Handles <c>{% raw %}...{% endraw %}</c>; false when the tag is another one.</summary>
    private bool TryRaw(int tag, int at)
    {
        at = SkipSpace(at);
        if (!source.AsSpan(at).StartsWith("raw", StringComparison.Ordinal))
            return false;
        at = SkipSpace(at + 3);
        bool trimStart = at < source.Length && source[at] == '-';
        if (trimStart)
            at++;
        if (!source.AsSpan(at).StartsWith("%}", StringComparison.Ordinal))
            return false;
        at += 2;
        if (trimStart)
            at = SkipSpace(at);
        for (int end = source.IndexOf("{%", at, StringComparison.Ordinal); end >= 0; end = source.IndexOf("{%", end + 2, StringComparison.Ordinal))
        {
            int name = end + 2;
            char modifier = name < source.Length && source[name] is '-' or '+' ? source[name++] : '\0';
            name = SkipSpace(name);
            if (!source.AsSpan(name).StartsWith("endraw", StringComparison.Ordinal))
                continue;
            name = SkipSpace(name + 6);
            char last = name < source.Length && source[name] is '-' or '+' ? source[name++] : '\0';
            if (!source.AsSpan(name).StartsWith("%}", StringComparison.Ordinal))
                continue;
            AddRaw(source[at..end], modifier, at);
            index = name + 2;
            SkipAfterEnd(last);
            return true;
        }

        throw Error("this raw block is never closed: write '{% endraw %}'", tag);
    }

    private void AddRaw(string text, char modifier, int at)
    {
        if (modifier == '-')
        {
            text = text.TrimEnd();
        }
        else if (modifier != '+')
        {
            int lineStart = text.LastIndexOf('\n') + 1;
            if (lineStart > 0 && string.IsNullOrWhiteSpace(text[lineStart..]))
                text = text[..lineStart];
        }

        if (text.Length > 0)
            Add(TemplateTokenKind.Text, text, at);
    }

    /// <summary>After a block or comment: <c>-</c> eats all white space, nothing eats one newline, <c>+</c> eats none.</summary>
    private void SkipAfterEnd(char modifier)
    {
        if (modifier == '-')
            index = SkipSpace(index);
        else if (modifier != '+' && index < source.Length && source[index] == '\n')
            index++;
    }

    private int SkipSpace(int at)
    {
        while (at < source.Length && char.IsWhiteSpace(source[at]))
            at++;
        return at;
    }

    private void Add(TemplateTokenKind kind, string value, int at) => tokens.Add(new TemplateToken(kind, value, PositionOf(at)));

    private TemplatePosition PositionOf(int at)
    {
        int line = Array.BinarySearch(lineStarts, at);
        if (line < 0)
            line = ~line - 1;
        return new TemplatePosition(line + 1, at - lineStarts[line] + 1);
    }

    private TemplateException Error(string message, int at) => new(TemplateFailure.Syntax, message, PositionOf(at));
}
