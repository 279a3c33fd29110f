using Cocoon.Actors.Ports;
using Cocoon.Protocol.Money;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Crypto;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;

namespace Cocoon.Host.Treasury;

/// <summary>Builds and signs batches of payouts. Nothing but the request and the key goes in, so the same request gives the same bytes.</summary>
internal static class BatchBuilder
{
    /// <summary>The most messages of a batch, an anchor included.</summary>
    public const int MaxMessages = HighloadWalletV3.MaxMessages;

    /// <summary>Throws <see cref="ArgumentException"/> for more messages than the wallet sends at once.</summary>
    public static PreparedBatch Build(WalletContract wallet, int timeoutSeconds, Ed25519PrivateKey key, BatchRequest request)
    {
        List<OutgoingMessage> messages = [.. request.Payouts.Select(MessageOf)];
        if (request.AnchorComment is { } anchor)
            messages.Add(new OutgoingMessage(Message.Internal(wallet.Address, Coins.Zero, bounce: false, Comment.Create(anchor)), SendMode.PayFeesSeparately));
        if (messages.Count > MaxMessages)
            throw new ArgumentException($"a batch of {messages.Count} messages, of which a wallet sends {MaxMessages} at once", nameof(request));
        Cell body = Unsigned(wallet, timeoutSeconds, request, messages).Sign(key);
        return new PreparedBatch(body.Hash.ToBytes32(), wallet.CreateExternal(body, request.Deploy).ToCell().ToBoc());
    }

    private static OutgoingMessage MessageOf(BatchPayout payout)
    {
        WalletAddress to = payout.Destination;
        Cell? comment = payout.Comment.Length == 0 ? null : Comment.Create(payout.Comment);
        return new OutgoingMessage(Message.Internal(to.ToAddress(), payout.Amount.ToCoins(), to.IsBounceable, comment), SendMode.PayFeesSeparately);
    }

    private static UnsignedBody Unsigned(WalletContract wallet, int timeoutSeconds, BatchRequest request, List<OutgoingMessage> messages) => wallet switch
    {
        HighloadWalletV3 highload => highload.CreateBatch(
            HighloadQueryId.FromSequence((int)request.Sequence), request.CreatedAtUnixSeconds, messages, request.SelfMessageValue.ToCoins()),
        WalletV5R1 v5 => v5.CreateTransfer((uint)request.Sequence, (uint)(request.CreatedAtUnixSeconds + timeoutSeconds), messages),
        _ => throw new ArgumentException($"{wallet.GetType().Name} sends no batches", nameof(wallet)),
    };
}
