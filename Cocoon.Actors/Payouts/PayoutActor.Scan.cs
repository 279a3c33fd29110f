using Cocoon.Actors.Ledger;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;

namespace Cocoon.Actors.Payouts;

/// <content>
/// What each of the wallets' transactions means. Every one moves the cursor in the event that books it; one that nothing explains moves
/// nothing, and its wallet is read from there again until an operator has explained it.
/// </content>
public sealed partial class PayoutActor
{
    private readonly SortedDictionary<int, UnexplainedView> unexplained = [];

    /// <summary>Whether a reading's transactions follow each other and the last one that is booked, as the port promises.</summary>
    private bool Follows(int wallet, WalletReading reading)
    {
        ChainPoint? last = CursorOf(wallet);
        foreach (WalletTransaction transaction in reading.Transactions)
        {
            if (transaction.Previous != last || transaction.Point.LogicalTime <= (last?.LogicalTime ?? 0))
            {
                trouble = $"wallet {wallet}: transaction {transaction.Point.LogicalTime} does not follow the one before it in the chain's answer";
                return false;
            }

            last = transaction.Point;
        }

        return true;
    }

    /// <summary>Books a reading's transactions. False when one of them is not explained: it and what follows wait.</summary>
    private bool Book(int wallet, WalletReading reading)
    {
        unexplained.Remove(wallet);
        foreach (WalletTransaction transaction in reading.Transactions)
        {
            if (TryBook(wallet, transaction) is not { } reason)
                continue;
            unexplained[wallet] = new UnexplainedView(wallet, transaction, reason, CandidatesFor(transaction));
            return false;
        }

        return contradiction is null;
    }

    // What the books rule out stops payouts, not the ledger.
    private string? TryBook(int wallet, WalletTransaction transaction)
    {
        try
        {
            return Book(wallet, transaction);
        }
        catch (LedgerContradictionException exception)
        {
            contradiction = $"wallet {wallet}, transaction {transaction.Point.Hash}: {exception.Reason}.";
            return exception.Reason;
        }
    }

    /// <summary>Books one transaction; or says why it cannot be explained, and books nothing.</summary>
    private string? Book(int wallet, WalletTransaction transaction) => transaction.Incoming switch
    {
        RequestReceived request => BookRequest(wallet, transaction, request),
        BatchReceived batch => BookBatch(wallet, transaction, batch),
        TransferReceived transfer => BookTransfer(wallet, transaction, transfer),
        _ when transaction.Sent.Count == 0 => BookCost(wallet, transaction),
        _ => "it sent coins without a message that asked for it",
    };

    /// <summary>A signed request: one of our batches, told by the hash of its body and its creation, or coins moved by hand between our wallets.</summary>
    private string? BookRequest(int wallet, WalletTransaction transaction, RequestReceived request)
    {
        PayoutAttempt? attempt = Treasury.Attempts.Values.FirstOrDefault(known => known.Batch.Wallet == wallet
            && known.Batch.BodyHash.Span.SequenceEqual(request.BodyHash.AsSpan()) && known.Batch.CreatedAtUnixS == request.CreatedAtUnixSeconds);
        if (attempt is null)
            return BookRequestByHand(wallet, transaction, request);
        if (chain.Wallets[wallet].Kind == TreasuryWalletKind.V5R1)
            return BookSent(attempt, transaction);
        if (transaction.Sent.Count == 0)
            return BookFailed(attempt, transaction);
        if (transaction.Sent.Count != 1 || !IsOf(wallet, transaction.Sent[0].Destination))
            return $"it ran batch {attempt.Batch.Attempt}, but sent something else than the message to itself";
        LedgerEvent accepted = NewEvent();
        accepted.PayoutAccepted = new PayoutAccepted
        {
            Attempt = attempt.Batch.Attempt,
            Transaction = Bytes(transaction.Point.Hash),
            Cursor = CursorAt(wallet, transaction),
            Fee = transaction.Cost.Value,
            Wallet = wallet,
        };
        Emit(accepted);
        return null;
    }

    private string? BookRequestByHand(int wallet, WalletTransaction transaction, RequestReceived request)
    {
        bool isOurs = transaction.Sent.All(sent => WalletOf(sent.Destination) is not null);
        bool mayBeByHand = chain.Wallets[wallet].Kind == TreasuryWalletKind.V5R1 || request.Sequence == ManualSequence;
        if (!isOurs || !mayBeByHand)
            return $"a signed request (number {request.Sequence}) that is no batch of this journal sent {SumOf(transaction)}";
        foreach (SentMessage sent in transaction.Sent)
            BookOwnTransfer(wallet, sent.Destination, -sent.Amount, transaction);
        return BookCost(wallet, transaction);
    }

    /// <summary>Highload V3's second half. Its request was accepted by the hash of its body, and the contract runs a number once.</summary>
    private string? BookBatch(int wallet, WalletTransaction transaction, BatchReceived batch)
    {
        PayoutAttempt? attempt = Treasury.Attempts.Values.FirstOrDefault(known =>
            known.Batch.Wallet == wallet && known.Standing == AttemptStanding.Accepted && known.Batch.Sequence == batch.Sequence);
        return attempt is null ? $"batch number {batch.Sequence}, which this journal did not prepare, sent {SumOf(transaction)}" : BookSent(attempt, transaction);
    }

    /// <summary>
    /// The wallet sent a batch: its messages, without those to itself, are the payouts in order. Highload V3 sends all or none, V5R1 leaves
    /// out what it could not send.
    /// </summary>
    private string? BookSent(PayoutAttempt attempt, WalletTransaction transaction)
    {
        PayoutPrepared batch = attempt.Batch;
        List<SentMessage> sent = [.. transaction.Sent.Where(message => !IsOf(batch.Wallet, message.Destination))];
        if (sent.Count == 0)
            return BookFailed(attempt, transaction);
        LedgerEvent paid = NewEvent();
        PayoutPaid end = paid.PayoutPaid = new PayoutPaid
        {
            Attempt = batch.Attempt,
            Fee = transaction.Cost.Value,
            Transaction = Bytes(transaction.Point.Hash),
            Cursor = CursorAt(batch.Wallet, transaction),
            Wallet = batch.Wallet,
        };
        int next = 0;
        foreach (long number in batch.Payouts)
        {
            PayoutRequested payout = Treasury.Payouts[number].Request;
            if (next < sent.Count && Pays(sent[next], payout))
            {
                end.MessageHashes.Add(Bytes(sent[next++].MessageHash));
                end.Amount += payout.Amount;
                continue;
            }

            end.MessageHashes.Add(ByteString.Empty);
            end.Skipped.Add(number);
            end.SkippedAmount += payout.Amount;
        }

        bool mayBePart = chain.Wallets[batch.Wallet].Kind == TreasuryWalletKind.V5R1;
        if (next < sent.Count || (end.Skipped.Count > 0 && !mayBePart))
            return $"it ran batch {batch.Attempt}, but its {sent.Count} messages are not the batch's {batch.Payouts.Count} payouts";
        Emit(paid);
        if (batch.Anchor.Count > 0)
            EmitAnchored(batch, transaction);
        return null;
    }

    private void EmitAnchored(PayoutPrepared batch, WalletTransaction transaction)
    {
        LedgerEvent anchored = NewEvent();
        anchored.HeadsAnchored = new HeadsAnchored { Transaction = Bytes(transaction.Point.Hash) };
        anchored.HeadsAnchored.Heads.Add(batch.Anchor);
        Emit(anchored);
    }

    private static bool Pays(SentMessage sent, PayoutRequested payout) =>
        sent.Amount.Value == payout.Amount && WalletAddress.TryRead(payout.Destination.Span, out WalletAddress to) && to.IsSameAccount(sent.Destination);

    private string? BookFailed(PayoutAttempt attempt, WalletTransaction transaction)
    {
        LedgerEvent failed = NewEvent();
        failed.PayoutFailed = new PayoutFailed
        {
            Attempt = attempt.Batch.Attempt,
            Amount = attempt.Batch.Amount,
            Fee = transaction.Cost.Value,
            Reason = $"transaction {transaction.Point.Hash} sent nothing, exit code {transaction.ExitCode}",
            Cursor = CursorAt(attempt.Batch.Wallet, transaction),
            Wallet = attempt.Batch.Wallet,
        };
        Emit(failed);
        return null;
    }

    private string? BookCost(int wallet, WalletTransaction transaction)
    {
        LedgerEvent passed = NewEvent();
        if (transaction.Cost == NanoTon.Zero)
        {
            passed.ChainScanned = new ChainScanned { Cursor = CursorAt(wallet, transaction) };
        }
        else
        {
            passed.NetworkFeePaid = new NetworkFeePaid
            {
                Wallet = wallet,
                Amount = transaction.Cost.Value,
                Transaction = Bytes(transaction.Point.Hash),
                Cursor = CursorAt(wallet, transaction),
            };
        }

        Emit(passed);
        return null;
    }

    private void BookOwnTransfer(int wallet, WalletAddress other, NanoTon amount, WalletTransaction transaction)
    {
        if (amount == NanoTon.Zero || WalletOf(other) is not { } number || number == wallet)
            return;
        LedgerEvent moved = NewEvent();
        moved.OwnTransferSeen = new OwnTransferSeen
        {
            Wallet = wallet,
            OtherWallet = number,
            Amount = amount.Value,
            Transaction = Bytes(transaction.Point.Hash),
            Cursor = CursorAt(wallet, transaction),
        };
        Emit(moved);
    }

    private int? WalletOf(WalletAddress address)
    {
        for (int wallet = 0; wallet < chain.Wallets.Count; wallet++)
        {
            if (IsOf(wallet, address))
                return wallet;
        }

        return null;
    }

    private bool IsOf(int wallet, WalletAddress address) => chain.Wallets[wallet].Address.IsSameAccount(address);

    private NanoTon SumOf(WalletTransaction transaction) =>
        new(transaction.Sent.Where(sent => WalletOf(sent.Destination) is null).Sum(sent => sent.Amount.Value));

    private static ChainCursor CursorAt(int wallet, WalletTransaction transaction) => new()
    {
        Wallet = wallet,
        LogicalTime = transaction.Point.LogicalTime,
        Hash = Bytes(transaction.Point.Hash),
        TimeUnixS = transaction.UnixSeconds,
    };

    /// <summary>Waiting payouts that the transaction's messages would pay exactly, each message one: a proposal for the operator.</summary>
    private List<long> CandidatesFor(WalletTransaction transaction)
    {
        List<long> found = [];
        foreach (SentMessage sent in transaction.Sent)
        {
            Payout? match = Waiting.FirstOrDefault(payout => !found.Contains(payout.Request.Payout) && Pays(sent, payout.Request));
            if (match is not null)
                found.Add(match.Request.Payout);
        }

        found.Sort();
        return found;
    }
}
