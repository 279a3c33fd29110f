using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

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
        };
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
            };
            yield return new SnapshotRecord { Payout = record };
        }

        foreach (PayoutAttempt attempt in Attempts.Values)
            yield return new SnapshotRecord { Attempt = new SnapshotAttempt { Attempt = attempt.Batch, State = (int)attempt.Standing } };
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
                Payouts.Add(payout.Payout.Payout, new Payout(payout.Payout, standing, payout.Attempt, new NanoTon(payout.Returned)));
                return true;
            case SnapshotRecord.KindOneofCase.Attempt:
                AttemptStanding under = (AttemptStanding)record.Attempt.State;
                Attempts.Add(record.Attempt.Attempt.Attempt, new PayoutAttempt(record.Attempt.Attempt, under));
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
    }
}
