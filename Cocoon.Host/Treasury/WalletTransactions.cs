using Cocoon.Actors.Ports;
using Cocoon.Host.Commands.Wallet;
using Cocoon.Protocol.Money;
using Cocoon.Ton;
using Cocoon.Ton.Accounts;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Jettons;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;

namespace Cocoon.Host.Treasury;

/// <summary>A wallet's transactions as the payout actor reads them.</summary>
internal static class WalletTransactions
{
    private const int CommentCharactersMax = 200;
    private const int CommentBytesMax = 4 * CommentCharactersMax;
    private const uint V5SignedExternal = 0x7369676e;

    /// <summary>Reads one transaction of <paramref name="wallet"/>. Throws <see cref="TonFormatException"/>.</summary>
    public static WalletTransaction Read(Transaction transaction, TreasuryWallet wallet)
    {
        List<SentMessage> sent = [];
        foreach ((Message message, Bits256 hash) in transaction.OutMessages)
        {
            if (message.Info is InternalMessageInfo info)
                sent.Add(new SentMessage(info.Destination.ToWalletAddress(), info.Value.Coins.ToNanoTon(), hash.ToBytes32(), CommentOf(message.Body)));
        }

        (bool succeeded, int exitCode) = Outcome(transaction.Description);
        return new WalletTransaction(
            new ChainPoint((long)transaction.Lt, transaction.Hash.ToBytes32()),
            transaction.PreviousLt == 0 ? null : new ChainPoint((long)transaction.PreviousLt, transaction.PreviousHash.ToBytes32()),
            transaction.Now,
            IncomingOf(transaction, wallet),
            sent,
            CostOf(transaction),
            succeeded,
            exitCode);
    }

    private static IncomingMessage IncomingOf(Transaction transaction, TreasuryWallet wallet)
    {
        if (transaction.InMessage is not { } incoming)
            return new NothingReceived();
        Message message = incoming.Message;
        if (message.Info is InternalMessageInfo info)
            return InternalOf(message, info, wallet);
        return wallet.Kind == TreasuryWalletKind.HighloadV3 ? HighloadRequestOf(message.Body) : V5RequestOf(message.Body, wallet.TimeoutSeconds);
    }

    private static IncomingMessage InternalOf(Message message, InternalMessageInfo info, TreasuryWallet wallet)
    {
        WalletAddress sender = info.Source?.ToWalletAddress() ?? default;
        NanoTon amount = info.Value.Coins.ToNanoTon();

        // Anybody can send a body of this form; the contract obeys its own only.
        bool fromSelf = sender.IsSameAccount(wallet.Address) && !info.Bounced;
        if (fromSelf && HighloadRequest.TryReadBatch(message.Body, out HighloadQueryId query, out _))
            return new BatchReceived(PlaceOf(query), amount);
        bool isJetton = !info.Bounced && JettonNotification.TryRead(message.Body, out _);
        return new TransferReceived(sender, amount, info.Bounced ? "" : CommentOf(message.Body), info.Bounced, isJetton);
    }

    private static RequestReceived HighloadRequestOf(Cell body) => HighloadRequest.TryRead(body, out HighloadRequest? request)
        ? new RequestReceived(body.Hash.ToBytes32(), PlaceOf(request.QueryId), (long)Math.Min(request.CreatedAt, long.MaxValue))
        : new RequestReceived(body.Hash.ToBytes32(), -1, 0);

    /// <summary>All ids that are kept for sending by hand count as the last one, which is how the payout actor knows them.</summary>
    private static long PlaceOf(HighloadQueryId query) =>
        query.Sequence >= HighloadQueryId.Count - WalletSender.ManualQueries ? HighloadQueryId.Count - 1 : query.Sequence;

    private static RequestReceived V5RequestOf(Cell body, int timeoutSeconds)
    {
        // Op, wallet id, valid until, sequence number.
        if (body.IsExotic || body.BitLength < 128)
            return new RequestReceived(body.Hash.ToBytes32(), -1, 0);
        Slice slice = body.BeginParse();
        bool isRequest = slice.LoadUInt32() == V5SignedExternal;
        slice.LoadUInt32();
        long validUntil = slice.LoadUInt32();
        long sequence = slice.LoadUInt32();
        return new RequestReceived(body.Hash.ToBytes32(), isRequest ? sequence : -1, isRequest ? validUntil - timeoutSeconds : 0);
    }

    /// <summary>
    /// What the transaction cost beyond the values it sent: total fees hold rent, gas, import and this side's part of the forwarding fees;
    /// the other part of those travels with the messages. Messages of a list that failed never left.
    /// </summary>
    private static NanoTon CostOf(Transaction transaction)
    {
        NanoTon cost = transaction.TotalFees.Coins.ToNanoTon();
        if (transaction.Description.Action is { Success: true } action)
            cost += (action.TotalForwardFees ?? Coins.Zero).ToNanoTon() - (action.TotalActionFees ?? Coins.Zero).ToNanoTon();
        if (transaction.Description.Bounce is { Kind: BounceKind.Ok } bounce)
            cost += bounce.ForwardFees.ToNanoTon();
        return cost;
    }

    private static (bool Succeeded, int ExitCode) Outcome(TransactionDescription description)
    {
        if (description.Compute is { Skipped: null, Success: false } failed)
            return (false, failed.ExitCode);
        if (description.Action is { Success: false } action)
            return (false, action.ResultCode);
        return (description.Compute?.Skipped is null or ComputeSkipReason.NoState, 0);
    }

    private static string CommentOf(Cell body)
    {
        if (!Comment.TryRead(body, out string? text, CommentBytesMax))
            return "";
        if (text.Length <= CommentCharactersMax)
            return text;
        int end = char.IsHighSurrogate(text[CommentCharactersMax - 1]) ? CommentCharactersMax - 1 : CommentCharactersMax;
        return text[..end];
    }
}
