using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;

namespace Cocoon.Actors.Ledger;

public sealed partial class TreasuryState
{
    internal IEnumerable<SnapshotRecord> ToRecords()
    {
        SnapshotTreasury totals = new()
        {
            LastPayout = LastPayout,
            LastAttempt = LastAttempt,
            EraAttempt = EraAttempt,
            Deposited = Deposited.Value,
            Paid = Paid.Value,
            Fees = Fees.Value,
            Returned = Returned.Value,
            OutflowDay = outflowDay,
            Outflow = outflow.Value,
            Failures = Failures,
            BatchFee = LastBatch.Fee.Value,
            BatchPayouts = LastBatch.Payouts,
            AnchoredUnixS = AnchoredUnixSeconds,
        };
        totals.Sequences.Add(sequences.Select(next => new BookBalance { Book = next.Key, Amount = next.Value }));
        totals.References.Add(references);
        totals.Awaited.Add(awaited.Select(request => new BookBalance { Book = request.Wallet, Amount = request.Sequence }));
        totals.Cursors.Add(Cursors.Values);
        totals.Wallets.Add(Wallets.Select(wallet => new BookBalance { Book = wallet.Key, Amount = wallet.Value }));
        totals.Anchored.Add(Anchored);
        yield return new SnapshotRecord { Treasury = totals };
        foreach (DepositSeen deposit in Suspense.Values)
            yield return new SnapshotRecord { Suspense = new SnapshotSuspense { Deposit = deposit } };
        foreach (Payout payout in Payouts.Values)
        {
            SnapshotPayout record = new()
            {
                Payout = payout.Request,
                State = (int)payout.Standing,
                Attempt = payout.Attempt,
                Returned = payout.Returned.Value,
                Transaction = BytesOf(payout.Transaction),
                Message = BytesOf(payout.Message),
                PaidUnixS = payout.PaidUnixSeconds,
            };
            yield return new SnapshotRecord { Payout = record };
        }

        foreach (PayoutAttempt attempt in Attempts.Values)
        {
            SnapshotAttempt record = new() { Attempt = attempt.Batch, State = (int)attempt.Standing, Fee = attempt.Fee.Value };
            yield return new SnapshotRecord { Attempt = record };
        }
    }

    internal bool Restore(SnapshotRecord record)
    {
        switch (record.KindCase)
        {
            case SnapshotRecord.KindOneofCase.Treasury:
                RestoreTotals(record.Treasury);
                return true;
            case SnapshotRecord.KindOneofCase.Suspense:
                Suspense.Add(Bytes32.From(record.Suspense.Deposit.Transaction.Span), record.Suspense.Deposit);
                return true;
            case SnapshotRecord.KindOneofCase.Payout:
                SnapshotPayout payout = record.Payout;
                PayoutStanding standing = (PayoutStanding)payout.State;
                Payouts.Add(payout.Payout.Payout, new Payout(payout.Payout, standing, payout.Attempt, new NanoTon(payout.Returned))
                {
                    Transaction = IdentityOf(payout.Transaction),
                    Message = IdentityOf(payout.Message),
                    PaidUnixSeconds = payout.PaidUnixS,
                });
                return true;
            case SnapshotRecord.KindOneofCase.Attempt:
                AttemptStanding under = (AttemptStanding)record.Attempt.State;
                Attempts.Add(record.Attempt.Attempt.Attempt, new PayoutAttempt(record.Attempt.Attempt, under, new NanoTon(record.Attempt.Fee)));
                return true;
            default:
                return false;
        }
    }

    private void RestoreTotals(SnapshotTreasury totals)
    {
        LastPayout = totals.LastPayout;
        LastAttempt = totals.LastAttempt;
        EraAttempt = totals.EraAttempt;
        Deposited = new NanoTon(totals.Deposited);
        Paid = new NanoTon(totals.Paid);
        Fees = new NanoTon(totals.Fees);
        Returned = new NanoTon(totals.Returned);
        foreach (ChainCursor cursor in totals.Cursors)
            Cursors.Add(cursor.Wallet, cursor);
        foreach (BookBalance wallet in totals.Wallets)
            Wallets.Add(wallet.Book, wallet.Amount);
        Anchored = [.. totals.Anchored];
        (outflowDay, outflow) = (totals.OutflowDay, new NanoTon(totals.Outflow));
        Failures = totals.Failures;
        LastBatch = (new NanoTon(totals.BatchFee), totals.BatchPayouts);
        AnchoredUnixSeconds = totals.AnchoredUnixS;
        foreach (BookBalance next in totals.Sequences)
            sequences.Add(next.Book, next.Amount);
        references.UnionWith(totals.References);
        awaited.UnionWith(totals.Awaited.Select(request => (request.Book, request.Amount)));
    }

    private static ByteString BytesOf(Bytes32? value) => value is { } bytes ? ByteString.CopyFrom(bytes.AsSpan()) : ByteString.Empty;

    private static Bytes32? IdentityOf(ByteString bytes) => bytes.IsEmpty ? null : Bytes32.From(bytes.Span);
}
