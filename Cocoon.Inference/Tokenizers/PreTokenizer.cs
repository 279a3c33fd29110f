namespace Cocoon.Inference.Tokenizers;

/// <summary>
/// Cuts text into the words that byte pairs are merged in. Written by hand after the models' own regular expressions, on code
/// points of UTF-8:
/// <list type="bullet">
/// <item><c>gpt-2</c>: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c></item>
/// <item><c>llama-bpe</c>: <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c></item>
/// <item><c>qwen2</c>: the same with <c>\p{N}</c> for numbers</item>
/// <item><c>qwen35</c>: the same with <c>\p{N}</c>, <c>[\p{L}\p{M}]+</c> for words and <c>[^\s\p{L}\p{M}\p{N}]+</c> for symbols</item>
/// </list>
/// </summary>
internal sealed class PreTokenizer
{
    private readonly bool isGpt2;
    private readonly bool joinsMarks;
    private readonly int mostDigits;

    private PreTokenizer(string name, bool isGpt2, bool joinsMarks, int mostDigits, bool looksUpWholeWords)
    {
        Name = name;
        this.isGpt2 = isGpt2;
        this.joinsMarks = joinsMarks;
        this.mostDigits = mostDigits;
        LooksUpWholeWords = looksUpWholeWords;
    }

    public string Name { get; }

    /// <summary>True when a word that is an entry of the vocabulary is taken whole, before any merge.</summary>
    public bool LooksUpWholeWords { get; }

    private static PreTokenizer[] Known { get; } =
    [
        new("gpt-2", isGpt2: true, joinsMarks: false, int.MaxValue, looksUpWholeWords: false),
        new("llama-bpe", isGpt2: false, joinsMarks: false, 3, looksUpWholeWords: true),
        new("qwen2", isGpt2: false, joinsMarks: false, 1, looksUpWholeWords: false),
        new("qwen35", isGpt2: false, joinsMarks: true, 1, looksUpWholeWords: false),
    ];

    /// <summary>The splitter of a <c>tokenizer.ggml.pre</c>. Throws <see cref="TokenizerException"/> for one that is not known here.</summary>
    public static PreTokenizer ByName(string name) => Array.Find(Known, known => known.Name == name)
        ?? throw new TokenizerException("tokenizer.ggml.pre", $"'{name}' is not supported; supported are {string.Join(", ", Known.Select(known => known.Name))}");

    /// <summary>The end of the word that starts at an offset, in bytes.</summary>
    public int NextEnd(ReadOnlySpan<byte> text, int start)
    {
        byte first = text[start];
        if (first == '\'' && Contraction(text, start) is var contraction and > 0)
            return start + contraction;
        CodePointClass kind = CodePoints.Classify(text, start, out int length);
        int next = start + length;
        if (isGpt2)
            return NextGpt2(text, start, first, kind, next);

        if (IsWord(kind))
            return SkipWord(text, next);
        if (kind == CodePointClass.Number)
            return SkipNumber(text, next, mostDigits);
        CodePointClass following = CodePoints.Classify(text, next, out int followingLength);
        if (kind != CodePointClass.NewLine && IsWord(following))
            return SkipWord(text, next + followingLength);
        if (IsSymbol(kind))
            return SkipNewLines(text, SkipSymbols(text, next));
        if (first == ' ' && IsSymbol(following))
            return SkipNewLines(text, SkipSymbols(text, next + followingLength));
        return SkipSpace(text, start, stopsAfterNewLine: true);
    }

    private static int Contraction(ReadOnlySpan<byte> text, int start, bool anyCase)
    {
        int one = start + 1 < text.Length ? text[start + 1] : 0;
        int two = start + 2 < text.Length ? text[start + 2] : 0;
        if (anyCase)
        {
            one = one is >= 'A' and <= 'Z' ? one | 0x20 : one;
            two = two is >= 'A' and <= 'Z' ? two | 0x20 : two;
        }

        return (one, two) switch
        {
            ('s' or 't' or 'm' or 'd', _) => 2,
            ('r', 'e') or ('v', 'e') or ('l', 'l') => 3,
            _ => 0,
        };
    }

    private int Contraction(ReadOnlySpan<byte> text, int start) => Contraction(text, start, anyCase: !isGpt2);

    private int NextGpt2(ReadOnlySpan<byte> text, int start, byte first, CodePointClass kind, int next)
    {
        if (first == ' ')
        {
            CodePointClass following = CodePoints.Classify(text, next, out int followingLength);
            if (following is not (CodePointClass.Space or CodePointClass.NewLine or CodePointClass.End))
                (kind, next) = (following, next + followingLength);
        }

        return kind switch
        {
            CodePointClass.Letter => SkipWord(text, next),
            CodePointClass.Number => SkipNumber(text, next, int.MaxValue),
            CodePointClass.Space or CodePointClass.NewLine => SkipSpace(text, start, stopsAfterNewLine: false),
            _ => SkipSymbols(text, next),
        };
    }

    private bool IsWord(CodePointClass kind) => kind == CodePointClass.Letter || (kind == CodePointClass.Mark && joinsMarks);

    private bool IsSymbol(CodePointClass kind) => kind == CodePointClass.Other || (kind == CodePointClass.Mark && !joinsMarks);

    private int SkipWord(ReadOnlySpan<byte> text, int offset)
    {
        while (IsWord(CodePoints.Classify(text, offset, out int length)))
            offset += length;
        return offset;
    }

    private int SkipSymbols(ReadOnlySpan<byte> text, int offset)
    {
        while (IsSymbol(CodePoints.Classify(text, offset, out int length)))
            offset += length;
        return offset;
    }

    private static int SkipNumber(ReadOnlySpan<byte> text, int offset, int most)
    {
        for (int digits = 1; digits < most && CodePoints.Classify(text, offset, out int length) == CodePointClass.Number; digits++)
            offset += length;
        return offset;
    }

    private static int SkipNewLines(ReadOnlySpan<byte> text, int offset)
    {
        while (offset < text.Length && text[offset] is (byte)'\r' or (byte)'\n')
            offset++;
        return offset;
    }

    /// <summary>White space: through its last newline if that is a rule, else all of it, but its last code point belongs to what follows.</summary>
    private static int SkipSpace(ReadOnlySpan<byte> text, int start, bool stopsAfterNewLine)
    {
        int offset = start;
        int last = start;
        int afterNewLine = 0;
        while (CodePoints.Classify(text, offset, out int length) is var kind and (CodePointClass.Space or CodePointClass.NewLine))
        {
            last = offset;
            offset += length;
            if (kind == CodePointClass.NewLine)
                afterNewLine = offset;
        }

        if (stopsAfterNewLine && afterNewLine > 0)
            return afterNewLine;
        return offset == text.Length || last == start ? offset : last;
    }
}
