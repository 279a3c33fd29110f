using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Wallets;

/// <summary>Wallet v4 revision 2: as v3, and plugins (ton-blockchain/wallet-contract). Only plain sending is supported here.</summary>
public sealed class WalletV4R2 : WalletContract
{
    /// <summary>The most messages of one request.</summary>
    public const int MaxMessages = 4;

    private const ulong SimpleSend = 0;

    /// <summary>Describes the wallet of a key.</summary>
    /// <param name="publicKey">The owner's key.</param>
    /// <param name="workchain">0 or -1.</param>
    /// <param name="walletId">Default 698983191 plus the workchain.</param>
    public WalletV4R2(Bits256 publicKey, int workchain = 0, uint? walletId = null)
        : base(publicKey, workchain, new StateInit(WalletCode.V4R2, CreateData(publicKey, WalletIdFor(workchain, walletId))))
    {
        WalletId = WalletIdFor(workchain, walletId);
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
        CellBuilder builder = CellBuilder.BeginCell()
            .StoreUInt(WalletId, 32).StoreUInt(validUntil, 32).StoreUInt(seqno, 32).StoreUInt(SimpleSend, 8);
        foreach ((Message message, SendMode mode) in messages)
            builder.StoreUInt((ulong)mode, 8).StoreRef(message.ToCell());
        Cell signed = builder.EndCell();
        return new UnsignedBody(signed, signature => SignatureFirst(signature, signed));
    }

    private static Cell CreateData(Bits256 publicKey, uint walletId) => CellBuilder.BeginCell()
        .StoreUInt(0, 32).StoreUInt(walletId, 32).StoreBits256(publicKey).StoreBit(false).EndCell();
}
