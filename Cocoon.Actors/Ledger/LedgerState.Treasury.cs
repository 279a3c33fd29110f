using Cocoon.Protocol.Journal;
using Kind = Cocoon.Protocol.Journal.LedgerEvent.KindOneofCase;

namespace Cocoon.Actors.Ledger;

// What must hold before an event of the treasury.
public sealed partial class LedgerState
{
    private void CheckTreasuryFacts(LedgerEvent ledgerEvent)
    {
        if (ledgerEvent.KindCase is not (>= Kind.DepositSeen and <= Kind.HeadsAnchored or Kind.OutflowExplained))
            return;
        TreasuryState treasury = Treasury ?? throw Contradiction($"{ledgerEvent.KindCase} belongs to the treasury's stream");
        CheckCursor(treasury, TreasuryState.CursorOf(ledgerEvent));
        switch (ledgerEvent.KindCase)
        {
            case Kind.DepositSeen:
                CheckDeposit(treasury, ledgerEvent.DepositSeen);
                break;
            case Kind.SuspenseAssigned:
                CheckSuspense(treasury, ledgerEvent.SuspenseAssigned.Transaction, ledgerEvent.SuspenseAssigned.Amount);
                break;
            case Kind.PayoutRequested:
                CheckRequested(treasury, ledgerEvent.PayoutRequested);
                break;
            case Kind.PayoutPrepared:
                CheckPrepared(treasury, ledgerEvent.PayoutPrepared);
                break;
            case Kind.PayoutSent:
                CheckAttempt(treasury, ledgerEvent.PayoutSent.Attempt, null);
                break;
            case Kind.PayoutAccepted:
                CheckFee(ledgerEvent.PayoutAccepted.Fee);
                CheckAttempt(treasury, ledgerEvent.PayoutAccepted.Attempt, null);
                break;
            case Kind.PayoutPaid:
                CheckPaid(treasury, ledgerEvent.PayoutPaid);
                break;
            case Kind.PayoutFailed:
                CheckFee(ledgerEvent.PayoutFailed.Fee);
                CheckAttempt(treasury, ledgerEvent.PayoutFailed.Attempt, ledgerEvent.PayoutFailed.Amount);
                break;
            case Kind.PayoutExpired:
                CheckAttempt(treasury, ledgerEvent.PayoutExpired.Attempt, ledgerEvent.PayoutExpired.Amount);
                break;
            case Kind.PayoutBounced:
                CheckPositive(ledgerEvent.PayoutBounced.Amount);
                CheckPayout(treasury, ledgerEvent.PayoutBounced.Payout, PayoutStanding.Paid);
                break;
            case Kind.PayoutReopened:
                CheckReopened(treasury, ledgerEvent.PayoutReopened);
                break;
            case Kind.OutflowExplained:
                CheckOutflow(treasury, ledgerEvent.OutflowExplained);
                break;
            case Kind.NetworkFeePaid:
                CheckFee(ledgerEvent.NetworkFeePaid.Amount);
                break;
        }
    }

    private void CheckCursor(TreasuryState treasury, ChainCursor? cursor)
    {
        if (cursor is not null && treasury.Cursors.TryGetValue(cursor.Wallet, out ChainCursor? known)
            && cursor.LogicalTime < known.LogicalTime)
        {
            throw Contradiction($"wallet {cursor.Wallet}: cursor {cursor.LogicalTime} lies before {known.LogicalTime}");
        }
    }

    private void CheckDeposit(TreasuryState treasury, DepositSeen deposit)
    {
        if (deposit.Amount < 0)
            throw Contradiction($"a deposit of {deposit.Amount} nanoTON is below zero");
        if (deposit.Cursor is null || deposit.Cursor.Wallet != deposit.Wallet || deposit.Cursor.LogicalTime < deposit.LogicalTime)
            throw Contradiction("a deposit comes with the cursor of its wallet at or after it");
        long known = treasury.Cursors.GetValueOrDefault(deposit.Wallet)?.LogicalTime ?? 0;
        if (deposit.LogicalTime <= known)
            throw Contradiction($"the deposit at {deposit.LogicalTime} of wallet {deposit.Wallet} was read before ({known})");
        Identity(deposit.Transaction);
    }

    private void CheckSuspense(TreasuryState treasury, Google.Protobuf.ByteString transaction, long amount)
    {
        if (!treasury.Suspense.TryGetValue(Identity(transaction), out DepositSeen? deposit) || deposit.Amount != amount)
            throw Contradiction($"no deposit of {amount} nanoTON with transaction {Identity(transaction)} is in suspense");
    }

    private void CheckRequested(TreasuryState treasury, PayoutRequested request)
    {
        CheckNext("payout", request.Payout, treasury.LastPayout);
        CheckPositive(request.Amount);
        if (request.Reference.Length > 0 && treasury.HasReference(request.Reference))
            throw Contradiction($"commission was paid under reference '{request.Reference}' before");
        if (request.Kind == PayoutKind.Refund)
            CheckSuspense(treasury, request.Beneficiary, request.Amount);
    }

    private void CheckPrepared(TreasuryState treasury, PayoutPrepared batch)
    {
        CheckNext("attempt", batch.Attempt, treasury.LastAttempt);
        if (batch.Payouts.Count == 0)
            throw Contradiction("a batch holds no payout");
        CheckSum(treasury, batch.Payouts, batch.Amount, PayoutStanding.Waiting);
    }

    private Payout CheckPayout(TreasuryState treasury, long number, PayoutStanding standing)
    {
        if (!treasury.Payouts.TryGetValue(number, out Payout? payout) || payout.Standing != standing)
            throw Contradiction($"payout {number} is not {standing}");
        return payout;
    }

    private void CheckAttempt(TreasuryState treasury, long number, long? amount)
    {
        if (!treasury.Attempts.TryGetValue(number, out PayoutAttempt? attempt))
            throw Contradiction($"attempt {number} is not under way");
        if (amount is { } stated && stated != attempt.Batch.Amount)
            throw Contradiction($"attempt {number} holds {attempt.Batch.Amount} nanoTON, not {stated}");
    }

    private void CheckPaid(TreasuryState treasury, PayoutPaid paid)
    {
        CheckFee(paid.Fee);
        CheckAttempt(treasury, paid.Attempt, checked(paid.Amount + paid.SkippedAmount));
        PayoutPrepared batch = treasury.Attempts[paid.Attempt].Batch;
        if (paid.Skipped.Any(number => !batch.Payouts.Contains(number)))
            throw Contradiction($"attempt {paid.Attempt} skips a payout that it did not hold");
        CheckSum(treasury, paid.Skipped, paid.SkippedAmount, PayoutStanding.InFlight);
    }

    private void CheckOutflow(TreasuryState treasury, OutflowExplained outflow)
    {
        CheckFee(outflow.Fee);
        Identity(outflow.Transaction);
        long owned = outflow.PayoutsAmount;
        HashSet<Google.Protobuf.ByteString> owners = [];
        foreach (OutflowOwner owner in outflow.Owners)
        {
            CheckPositive(owner.Amount);
            if (owner.Kind is not (PayoutKind.Earnings or PayoutKind.Commission) || !owners.Add(owner.Beneficiary))
                throw Contradiction("an outflow names workers and the operator, each once");
            owned = checked(owned + owner.Amount);
        }

        if (outflow.Cursor is null || owned > outflow.Amount)
            throw Contradiction($"an outflow of {outflow.Amount} nanoTON does not pay {owned}");
        CheckSum(treasury, outflow.Payouts, outflow.PayoutsAmount, PayoutStanding.Waiting);
    }

    private void CheckSum(TreasuryState treasury, IEnumerable<long> numbers, long amount, PayoutStanding standing)
    {
        long sum = 0;
        long last = 0;
        foreach (long number in numbers)
        {
            if (number <= last)
                throw Contradiction("payouts are named in order, each once");
            last = number;
            sum = checked(sum + CheckPayout(treasury, number, standing).Request.Amount);
        }

        if (sum != amount)
            throw Contradiction($"payouts of {sum} nanoTON are stated as {amount}");
    }

    private void CheckReopened(TreasuryState treasury, PayoutReopened reopened)
    {
        Payout payout = CheckPayout(treasury, reopened.Payout, reopened.Waiting ? PayoutStanding.Waiting : PayoutStanding.Bounced);
        long amount = reopened.Waiting ? payout.Request.Amount : payout.Returned.Value;
        bool same = amount == reopened.Amount && payout.Request.Kind == reopened.Kind
            && payout.Request.Beneficiary.Equals(reopened.Beneficiary);
        if (!same)
            throw Contradiction($"payout {reopened.Payout} is reopened for another owner or amount than it had");
    }

    private void CheckFee(long fee)
    {
        if (fee < 0)
            throw Contradiction($"a fee of {fee} nanoTON is below zero");
    }
}
