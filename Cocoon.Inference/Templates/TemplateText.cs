using System.Text;

namespace Cocoon.Inference.Templates;

/// <summary>
/// Text that knows which of its chars came from the template (trusted) and which from a request (not trusted).
/// Cutting and joining keep that knowledge, so that the tokenizer can refuse special tokens in what a user wrote.
/// </summary>
internal sealed class TemplateText
{
    private readonly Run[]? runs;
    private readonly bool uniformTrust;
    private int runeCount = -1;

    private TemplateText(string text, bool trusted)
    {
        Text = text;
        uniformTrust = trusted;
    }

    internal TemplateText(string text, Run[] runs)
    {
        Text = text;
        if (runs.Length > 1)
            this.runs = runs;
        else
            uniformTrust = runs.Length == 0 || runs[0].Trusted;
    }

    public static TemplateText Empty { get; } = new(string.Empty, true);

    public string Text { get; }

    public int Length => Text.Length;

    /// <summary>True when every char is from the template.</summary>
    public bool IsTrusted => runs is null && uniformTrust;

    /// <summary>Length in code points, as templates count.</summary>
    public int RuneCount
    {
        get
        {
            if (runeCount < 0)
            {
                int count = Text.Length;
                for (int index = 1; index < Text.Length; index++)
                {
                    if (char.IsLowSurrogate(Text[index]) && char.IsHighSurrogate(Text[index - 1]))
                        count--;
                }

                runeCount = count;
            }

            return runeCount;
        }
    }

    public static TemplateText Trusted(string text) => text.Length == 0 ? Empty : new TemplateText(text, true);

    public static TemplateText Untrusted(string text) => text.Length == 0 ? Empty : new TemplateText(text, false);

    public static TemplateText Of(string text, bool trusted) => trusted ? Trusted(text) : Untrusted(text);

    public TemplateText Substring(int start, int length)
    {
        if (length == 0)
            return Empty;
        if (start == 0 && length == Text.Length)
            return this;
        if (runs is null)
            return new TemplateText(Text.Substring(start, length), uniformTrust);
        TemplateTextBuilder builder = new();
        builder.Append(this, start, length);
        return builder.ToText();
    }

    public TemplateText Substring(int start) => Substring(start, Text.Length - start);

    /// <summary>The index of the char at which code point <paramref name="runeIndex"/> begins.</summary>
    public int CharIndex(int runeIndex)
    {
        if (RuneCount == Text.Length)
            return runeIndex;
        int index = 0;
        for (int rune = 0; rune < runeIndex; rune++)
            index += RuneLengthAt(index);
        return index;
    }

    /// <summary>Chars of the code point at a char index: 2 for a surrogate pair, else 1.</summary>
    public int RuneLengthAt(int index) =>
        char.IsHighSurrogate(Text[index]) && index + 1 < Text.Length && char.IsLowSurrogate(Text[index + 1]) ? 2 : 1;

    public TemplateText Repeat(int count)
    {
        if (runs is null)
            return Of(new StringBuilder(Text.Length * count).Insert(0, Text, count).ToString(), uniformTrust);
        TemplateTextBuilder builder = new();
        for (int index = 0; index < count; index++)
            builder.Append(this);
        return builder.ToText();
    }

    /// <summary>The same text with each char changed on its own; trust stays as it is.</summary>
    public TemplateText Map(Func<string, string> change)
    {
        if (runs is null)
            return Of(change(Text), uniformTrust);
        TemplateTextBuilder builder = new();
        foreach ((int start, int length, bool trusted) in Segments())
            builder.Append(change(Text.Substring(start, length)), trusted);
        return builder.ToText();
    }

    /// <summary>The parts of one trust each, in order.</summary>
    public IEnumerable<(int Start, int Length, bool Trusted)> Segments()
    {
        if (runs is null)
        {
            if (Text.Length > 0)
                yield return (0, Text.Length, uniformTrust);
            yield break;
        }

        int start = 0;
        foreach (Run run in runs)
        {
            yield return (start, run.End - start, run.Trusted);
            start = run.End;
        }
    }

    public override string ToString() => Text;

    /// <summary>Chars up to <paramref name="End"/> (exclusive), from where the run before ended.</summary>
    internal readonly record struct Run(int End, bool Trusted);
}

/// <summary>Builds a <see cref="TemplateText"/> out of pieces.</summary>
internal sealed class TemplateTextBuilder
{
    private readonly StringBuilder text = new();
    private readonly List<TemplateText.Run> runs = [];

    public int Length => text.Length;

    public void Append(string piece, bool trusted)
    {
        if (piece.Length == 0)
            return;
        text.Append(piece);
        Mark(trusted);
    }

    public void Append(TemplateText piece)
    {
        foreach ((int start, int length, bool trusted) in piece.Segments())
        {
            text.Append(piece.Text, start, length);
            Mark(trusted);
        }
    }

    public void Append(TemplateText piece, int start, int length)
    {
        int end = start + length;
        foreach ((int from, int count, bool trusted) in piece.Segments())
        {
            int cutStart = Math.Max(from, start);
            int cutEnd = Math.Min(from + count, end);
            if (cutStart >= cutEnd)
                continue;
            text.Append(piece.Text, cutStart, cutEnd - cutStart);
            Mark(trusted);
        }
    }

    public TemplateText ToText() => text.Length == 0 ? TemplateText.Empty : new TemplateText(text.ToString(), [.. runs]);

    private void Mark(bool trusted)
    {
        if (runs.Count > 0 && runs[^1].Trusted == trusted)
            runs[^1] = new TemplateText.Run(text.Length, trusted);
        else
            runs.Add(new TemplateText.Run(text.Length, trusted));
    }
}
