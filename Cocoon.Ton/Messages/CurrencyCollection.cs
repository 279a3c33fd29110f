using System.Numerics;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Messages;

/// <summary>Coins and, rarely, extra currencies (TL-B <c>CurrencyCollection</c>).</summary>
/// <param name="Coins">The amount of TON.</param>
/// <param name="Other">Amounts by the extra currency's 32-bit id; null for none.</param>
public sealed record CurrencyCollection(Coins Coins, HashmapE<ulong, BigInteger>? Other = null)
{
    private static readonly DictionaryKey<ulong> Keys = DictionaryKeys.UInt(32);
    private static readonly DictionaryValue<BigInteger> Values = DictionaryValues.VarUInt(5);

    /// <summary>TON only.</summary>
    public static implicit operator CurrencyCollection(Coins coins) => new(coins);

    /// <summary>An empty dictionary of extra currencies.</summary>
    public static HashmapE<ulong, BigInteger> CreateOther() => new(Keys, Values);

    internal CellBuilder Store(CellBuilder builder) => builder.StoreCoins(Coins).StoreDict(Other);

    internal static CurrencyCollection Load(Slice slice)
    {
        Coins coins = slice.LoadCoins();
        HashmapE<ulong, BigInteger> other = slice.LoadDict(Keys, Values);
        return new CurrencyCollection(coins, other.Count == 0 ? null : other);
    }
}
