using Cocoon.Actors.Ledger;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Payouts;

/// <summary>What payouts are doing.</summary>
public enum PayoutState
{
    /// <summary>The wallets have not been read since this instance started.</summary>
    Starting,

    /// <summary>Nothing is due, or it waits for others to share its batch.</summary>
    Idle,

    /// <summary>A batch is under way.</summary>
    Paying,

    /// <summary>The chain is out of reach; everything waits.</summary>
    ChainUnavailable,

    /// <summary>The payout wallet holds too little.</summary>
    Insufficient,

    /// <summary>A payout would cost more than the limit.</summary>
    FeesTooHigh,

    /// <summary>The day's outflow is used up.</summary>
    DailyLimit,

    /// <summary>Too many batches failed: waits for <see cref="RetryPayouts"/>.</summary>
    FailedTooOften,

    /// <summary>A wallet transaction that no attempt explains: waits for <see cref="ExplainOutflow"/>.</summary>
    Unexplained,

    /// <summary>The chain contradicts what was read from it, or the wallets are not those of the journal: waits for a person.</summary>
    Stopped,
}

/// <summary>How the treasury stands.</summary>
/// <param name="State">What payouts are doing.</param>
/// <param name="Text">Why, and what to do, for people.</param>
/// <param name="Wallets">The wallets.</param>
/// <param name="WaitingCount">Payouts that wait.</param>
/// <param name="WaitingAmount">Their sum.</param>
/// <param name="Attempt">The batch under way, or null.</param>
/// <param name="Suspense">Deposits that wait for an operator, the oldest first; at most 1,000.</param>
/// <param name="Bounced">Payouts that came back and wait for an operator.</param>
/// <param name="Totals">All-time figures.</param>
/// <param name="Unexplained">The transaction at which payouts stopped, or null.</param>
/// <param name="Head">A durable head that contains all that.</param>
public sealed record TreasuryView(
    PayoutState State,
    string Text,
    IReadOnlyList<WalletView> Wallets,
    int WaitingCount,
    NanoTon WaitingAmount,
    AttemptView? Attempt,
    IReadOnlyList<DepositSeen> Suspense,
    IReadOnlyList<PayoutView> Bounced,
    TreasuryTotals Totals,
    UnexplainedView? Unexplained,
    LedgerHead Head)
{
    /// <summary>The day's limit; null: none.</summary>
    public NanoTon? DailyOutflowMax { get; init; }

    /// <summary>Payouts for which the present day has no room, at the last look.</summary>
    public int WaitingForDayCount { get; init; }

    /// <summary>Their sum.</summary>
    public NanoTon WaitingForDayAmount { get; init; }

    /// <summary>When heads were last anchored on the chain, in chain time; 0: never.</summary>
    public long AnchoredUnixSeconds { get; init; }
}

/// <summary>One wallet, in the books and on the chain.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Wallet">Address and kind.</param>
/// <param name="Booked">What the books say it holds.</param>
/// <param name="OnChain">What the chain said at the last reading; null: not read yet.</param>
/// <param name="Cursor">The last transaction that is booked; null: none.</param>
/// <param name="ChainTimeUnixSeconds">Chain time of the last reading; 0: none.</param>
public sealed record WalletView(
    int Number, TreasuryWallet Wallet, NanoTon Booked, NanoTon? OnChain, ChainPoint? Cursor, long ChainTimeUnixSeconds);

/// <summary>A batch under way.</summary>
public sealed record AttemptView(
    long Number, AttemptStanding Standing, int Wallet, long Sequence, long CreatedAtUnixSeconds, long TimeoutSeconds, int PayoutCount, NanoTon Amount,
    Bytes32 BodyHash, int Sends, string LastAnswer);

/// <summary>A transaction that no attempt explains.</summary>
/// <param name="Wallet">In which wallet.</param>
/// <param name="Transaction">The transaction.</param>
/// <param name="Reason">What is wrong with it.</param>
/// <param name="Candidates">Waiting payouts whose destinations and amounts it paid: what to name in <see cref="ExplainOutflow"/>, once a person has looked.</param>
public sealed record UnexplainedView(int Wallet, WalletTransaction Transaction, string Reason, IReadOnlyList<long> Candidates);

/// <summary>All-time figures of the treasury.</summary>
/// <param name="Deposited">Deposits.</param>
/// <param name="Paid">Payouts, withdrawals, commission and refunds.</param>
/// <param name="Fees">Paid to the chain.</param>
/// <param name="Returned">Payouts that came back.</param>
/// <param name="Commission">Commission in the treasury that may be withdrawn now.</param>
/// <param name="OutflowToday">What left on the present day.</param>
/// <param name="LastFeePerPayout">Measured in the last batch; zero before the first.</param>
public readonly record struct TreasuryTotals(
    NanoTon Deposited, NanoTon Paid, NanoTon Fees, NanoTon Returned, NanoTon Commission, NanoTon OutflowToday, NanoTon LastFeePerPayout);

/// <summary>One payout, for people.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Kind">What for.</param>
/// <param name="Beneficiary">Worker, account or suspense transaction; null for commission.</param>
/// <param name="Destination">Where to.</param>
/// <param name="Amount">How much.</param>
/// <param name="Standing">Where it stands.</param>
/// <param name="Attempt">The last batch that held it; 0: none.</param>
/// <param name="Transaction">The wallet's transaction that paid it, or null.</param>
/// <param name="MessageHash">The message that paid it, or null.</param>
/// <param name="PaidUnixSeconds">When, in chain time; 0: not.</param>
/// <param name="Returned">What came back.</param>
public sealed record PayoutView(
    long Number, PayoutKind Kind, Bytes32? Beneficiary, WalletAddress Destination, NanoTon Amount, PayoutStanding Standing, long Attempt,
    Bytes32? Transaction, Bytes32? MessageHash, long PaidUnixSeconds, NanoTon Returned);

/// <summary>Some payouts, and what their beneficiary still has in the treasury.</summary>
/// <param name="Payouts">The payouts, the newest first.</param>
/// <param name="Owed">What the treasury owes the beneficiary and is not in a payout yet.</param>
/// <param name="Address">The worker's payout address in force, or null.</param>
public sealed record PayoutsView(IReadOnlyList<PayoutView> Payouts, NanoTon Owed, WalletAddress? Address);
