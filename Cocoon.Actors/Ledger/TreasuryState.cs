using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Kind = Cocoon.Protocol.Journal.LedgerEvent.KindOneofCase;

namespace Cocoon.Actors.Ledger;

/// <summary>Where a payout stands.</summary>
public enum PayoutStanding
{
    /// <summary>It waits for a batch.</summary>
    Waiting = 1,

    /// <summary>It is in an attempt whose end is not yet known.</summary>
    InFlight = 2,

    /// <summary>The wallet sent it.</summary>
    Paid = 3,

    /// <summary>It came back from its destination and waits for the operator.</summary>
    Bounced = 4,

    /// <summary>It came back and its money returned to its owner's book.</summary>
    Reopened = 5,
}

/// <summary>One payout and where it stands.</summary>
/// <param name="Request">What is paid to whom.</param>
/// <param name="Standing">Where it stands.</param>
/// <param name="Attempt">Number of the last attempt that held it; 0: none yet.</param>
/// <param name="Returned">What came back, less fees.</param>
public sealed record Payout(PayoutRequested Request, PayoutStanding Standing, long Attempt, NanoTon Returned);

/// <summary>Where an attempt stands. Attempts that are paid, failed or expired are forgotten.</summary>
public enum AttemptStanding
{
    /// <summary>Durable; its bytes may leave.</summary>
    Prepared = 1,

    /// <summary>Its bytes left.</summary>
    Sent = 2,

    /// <summary>The wallet accepted them; it resolves.</summary>
    Accepted = 3,
}

/// <summary>One batch under way.</summary>
public sealed record PayoutAttempt(PayoutPrepared Batch, AttemptStanding Standing);

/// <summary>What only the treasury's stream holds: wallets, deposits in suspense, payouts and attempts.</summary>
public sealed partial class TreasuryState
{
    /// <summary>Coins by wallet, as booked.</summary>
    public SortedDictionary<int, long> Wallets { get; } = [];

    /// <summary>How far each wallet's transactions were read.</summary>
    public SortedDictionary<int, ChainCursor> Cursors { get; } = [];

    /// <summary>Deposits that belong to nobody yet, by transaction.</summary>
    public SortedDictionary<Bytes32, DepositSeen> Suspense { get; } = [];

    /// <summary>Payouts by number; paid ones of earlier eras are forgotten.</summary>
    public SortedDictionary<long, Payout> Payouts { get; } = [];

    /// <summary>Attempts under way, by number.</summary>
    public SortedDictionary<long, PayoutAttempt> Attempts { get; } = [];

    /// <summary>The heads that were anchored last.</summary>
    public IReadOnlyList<StreamHead> Anchored { get; internal set; } = [];

    /// <summary>Number of the last payout.</summary>
    public long LastPayout { get; internal set; }

    /// <summary>Number of the last attempt.</summary>
    public long LastAttempt { get; internal set; }

    /// <summary>The last attempt of the era before this one: payouts up to it that are over are forgotten when this one closes.</summary>
    internal long EraAttempt { get; set; }

    /// <summary>All deposits so far, suspense included.</summary>
    public NanoTon Deposited { get; internal set; }

    /// <summary>All payouts, withdrawals and refunds that were sent so far.</summary>
    public NanoTon Paid { get; internal set; }

    /// <summary>Everything paid to the chain so far.</summary>
    public NanoTon Fees { get; internal set; }

    /// <summary>Everything that bounced back so far.</summary>
    public NanoTon Returned { get; internal set; }

    internal void AddCash(int wallet, NanoTon amount) =>
        Wallets[wallet] = checked(Wallets.GetValueOrDefault(wallet) + amount.Value);

    internal void CloseEra()
    {
        foreach (long number in Payouts.Where(entry => IsOver(entry.Value)).Select(entry => entry.Key).ToArray())
            Payouts.Remove(number);
        EraAttempt = LastAttempt;
    }

    private bool IsOver(Payout payout) =>
        payout.Attempt <= EraAttempt && payout.Standing is (PayoutStanding.Paid or PayoutStanding.Reopened);

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
            default:
                RecordPayout(ledgerEvent);
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
                if (request.Kind == PayoutKind.Refund)
                    Suspense.Remove(Bytes32.From(request.Beneficiary.Span));
                break;
            case Kind.PayoutPrepared:
                LastAttempt = ledgerEvent.PayoutPrepared.Attempt;
                Attempts[LastAttempt] = new PayoutAttempt(ledgerEvent.PayoutPrepared, AttemptStanding.Prepared);
                Mark(ledgerEvent.PayoutPrepared, PayoutStanding.InFlight);
                break;
            case Kind.PayoutSent:
                Advance(ledgerEvent.PayoutSent.Attempt, AttemptStanding.Sent);
                break;
            case Kind.PayoutAccepted:
                Advance(ledgerEvent.PayoutAccepted.Attempt, AttemptStanding.Accepted);
                break;
            case Kind.PayoutPaid:
                Paid += new NanoTon(ledgerEvent.PayoutPaid.Amount);
                Fees += new NanoTon(ledgerEvent.PayoutPaid.Fee);
                Close(ledgerEvent.PayoutPaid.Attempt, PayoutStanding.Paid);
                break;
            case Kind.PayoutFailed:
                Fees += new NanoTon(ledgerEvent.PayoutFailed.Fee);
                Close(ledgerEvent.PayoutFailed.Attempt, PayoutStanding.Waiting);
                break;
            case Kind.PayoutExpired:
                Close(ledgerEvent.PayoutExpired.Attempt, PayoutStanding.Waiting);
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
                break;
        }
    }

    private void Advance(long attempt, AttemptStanding standing) => Attempts[attempt] = Attempts[attempt] with { Standing = standing };

    private void Close(long attempt, PayoutStanding standing)
    {
        Mark(Attempts[attempt].Batch, standing);
        Attempts.Remove(attempt);
    }

    private void Mark(PayoutPrepared batch, PayoutStanding standing)
    {
        foreach (long number in batch.Payouts)
            Payouts[number] = Payouts[number] with { Standing = standing, Attempt = batch.Attempt };
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
        _ => null,
    };
}
