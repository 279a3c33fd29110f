using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Host.Treasury;

/// <summary>The books' amounts, hashes and addresses in the TON library's types, and back.</summary>
internal static class ChainForms
{
    public static Coins ToCoins(this NanoTon amount) => Coins.FromNano(amount.Value);

    /// <summary>Throws <see cref="TonFormatException"/> for more than 9.2 thousand million TON, which do not exist.</summary>
    public static NanoTon ToNanoTon(this Coins coins) => coins.Nano <= long.MaxValue
        ? new NanoTon((long)coins.Nano)
        : throw new TonFormatException($"an amount of {coins} TON cannot be");

    public static Bytes32 ToBytes32(this Bits256 bits) => Bytes32.From(bits.AsSpan());

    public static Bits256 ToBits256(this Bytes32 bytes) => new(bytes.AsSpan());

    public static Address ToAddress(this WalletAddress address) => new(address.Workchain, address.Account.ToBits256());

    public static WalletAddress ToWalletAddress(this Address address) => new(address.Workchain, address.Hash.ToBytes32());
}
