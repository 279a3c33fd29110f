using System.Text;
using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Tokenizers;

/// <summary>The unchanging part of byte-level byte-pair encoding: splitter, merges and bytes. Shared by all encoders of a model.</summary>
internal sealed class BytePairRules
{
    private const int MostMerges = 8 * 1024 * 1024;

    // Not -1: two of it would be the merge table's mark for an empty slot.
    private const int NoSymbol = -2;

    private BytePairRules(PreTokenizer splitter, MergeTable merges, int[] idOfByte, byte[][] virtualSymbols, Vocabulary vocabulary)
    {
        Splitter = splitter;
        Merges = merges;
        IdOfByte = idOfByte;
        VirtualSymbols = virtualSymbols;
        FirstVirtualId = vocabulary.Count;
        if (splitter.LooksUpWholeWords)
            WholeWords = vocabulary.PlainIds(vocabulary.ByteArray);
    }

    public PreTokenizer Splitter { get; }

    public MergeTable Merges { get; }

    /// <summary>The symbol of each byte; negative for a byte that the vocabulary lacks.</summary>
    public int[] IdOfByte { get; }

    /// <summary>Bytes of symbols that only stand between merges and are no tokens; they end as tokens of single bytes.</summary>
    public byte[][] VirtualSymbols { get; }

    public int FirstVirtualId { get; }

    public Dictionary<byte[], int>? WholeWords { get; }

    /// <summary>Reads merges. Throws <see cref="TokenizerException"/> naming the field.</summary>
    public static BytePairRules Read(GgufMetadata metadata, Vocabulary vocabulary)
    {
        const string Merges = "tokenizer.ggml.merges";
        PreTokenizer splitter = PreTokenizer.ByName(metadata.GetString("tokenizer.ggml.pre"));
        if (metadata.TryGet(Merges, out GgufValue value) && value.Count > MostMerges)
            throw new TokenizerException(Merges, $"{value.Count} entries are more than {MostMerges}");
        byte[][] pairs = metadata.GetUtf8Array(Merges);
        Dictionary<byte[], int> ids = vocabulary.PlainIds(vocabulary.SpellingArray);
        List<byte[]> virtualSymbols = [];
        MergeTable table = new(pairs.Length);
        for (int rank = 0; rank < pairs.Length; rank++)
        {
            byte[] pair = pairs[rank];
            int space = pair.AsSpan(1).IndexOf((byte)' ') + 1;
            if (pair.Length < 3 || space == 0 || space == pair.Length - 1)
                throw new TokenizerException($"{Merges}[{rank}]", $"'{Encoding.UTF8.GetString(pair)}' is not two symbols with a space between");
            ReadOnlySpan<byte> left = pair.AsSpan(0, space);
            ReadOnlySpan<byte> right = pair.AsSpan(space + 1);
            table.Add(Symbol(left), Symbol(right), rank, Symbol([.. left, .. right]));
        }

        int[] idOfByte = new int[256];
        for (int one = 0; one < 256; one++)
            idOfByte[one] = ids.GetValueOrDefault(ByteLevelAlphabet.Spelling((byte)one), NoSymbol);
        int missing = Array.FindIndex(idOfByte, 0, 0xC0, id => id < 0 || id >= vocabulary.Count);
        if (missing >= 0)
            throw new TokenizerException("tokenizer.ggml.tokens", $"has no token for the byte 0x{missing:X2}, so some text cannot be encoded");
        return new BytePairRules(splitter, table, idOfByte, [.. virtualSymbols], vocabulary);

        int Symbol(ReadOnlySpan<byte> spelling)
        {
            Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> lookup = ids.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (lookup.TryGetValue(spelling, out int id))
                return id;
            id = vocabulary.Count + virtualSymbols.Count;
            virtualSymbols.Add(ByteLevelAlphabet.Decode(spelling));
            lookup[spelling] = id;
            return id;
        }
    }
}

/// <summary>
/// Byte-level byte-pair encoding: words are merged pair by pair, lowest rank first, leftmost among equals. Short words scan an
/// array; long ones (a hostile kilobyte without a space) use a heap over a linked list, so that time stays O(n log n).
/// </summary>
internal sealed class BytePairEncoder(BytePairRules rules) : ITextEncoder
{
    private const int MostScannedBytes = 48;

    private readonly WordCache cache = new();
    private readonly List<int> merged = [];
    private LongWordMerger? longWords;

    public void Encode(ReadOnlySpan<byte> text, bool isStart, List<int> output)
    {
        int start = 0;
        while (start < text.Length)
        {
            int end = rules.Splitter.NextEnd(text, start);
            EncodeWord(text[start..end], output);
            start = end;
        }
    }

    private void EncodeWord(ReadOnlySpan<byte> word, List<int> output)
    {
        bool isCached = WordCache.Fits(word.Length);
        if (isCached && cache.TryGet(word, output))
            return;
        merged.Clear();
        if (rules.WholeWords is { } words && words.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(word, out int whole))
            merged.Add(whole);
        else if (word.Length <= MostScannedBytes)
            MergeShort(word);
        else
            (longWords ??= new LongWordMerger(rules)).Merge(word, merged);
        int from = output.Count;
        foreach (int symbol in merged)
            AppendSymbol(symbol, output);
        if (isCached)
            cache.Put(word, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(output)[from..]);
    }

    private void AppendSymbol(int symbol, List<int> output)
    {
        if (symbol < rules.FirstVirtualId)
        {
            if (symbol >= 0)
                output.Add(symbol);
            return;
        }

        foreach (byte value in rules.VirtualSymbols[symbol - rules.FirstVirtualId])
        {
            int id = rules.IdOfByte[value];
            if (id >= 0 && id < rules.FirstVirtualId)
                output.Add(id);
        }
    }

    private void MergeShort(ReadOnlySpan<byte> word)
    {
        Span<int> symbols = stackalloc int[MostScannedBytes];
        Span<ulong> pairs = stackalloc ulong[MostScannedBytes];
        int count = word.Length;
        for (int index = 0; index < count; index++)
            symbols[index] = rules.IdOfByte[word[index]];
        for (int index = 0; index + 1 < count; index++)
            pairs[index] = rules.Merges.Find(symbols[index], symbols[index + 1]);
        while (count > 1)
        {
            int best = 0;
            for (int index = 1; index + 1 < count; index++)
            {
                if (pairs[index] < pairs[best])
                    best = index;
            }

            if (pairs[best] == ulong.MaxValue)
                break;
            symbols[best] = (int)(uint)pairs[best];
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            if (best + 2 < count)
                pairs[(best + 2)..(count - 1)].CopyTo(pairs[(best + 1)..]);
            count--;
            if (best > 0)
                pairs[best - 1] = rules.Merges.Find(symbols[best - 1], symbols[best]);
            if (best + 1 < count)
                pairs[best] = rules.Merges.Find(symbols[best], symbols[best + 1]);
        }

        for (int index = 0; index < count; index++)
            merged.Add(symbols[index]);
    }
}
