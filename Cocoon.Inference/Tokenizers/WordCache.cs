using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Cocoon.Inference.Tokenizers;

/// <summary>
/// Remembers the tokens of words of up to 16 bytes and 6 tokens: 16,384 places of 48 bytes, each overwritten by the last word that falls on it.
/// Not safe for several threads.
/// </summary>
internal sealed class WordCache
{
    private const int Places = 1 << 14;
    private const int MostBytes = 16;
    private const int MostTokens = 6;

    private readonly Place[] places = new Place[Places];

    public static bool Fits(int wordBytes) => wordBytes <= MostBytes;

    /// <summary>Appends the word's tokens and returns true, or returns false when it is not remembered.</summary>
    public bool TryGet(ReadOnlySpan<byte> word, List<int> output)
    {
        (ulong low, ulong high) = Key(word);
        ref Place place = ref places[Index(low, high)];
        if (place.Low != low || place.High != high || place.WordBytes != word.Length)
            return false;
        ReadOnlySpan<int> tokens = place.Tokens;
        for (int index = 0; index < place.Count; index++)
            output.Add(tokens[index]);
        return true;
    }

    public void Put(ReadOnlySpan<byte> word, ReadOnlySpan<int> tokens)
    {
        if (tokens.Length > MostTokens)
            return;
        (ulong low, ulong high) = Key(word);
        ref Place place = ref places[Index(low, high)];
        place.Low = low;
        place.High = high;
        place.WordBytes = (short)word.Length;
        place.Count = (short)tokens.Length;
        tokens.CopyTo(place.Tokens);
    }

    private static (ulong Low, ulong High) Key(ReadOnlySpan<byte> word)
    {
        if (word.Length >= 8)
        {
            ulong low = BinaryPrimitives.ReadUInt64LittleEndian(word);
            ulong tail = BinaryPrimitives.ReadUInt64LittleEndian(word[^8..]);
            int overlap = MostBytes - word.Length;
            return (low, overlap == 8 ? 0 : tail >> (overlap * 8));
        }

        ulong value = 0;
        for (int index = 0; index < word.Length; index++)
            value |= (ulong)word[index] << (index * 8);
        return (value, 0);
    }

    private static int Index(ulong low, ulong high)
    {
        ulong hash = (low ^ (high * 0x9E3779B97F4A7C15UL)) * 0xD6E8FEB86659FD93UL;
        return (int)(hash >> 50);
    }

    private struct Place
    {
        public ulong Low;
        public ulong High;
        public short WordBytes;
        public short Count;
        private TokenRow row;

        [UnscopedRef]
        public Span<int> Tokens => row;
    }

    [InlineArray(MostTokens)]
    private struct TokenRow
    {
        private int first;
    }
}
