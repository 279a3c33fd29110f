using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Wallets;

/// <summary>
/// Highload Wallet v3 (ton-blockchain/highload-wallet-contract-v3): many requests in flight, up to 254 messages each, replay protection by
/// query ids that are kept for at least the timeout. A request marks its id and sends one internal message; for a batch that is a message
/// to the wallet itself, whose transaction then sends the list, all of it or (without <see cref="SendMode.IgnoreErrors"/>) nothing.
/// </summary>
public sealed class HighloadWalletV3 : WalletContract
{
    /// <summary>The most messages of one batch.</summary>
    public const int MaxMessages = 254;

    /// <summary>The subwallet id that the contract's authors propose.</summary>
    public const uint DefaultSubwalletId = 0x10ad;

    /// <summary>The default timeout: one hour.</summary>
    public const int DefaultTimeoutSeconds = 3_600;

    internal const uint InternalTransfer = 0xae42e5a4;

    /// <summary>Describes the wallet of a key.</summary>
    /// <param name="publicKey">The owner's key.</param>
    /// <param name="timeoutSeconds">1 to 4,194,303: how long a request can be executed and its id is remembered. Part of the address.</param>
    /// <param name="subwalletId">Tells apart wallets of one key.</param>
    /// <param name="workchain">0 or -1.</param>
    public HighloadWalletV3(
        Bits256 publicKey, int timeoutSeconds = DefaultTimeoutSeconds, uint subwalletId = DefaultSubwalletId, int workchain = 0)
        : base(publicKey, workchain, new StateInit(WalletCode.HighloadV3, CreateData(publicKey, timeoutSeconds, subwalletId)))
    {
        TimeoutSeconds = timeoutSeconds;
        SubwalletId = subwalletId;
    }

    /// <summary>How long a request can be executed.</summary>
    public int TimeoutSeconds { get; }

    /// <summary>Tells apart wallets of one key.</summary>
    public uint SubwalletId { get; }

    /// <summary>A request to send one message directly.</summary>
    /// <param name="queryId">An id not used within twice the timeout.</param>
    /// <param name="createdAt">Unix time in seconds, not in the chain's future and not older than the timeout.</param>
    /// <param name="outgoing">The message. It must be a plain one: the contract reads its body's start.</param>
    public UnsignedBody CreateTransfer(HighloadQueryId queryId, long createdAt, OutgoingMessage outgoing)
    {
        Cell request = CellBuilder.BeginCell()
            .StoreUInt(SubwalletId, 32)
            .StoreRef(outgoing.Message.ToCell())
            .StoreUInt((ulong)outgoing.Mode, 8)
            .StoreUInt(queryId.Value, 23)
            .StoreUInt((ulong)createdAt, 64)
            .StoreUInt((ulong)TimeoutSeconds, 22)
            .EndCell();
        return new UnsignedBody(request, signature => CellBuilder.BeginCell().StoreBytes(signature).StoreRef(request).EndCell());
    }

    /// <summary>A request to send a batch.</summary>
    /// <param name="queryId">An id not used within twice the timeout.</param>
    /// <param name="createdAt">Unix time in seconds, not in the chain's future and not older than the timeout.</param>
    /// <param name="messages">1 to 254 messages with their modes.</param>
    /// <param name="selfMessageValue">What the message to the wallet itself carries to pay its gas; the rest stays in the wallet.</param>
    public UnsignedBody CreateBatch(
        HighloadQueryId queryId, long createdAt, IReadOnlyList<OutgoingMessage> messages, Coins selfMessageValue)
    {
        CheckCount(messages.Count, MaxMessages);
        Cell body = CellBuilder.BeginCell()
            .StoreUInt(InternalTransfer, 32).StoreUInt(queryId.Value, 64).StoreRef(OutList.Create(messages)).EndCell();
        Message self = Message.Internal(Address, selfMessageValue, bounce: true, body);
        return CreateTransfer(queryId, createdAt, new OutgoingMessage(self, SendMode.PayFeesSeparately));
    }

    private static Cell CreateData(Bits256 publicKey, int timeoutSeconds, uint subwalletId)
    {
        if (timeoutSeconds is < 1 or >= 1 << 22)
            throw new ArgumentOutOfRangeException(nameof(timeoutSeconds), timeoutSeconds, "expected 1 to 4,194,303 seconds");
        return CellBuilder.BeginCell()
            .StoreBits256(publicKey)
            .StoreUInt(subwalletId, 32)
            .StoreBit(false)
            .StoreBit(false)
            .StoreUInt(0, 64)
            .StoreUInt((ulong)timeoutSeconds, 22)
            .EndCell();
    }
}
