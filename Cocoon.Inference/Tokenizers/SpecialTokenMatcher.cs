using System.Text;

namespace Cocoon.Inference.Tokenizers;

/// <summary>Finds special tokens in text: the longest at each place, from left to right.</summary>
internal sealed class SpecialTokenMatcher
{
    private readonly Dictionary<char, Entry[]> byFirst;
    private readonly System.Buffers.SearchValues<char> firsts;

    private SpecialTokenMatcher(IEnumerable<Entry> entries)
    {
        byFirst = entries.GroupBy(entry => entry.Text[0]).ToDictionary(group => group.Key, group => group.OrderByDescending(entry => entry.Text.Length).ToArray());
        firsts = System.Buffers.SearchValues.Create([.. byFirst.Keys]);
    }

    /// <summary>For text of the template: control and user-defined tokens.</summary>
    public static SpecialTokenMatcher ForTrusted(Vocabulary vocabulary) => new(Entries(vocabulary, TokenKind.Control, TokenKind.UserDefined));

    /// <summary>
    /// For text of users: user-defined tokens that are no markup, such as Gemma's runs of spaces. Those in pointed or square brackets
    /// (<c>&lt;think&gt;</c>, <c>&lt;tool_call&gt;</c>) steer the model just as control tokens do and stay plain text.
    /// </summary>
    public static SpecialTokenMatcher ForUntrusted(Vocabulary vocabulary) =>
        new(Entries(vocabulary, TokenKind.UserDefined, TokenKind.UserDefined).Where(entry => !entry.Text.AsSpan().ContainsAny("<>[]|")));

    /// <summary>The next special token at or after an index; false when there is none.</summary>
    public bool TryFind(ReadOnlySpan<char> text, int from, out int at, out int length, out int id)
    {
        for (at = from; at < text.Length; at++)
        {
            int step = text[at..].IndexOfAny(firsts);
            if (step < 0)
                break;
            at += step;
            foreach (Entry entry in byFirst[text[at]])
            {
                if (!text[at..].StartsWith(entry.Text, StringComparison.Ordinal))
                    continue;
                (length, id) = (entry.Text.Length, entry.Id);
                return true;
            }
        }

        (at, length, id) = (text.Length, 0, -1);
        return false;
    }

    private static IEnumerable<Entry> Entries(Vocabulary vocabulary, TokenKind one, TokenKind other)
    {
        for (int id = 0; id < vocabulary.Count; id++)
        {
            TokenKind kind = vocabulary.Kind(id);
            if ((kind == one || kind == other) && vocabulary.Bytes(id).Length > 0 && !IsPadding(vocabulary.Bytes(id)))
                yield return new Entry(Encoding.UTF8.GetString(vocabulary.Bytes(id)), id);
        }
    }

    /// <summary>The entries that converters invent to fill a vocabulary up to the size of its matrix.</summary>
    private static bool IsPadding(ReadOnlySpan<byte> bytes) => bytes.StartsWith("[PAD"u8) && bytes[^1] == (byte)']' && bytes.Length > 5 && char.IsAsciiDigit((char)bytes[4]);

    private readonly record struct Entry(string Text, int Id);
}
