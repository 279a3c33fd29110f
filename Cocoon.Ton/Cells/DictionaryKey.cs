using System.Numerics;

namespace Cocoon.Ton.Cells;

/// <summary>How a dictionary's keys are written: always the same number of bits, most significant first.</summary>
/// <typeparam name="TKey">The key in C#.</typeparam>
/// <param name="bits">Bits of a key, 1 to 1,023.</param>
/// <param name="store">Stores exactly so many bits.</param>
/// <param name="load">Reads exactly so many bits.</param>
public sealed class DictionaryKey<TKey>(int bits, Action<CellBuilder, TKey> store, Func<Slice, TKey> load)
{
    /// <summary>Bits of a key.</summary>
    public int Bits { get; } = bits is >= 1 and <= Cell.MaxBits
        ? bits
        : throw new ArgumentOutOfRangeException(nameof(bits), bits, "a key has 1 to 1,023 bits");

    internal void Store(CellBuilder builder, TKey key) => store(builder, key);

    internal TKey Load(Slice slice) => load(slice);
}

/// <summary>The keys that TON's schemes use.</summary>
public static class DictionaryKeys
{
    /// <summary>Unsigned numbers of 1 to 64 bits.</summary>
    public static DictionaryKey<ulong> UInt(int bits) =>
        new(bits, (builder, key) => builder.StoreUInt(key, bits), slice => slice.LoadUInt(bits));

    /// <summary>Signed numbers of 1 to 64 bits (two's complement, so negative ones come after positive ones).</summary>
    public static DictionaryKey<long> Int(int bits) =>
        new(bits, (builder, key) => builder.StoreInt(key, bits), slice => slice.LoadInt(bits));

    /// <summary>Unsigned numbers of 1 to 256 bits.</summary>
    public static DictionaryKey<BigInteger> BigUInt(int bits) =>
        new(bits, (builder, key) => builder.StoreUInt(key, bits), slice => slice.LoadUIntBig(bits));

    /// <summary>Signed numbers of 1 to 257 bits.</summary>
    public static DictionaryKey<BigInteger> BigInt(int bits) =>
        new(bits, (builder, key) => builder.StoreInt(key, bits), slice => slice.LoadIntBig(bits));
}
