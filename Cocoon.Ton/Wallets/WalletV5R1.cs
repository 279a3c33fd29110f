using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Wallets;

/// <summary>
/// Wallet v5 revision 1 ("W5"; ton-blockchain/wallet-contract-v5): up to 255 messages, one request in flight.
/// An external request sends every message with <see cref="SendMode.IgnoreErrors"/>, so a batch is never all-or-nothing.
/// </summary>
public sealed class WalletV5R1 : WalletContract
{
    /// <summary>The most messages of one request.</summary>
    public const int MaxMessages = 255;

    /// <summary>Network id of the main network.</summary>
    public const int Mainnet = -239;

    /// <summary>Network id of the test network.</summary>
    public const int Testnet = -3;

    private const uint SignedExternal = 0x7369676e;

    /// <summary>Describes the wallet of a key.</summary>
    /// <param name="publicKey">The owner's key.</param>
    /// <param name="networkId">-239 for the main network, -3 for the test network.</param>
    /// <param name="workchain">0 or -1.</param>
    /// <param name="subwallet">0 to 32,767: tells apart wallets of one key.</param>
    public WalletV5R1(Bits256 publicKey, int networkId = Mainnet, int workchain = 0, int subwallet = 0)
        : base(publicKey, workchain, new StateInit(WalletCode.V5R1, CreateData(publicKey, CreateWalletId(networkId, workchain, subwallet))))
    {
        WalletId = CreateWalletId(networkId, workchain, subwallet);
    }

    /// <summary>Network, workchain and subwallet in one number.</summary>
    public uint WalletId { get; }

    /// <summary>A request to send messages.</summary>
    /// <param name="seqno">The wallet's current sequence number; 0 before it is deployed.</param>
    /// <param name="validUntil">Unix time in seconds after which the request is void.</param>
    /// <param name="messages">1 to 255 messages; <see cref="SendMode.IgnoreErrors"/> is added to each mode, as the contract demands.</param>
    public UnsignedBody CreateTransfer(uint seqno, uint validUntil, params IReadOnlyList<OutgoingMessage> messages)
    {
        CheckCount(messages.Count, MaxMessages);
        OutgoingMessage[] actions =
            [.. messages.Select(outgoing => outgoing with { Mode = outgoing.Mode | SendMode.IgnoreErrors })];
        CellBuilder builder = CellBuilder.BeginCell()
            .StoreUInt(SignedExternal, 32).StoreUInt(WalletId, 32).StoreUInt(validUntil, 32).StoreUInt(seqno, 32);
        builder.StoreMaybeRef(actions.Length == 0 ? null : OutList.Create(actions)).StoreBit(false);
        Cell signed = builder.EndCell();

        // Unlike older wallets the signature comes last.
        return new UnsignedBody(signed, signature => CellBuilder.BeginCell().StoreContent(signed).StoreBytes(signature).EndCell());
    }

    private static uint CreateWalletId(int networkId, int workchain, int subwallet)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)subwallet, 0x7fffu, nameof(subwallet));

        // A set top bit, the workchain in 8 bits, version 0 in 8, the subwallet in 15; all of it xor the network.
        uint context = (1u << 31) | ((uint)(byte)(sbyte)workchain << 23) | (uint)subwallet;
        return (uint)networkId ^ context;
    }

    private static Cell CreateData(Bits256 publicKey, uint walletId) => CellBuilder.BeginCell()
        .StoreBit(true).StoreUInt(0, 32).StoreUInt(walletId, 32).StoreBits256(publicKey).StoreBit(false).EndCell();
}
