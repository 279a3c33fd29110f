using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;
using Kind = Cocoon.Protocol.Journal.LedgerEvent.KindOneofCase;

namespace Cocoon.Actors.Ledger;

// What events of the treasury leave behind, beyond their postings.
public sealed partial class TreasuryState
{
    // Highload V3's query ids in order, without the last one, which is kept for sending by hand.
    private const long SequenceCount = 8_380_415;

    internal void Record(LedgerEvent ledgerEvent)
    {
        switch (ledgerEvent.KindCase)
        {
            case Kind.DepositSeen:
                DepositSeen deposit = ledgerEvent.DepositSeen;
                Deposited += new NanoTon(deposit.Amount);
                if (deposit.Account.IsEmpty)
                    Suspense[Bytes32.From(deposit.Transaction.Span)] = deposit;
                break;
            case Kind.SuspenseAssigned:
                Suspense.Remove(Bytes32.From(ledgerEvent.SuspenseAssigned.Transaction.Span));
                break;
            case Kind.HeadsAnchored:
                Anchored = [.. ledgerEvent.HeadsAnchored.Heads];
                break;
            case Kind.NetworkFeePaid:
                Fees += new NanoTon(ledgerEvent.NetworkFeePaid.Amount);
                break;
            case Kind.OutflowExplained:
                Record(ledgerEvent.OutflowExplained);
                break;
            case Kind.PayoutRequested or Kind.PayoutBounced or Kind.PayoutReopened:
                RecordPayout(ledgerEvent);
                break;
            default:
                RecordAttempt(ledgerEvent);
                break;
        }

        if (CursorOf(ledgerEvent) is { } cursor)
            Cursors[cursor.Wallet] = cursor;
    }

    private void RecordPayout(LedgerEvent ledgerEvent)
    {
        switch (ledgerEvent.KindCase)
        {
            case Kind.PayoutRequested:
                PayoutRequested request = ledgerEvent.PayoutRequested;
                LastPayout = request.Payout;
                Payouts[request.Payout] = new Payout(request, PayoutStanding.Waiting, 0, default);
                if (request.Reference.Length > 0)
                    references.Add(request.Reference);
                if (request.Kind == PayoutKind.Refund)
                    Suspense.Remove(Bytes32.From(request.Beneficiary.Span));
                break;
            case Kind.PayoutBounced:
                NanoTon bounced = new(ledgerEvent.PayoutBounced.Amount);
                Returned += bounced;
                Payout back = Payouts[ledgerEvent.PayoutBounced.Payout];
                Payouts[back.Request.Payout] = back with { Standing = PayoutStanding.Bounced, Returned = bounced };
                break;
            case Kind.PayoutReopened:
                Payout reopened = Payouts[ledgerEvent.PayoutReopened.Payout];
                Payouts[reopened.Request.Payout] = reopened with { Standing = PayoutStanding.Reopened };
                if (reopened.Request.Kind == PayoutKind.Refund)
                    BackToSuspense(reopened, ledgerEvent.PayoutReopened.Amount);
                break;
        }
    }

    // A refund that came back, or was not sent, is a deposit in suspense again, less what the way cost.
    private void BackToSuspense(Payout refund, long amount)
    {
        ByteString transaction = refund.Request.Beneficiary;
        Suspense[Bytes32.From(transaction.Span)] = new DepositSeen
        {
            Amount = amount,
            Sender = refund.Request.Destination,
            Transaction = transaction,
            Reason = SuspenseReason.Bounced,
        };
    }

    private void RecordAttempt(LedgerEvent ledgerEvent)
    {
        switch (ledgerEvent.KindCase)
        {
            case Kind.PayoutPrepared:
                PayoutPrepared batch = ledgerEvent.PayoutPrepared;
                LastAttempt = batch.Attempt;
                Attempts[LastAttempt] = new PayoutAttempt(batch, AttemptStanding.Prepared, default);
                CountOutflow(batch, new NanoTon(batch.Amount));
                Mark(batch, PayoutStanding.InFlight);
                break;
            case Kind.PayoutSent:
                Advance(ledgerEvent.PayoutSent.Attempt, AttemptStanding.Sent, default);
                break;
            case Kind.PayoutAccepted:
                NanoTon cost = new(ledgerEvent.PayoutAccepted.Fee);
                Fees += cost;
                Advance(ledgerEvent.PayoutAccepted.Attempt, AttemptStanding.Accepted, cost);
                break;
            case Kind.PayoutPaid:
                Record(ledgerEvent.PayoutPaid);
                break;
            case Kind.PayoutFailed:
                Fees += new NanoTon(ledgerEvent.PayoutFailed.Fee);
                Failures++;
                Close(ledgerEvent.PayoutFailed.Attempt, usesSequence: true);
                break;
            case Kind.PayoutExpired:
                Close(ledgerEvent.PayoutExpired.Attempt, usesSequence: false);
                break;
        }
    }

    private void Record(PayoutPaid paid)
    {
        PayoutAttempt attempt = Attempts[paid.Attempt];
        PayoutPrepared batch = attempt.Batch;
        NanoTon fee = new(paid.Fee);
        Paid += new NanoTon(paid.Amount);
        Fees += fee;
        Failures = 0;
        LastBatch = (attempt.Fee + fee, batch.Payouts.Count - paid.Skipped.Count);
        if (batch.Anchor.Count > 0)
            AnchoredUnixSeconds = batch.CreatedAtUnixS;
        CountOutflow(batch, new NanoTon(-paid.SkippedAmount));
        Mark(batch, PayoutStanding.Paid);
        Bytes32? transaction = paid.Transaction.Length == Bytes32.Length ? Bytes32.From(paid.Transaction.Span) : null;
        for (int i = 0; i < batch.Payouts.Count && i < paid.MessageHashes.Count; i++)
        {
            ByteString message = paid.MessageHashes[i];
            Payout payout = Payouts[batch.Payouts[i]];
            Payouts[batch.Payouts[i]] = payout with
            {
                Transaction = transaction,
                Message = message.Length == Bytes32.Length ? Bytes32.From(message.Span) : null,
                PaidUnixSeconds = paid.Cursor?.TimeUnixS ?? 0,
            };
        }

        foreach (long number in paid.Skipped)
            Payouts[number] = Payouts[number] with { Standing = PayoutStanding.Waiting, Transaction = null, PaidUnixSeconds = 0 };
        Attempts.Remove(paid.Attempt);
        UseUp(batch.Wallet, batch.Sequence);
    }

    private void Record(OutflowExplained outflow)
    {
        Paid += new NanoTon(outflow.Amount);
        Fees += new NanoTon(outflow.Fee);
        if (outflow.Sequence >= 0)
        {
            UseUp(outflow.Wallet, outflow.Sequence);
            if (outflow.BatchFollows)
                awaited.Add((outflow.Wallet, outflow.Sequence));
            else
                awaited.Remove((outflow.Wallet, outflow.Sequence));
        }

        foreach (long number in outflow.Payouts)
        {
            Payouts[number] = Payouts[number] with
            {
                Standing = PayoutStanding.Paid,
                Transaction = Bytes32.From(outflow.Transaction.Span),
                PaidUnixSeconds = outflow.Cursor?.TimeUnixS ?? 0,
            };
        }
    }

    private void Advance(long attempt, AttemptStanding standing, NanoTon cost)
    {
        PayoutAttempt known = Attempts[attempt];
        Attempts[attempt] = known with { Standing = standing, Fee = known.Fee + cost };
    }

    private void Close(long attempt, bool usesSequence)
    {
        PayoutPrepared batch = Attempts[attempt].Batch;
        CountOutflow(batch, new NanoTon(-batch.Amount));
        Mark(batch, PayoutStanding.Waiting);
        Attempts.Remove(attempt);
        if (usesSequence)
            UseUp(batch.Wallet, batch.Sequence);
    }

    private void UseUp(int wallet, long sequence)
    {
        if (sequence < SequenceCount && sequence + 1 > NextSequence(wallet))
            sequences[wallet] = (sequence + 1) % SequenceCount;
    }

    private void Mark(PayoutPrepared batch, PayoutStanding standing)
    {
        foreach (long number in batch.Payouts)
            Payouts[number] = Payouts[number] with { Standing = standing, Attempt = batch.Attempt };
    }

    private void CountOutflow(PayoutPrepared batch, NanoTon amount)
    {
        long day = batch.CreatedAtUnixS / SecondsPerDay;
        if (day > outflowDay)
            (outflowDay, outflow) = (day, NanoTon.Zero);
        if (day == outflowDay)
            outflow += amount;
    }

    internal void Registered(AccountId account, WalletRegistered? before, WalletRegistered after)
    {
        if (before is not null && WalletAddress.TryRead(before.Address.Span, out WalletAddress old))
            owners.GetValueOrDefault((old.Workchain, old.Account))?.Remove(account);
        if (!WalletAddress.TryRead(after.Address.Span, out WalletAddress wallet))
            return;
        (int, Bytes32) key = (wallet.Workchain, wallet.Account);
        if (!owners.TryGetValue(key, out List<AccountId>? found))
            owners.Add(key, found = []);
        found.Add(account);
    }

    internal static ChainCursor? CursorOf(LedgerEvent ledgerEvent) => ledgerEvent.KindCase switch
    {
        Kind.DepositSeen => ledgerEvent.DepositSeen.Cursor,
        Kind.PayoutAccepted => ledgerEvent.PayoutAccepted.Cursor,
        Kind.PayoutPaid => ledgerEvent.PayoutPaid.Cursor,
        Kind.PayoutFailed => ledgerEvent.PayoutFailed.Cursor,
        Kind.PayoutBounced => ledgerEvent.PayoutBounced.Cursor,
        Kind.OwnTransferSeen => ledgerEvent.OwnTransferSeen.Cursor,
        Kind.NetworkFeePaid => ledgerEvent.NetworkFeePaid.Cursor,
        Kind.ChainScanned => ledgerEvent.ChainScanned.Cursor,
        Kind.OutflowExplained => ledgerEvent.OutflowExplained.Cursor,
        _ => null,
    };
}
