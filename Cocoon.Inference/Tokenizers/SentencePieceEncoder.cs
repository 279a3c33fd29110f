using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Tokenizers;

/// <summary>The unchanging part of a SentencePiece vocabulary of the BPE kind (Llama, Mistral, Gemma).</summary>
internal sealed class SentencePieceRules
{
    private SentencePieceRules(Dictionary<byte[], int> ids, float[] scores, int[] idOfByte, int unknownId, bool addsSpace, bool splitsAtSpaces) =>
        (Ids, Scores, IdOfByte, UnknownId, AddsSpace, SplitsAtSpaces) = (ids, scores, idOfByte, unknownId, addsSpace, splitsAtSpaces);

    public Dictionary<byte[], int> Ids { get; }

    public float[] Scores { get; }

    /// <summary>The fallback token of each byte, or -1.</summary>
    public int[] IdOfByte { get; }

    public int UnknownId { get; }

    /// <summary>True when text starts with an added space.</summary>
    public bool AddsSpace { get; }

    /// <summary>True when no entry has a space after something else, so that no merge can cross the start of a word.</summary>
    public bool SplitsAtSpaces { get; }

    public static SentencePieceRules Read(GgufMetadata metadata, Vocabulary vocabulary)
    {
        const string Scores = "tokenizer.ggml.scores";
        float[] scores = metadata.GetSingleArray(Scores);
        if (scores.Length != vocabulary.Count)
            throw new TokenizerException(Scores, $"has {scores.Length} entries for {vocabulary.Count} tokens");
        int bad = Array.FindIndex(scores, score => !float.IsFinite(score));
        if (bad >= 0)
            throw new TokenizerException($"{Scores}[{bad}]", "is not a finite number");
        Dictionary<byte[], int> ids = vocabulary.PlainIds(vocabulary.SpellingArray);
        int[] idOfByte = new int[256];
        Array.Fill(idOfByte, -1);
        for (int id = 0; id < vocabulary.Count; id++)
        {
            if (vocabulary.Kind(id) == TokenKind.Byte && SentencePieceEncoder.TryReadByte(vocabulary.Spelling(id), out byte value))
                idOfByte[value] = id;
        }

        int unknown = metadata.GetInt32("tokenizer.ggml.unknown_token_id", -1, -1, vocabulary.Count - 1);
        int missing = Array.IndexOf(idOfByte, -1);
        if (missing >= 0 && unknown < 0)
            throw new TokenizerException("tokenizer.ggml.tokens", $"has neither a token for the byte 0x{missing:X2} nor one for unknown text");
        bool splits = !ids.Keys.Any(SentencePieceEncoder.HasSpaceInside);
        return new SentencePieceRules(ids, scores, idOfByte, unknown, metadata.GetBoolean("tokenizer.ggml.add_space_prefix", true), splits);
    }
}

/// <summary>
/// SentencePiece's BPE: spaces become U+2581, neighbouring symbols merge into entries of the vocabulary, highest score first and
/// leftmost among equals; what is no entry falls back to bytes. No normalisation, as in llama.cpp.
/// </summary>
internal sealed class SentencePieceEncoder(SentencePieceRules rules) : ITextEncoder
{
    private readonly PriorityQueue<Candidate, (float Score, int Left)> queue = new();
    private readonly List<Symbol> symbols = [];
    private readonly WordCache cache = new();
    private byte[] marked = [];

    /// <summary>U+2581 in UTF-8, which stands for a space.</summary>
    public static ReadOnlySpan<byte> SpaceMark => [0xE2, 0x96, 0x81];

    public static bool TryReadByte(ReadOnlySpan<byte> spelling, out byte value)
    {
        value = 0;
        return spelling.Length == 6 && spelling.StartsWith("<0x"u8) && spelling[5] == '>'
            && byte.TryParse(spelling[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    public static byte[] WithSpaces(ReadOnlySpan<byte> spelling)
    {
        List<byte> bytes = new(spelling.Length);
        for (int index = 0; index < spelling.Length; index++)
        {
            bool isSpace = spelling[index..].StartsWith(SpaceMark);
            bytes.Add(isSpace ? (byte)' ' : spelling[index]);
            index += isSpace ? 2 : 0;
        }

        return [.. bytes];
    }

    public static bool HasSpaceInside(byte[] spelling)
    {
        for (int index = 1; index < spelling.Length; index++)
        {
            if (spelling.AsSpan(index).StartsWith(SpaceMark) && (index < 3 || !spelling.AsSpan(index - 3).StartsWith(SpaceMark)))
                return true;
        }

        return false;
    }

    public void Encode(ReadOnlySpan<byte> text, bool isStart, List<int> output)
    {
        if (text.IsEmpty)
            return;
        ReadOnlySpan<byte> rest = MarkSpaces(text, isStart && rules.AddsSpace);
        while (!rest.IsEmpty)
        {
            int end = rules.SplitsAtSpaces ? WordEnd(rest) : rest.Length;
            EncodeWord(rest[..end], output);
            rest = rest[end..];
        }
    }

    private static int WordEnd(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (text[at..].StartsWith(SpaceMark))
            at += 3;
        int next = text[at..].IndexOf(SpaceMark);
        return next < 0 ? text.Length : at + next;
    }

    private ReadOnlySpan<byte> MarkSpaces(ReadOnlySpan<byte> text, bool addsSpace)
    {
        int most = checked(text.Length * 3 + 3);
        if (marked.Length < most)
            marked = new byte[most];
        int count = 0;
        if (addsSpace)
            Append(marked, SpaceMark);
        foreach (byte value in text)
        {
            if (value == ' ')
                Append(marked, SpaceMark);
            else
                marked[count++] = value;
        }

        return marked.AsSpan(0, count);

        void Append(byte[] target, ReadOnlySpan<byte> mark)
        {
            mark.CopyTo(target.AsSpan(count));
            count += mark.Length;
        }
    }

    private void EncodeWord(ReadOnlySpan<byte> word, List<int> output)
    {
        bool isCached = WordCache.Fits(word.Length);
        if (isCached && cache.TryGet(word, output))
            return;
        int from = output.Count;
        Merge(word);
        for (int index = 0; index >= 0; index = symbols[index].Next)
            AppendSymbol(word.Slice(symbols[index].Start, symbols[index].Length), output);
        if (isCached)
            cache.Put(word, CollectionsMarshal.AsSpan(output)[from..]);
    }

    private void Merge(ReadOnlySpan<byte> word)
    {
        symbols.Clear();
        queue.Clear();
        for (int start = 0; start < word.Length;)
        {
            Rune.DecodeFromUtf8(word[start..], out _, out int length);
            int index = symbols.Count;
            symbols.Add(new Symbol(start, length, index - 1, start + length < word.Length ? index + 1 : -1));
            start += length;
        }

        for (int index = 0; index + 1 < symbols.Count; index++)
            Offer(word, index);
        while (queue.TryDequeue(out Candidate candidate, out _))
        {
            Symbol left = symbols[candidate.Left];
            if (left.Length == 0 || left.Next < 0 || left.Length + symbols[left.Next].Length != candidate.Length || left.Length != candidate.LeftLength)
                continue;
            Symbol right = symbols[left.Next];
            symbols[left.Next] = right with { Length = 0 };
            symbols[candidate.Left] = left with { Length = candidate.Length, Next = right.Next };
            if (right.Next >= 0)
            {
                symbols[right.Next] = symbols[right.Next] with { Previous = candidate.Left };
                Offer(word, candidate.Left);
            }

            if (left.Previous >= 0)
                Offer(word, left.Previous);
        }
    }

    private void Offer(ReadOnlySpan<byte> word, int left)
    {
        Symbol symbol = symbols[left];
        int length = symbol.Length + symbols[symbol.Next].Length;
        if (rules.Ids.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(word.Slice(symbol.Start, length), out int id))
            queue.Enqueue(new Candidate(left, symbol.Length, length), (-rules.Scores[id], left));
    }

    private void AppendSymbol(ReadOnlySpan<byte> symbol, List<int> output)
    {
        if (rules.Ids.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(symbol, out int id))
        {
            output.Add(id);
            return;
        }

        foreach (byte value in symbol)
            output.Add(rules.IdOfByte[value] is >= 0 and int fallback ? fallback : rules.UnknownId);
    }

    private readonly record struct Symbol(int Start, int Length, int Previous, int Next);

    private readonly record struct Candidate(int Left, int LeftLength, int Length);
}
