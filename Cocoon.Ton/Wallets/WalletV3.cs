using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Wallets;

/// <summary>
/// Wallet v3: one request at a time, up to 4 messages, replay protection by a sequence number (ton-blockchain/ton,
/// <c>crypto/smartcont/wallet3-code.fc</c>). A failing action burns fees without raising the number: not for batches.
/// </summary>
public abstract class WalletV3 : WalletContract
{
    /// <summary>The most messages of one request.</summary>
    public const int MaxMessages = 4;

    private protected WalletV3(Cell code, Bits256 publicKey, int workchain, uint walletId)
        : base(publicKey, workchain, new StateInit(code, CreateData(publicKey, walletId)))
    {
        WalletId = walletId;
    }

    /// <summary>Tells apart wallets of one key.</summary>
    public uint WalletId { get; }

    /// <summary>A request to send messages.</summary>
    /// <param name="seqno">The wallet's current sequence number; 0 before it is deployed.</param>
    /// <param name="validUntil">Unix time in seconds after which the request is void.</param>
    /// <param name="messages">1 to 4 messages.</param>
    public UnsignedBody CreateTransfer(uint seqno, uint validUntil, params IReadOnlyList<OutgoingMessage> messages)
    {
        CheckCount(messages.Count, MaxMessages);
        CellBuilder builder = CellBuilder.BeginCell().StoreUInt(WalletId, 32).StoreUInt(validUntil, 32).StoreUInt(seqno, 32);
        foreach ((Message message, SendMode mode) in messages)
            builder.StoreUInt((ulong)mode, 8).StoreRef(message.ToCell());
        Cell signed = builder.EndCell();
        return new UnsignedBody(signed, signature => SignatureFirst(signature, signed));
    }

    private static Cell CreateData(Bits256 publicKey, uint walletId) =>
        CellBuilder.BeginCell().StoreUInt(0, 32).StoreUInt(walletId, 32).StoreBits256(publicKey).EndCell();
}

/// <summary>Wallet v3 revision 1.</summary>
/// <param name="publicKey">The owner's key.</param>
/// <param name="workchain">0 or -1.</param>
/// <param name="walletId">Default 698983191 plus the workchain.</param>
public sealed class WalletV3R1(Bits256 publicKey, int workchain = 0, uint? walletId = null)
    : WalletV3(WalletCode.V3R1, publicKey, workchain, WalletIdFor(workchain, walletId));

/// <summary>Wallet v3 revision 2: with get-methods for sequence number and key.</summary>
/// <param name="publicKey">The owner's key.</param>
/// <param name="workchain">0 or -1.</param>
/// <param name="walletId">Default 698983191 plus the workchain.</param>
public sealed class WalletV3R2(Bits256 publicKey, int workchain = 0, uint? walletId = null)
    : WalletV3(WalletCode.V3R2, publicKey, workchain, WalletIdFor(workchain, walletId));
