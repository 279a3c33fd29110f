using System.Numerics;

namespace Cocoon.Ton.Cells;

/// <summary>How a dictionary's values are written into its leaves.</summary>
/// <typeparam name="TValue">The value in C#.</typeparam>
/// <param name="store">Stores a value.</param>
/// <param name="load">Reads a value from what is left of its leaf.</param>
public sealed class DictionaryValue<TValue>(Action<CellBuilder, TValue> store, Func<Slice, TValue> load)
{
    internal void Store(CellBuilder builder, TValue value) => store(builder, value);

    internal TValue Load(Slice slice) => load(slice);
}

/// <summary>The values that TON's schemes use.</summary>
public static class DictionaryValues
{
    /// <summary>A cell by reference (<c>^Cell</c>).</summary>
    public static DictionaryValue<Cell> Cell { get; } =
        new((builder, value) => builder.StoreRef(value), slice => slice.LoadRef());

    /// <summary>Coins.</summary>
    public static DictionaryValue<Coins> Coins { get; } =
        new((builder, value) => builder.StoreCoins(value), slice => slice.LoadCoins());

    /// <summary>Unsigned numbers of 1 to 64 bits.</summary>
    public static DictionaryValue<ulong> UInt(int bits) =>
        new((builder, value) => builder.StoreUInt(value, bits), slice => slice.LoadUInt(bits));

    /// <summary>TL-B <c>VarUInteger n</c> with a byte count of <paramref name="lengthBits"/> bits.</summary>
    public static DictionaryValue<BigInteger> VarUInt(int lengthBits) =>
        new((builder, value) => builder.StoreVarUInt(value, lengthBits), slice => slice.LoadVarUInt(lengthBits));
}
