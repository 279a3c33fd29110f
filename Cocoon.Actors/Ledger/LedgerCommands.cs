using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ledger;

/// <summary>A message to the ledger of one stream. Answers leave when everything they rest on is durable.</summary>
public abstract record LedgerCommand;

/// <summary>Holds money back for a job, in memory.</summary>
/// <param name="Job">The job.</param>
/// <param name="Purse">The purse it spends from; 0: none.</param>
/// <param name="Model">The model, for the purse's list.</param>
/// <param name="Terms">The dearest terms the job accepts (its cap).</param>
/// <param name="PromptBound">Most prompt tokens.</param>
/// <param name="Media">Most media units, by class.</param>
/// <param name="OutputMax">Output tokens asked for, of one choice.</param>
/// <param name="Choices">Number of choices, 1 and up.</param>
/// <param name="TimeLeft">Time until the job's deadline.</param>
/// <param name="Reply">Takes the answer.</param>
public sealed record Reserve(
    JobId Job, ulong Purse, string Model, JobTerms Terms, long PromptBound, IReadOnlyList<UsageAmount> Media, long OutputMax, int Choices,
    TimeSpan TimeLeft, ReplyTo<ReserveAnswer> Reply) : LedgerCommand;

/// <summary>Lowers a reservation once the worker's price and the true prompt size are known. Never raises it.</summary>
public sealed record LowerReservation(JobId Job, NanoTon Amount) : LedgerCommand;

/// <summary>Frees what is left of a job's reservation: it ended without (another) settlement.</summary>
public sealed record Release(JobId Job) : LedgerCommand;

/// <summary>One instalment of a job. Usage is cumulative; the ledger computes the price and cuts it to what was reserved.</summary>
/// <param name="Job">The job.</param>
/// <param name="Instalment">1 for the first.</param>
/// <param name="Final">The job is over.</param>
/// <param name="Worker">Who earns.</param>
/// <param name="Model">The model.</param>
/// <param name="Terms">The price locked at admission, with the worker's coefficient.</param>
/// <param name="Usage">What was used so far.</param>
/// <param name="Reply">Takes the answer, when the settlement is durable.</param>
public sealed record Settle(
    JobId Job, int Instalment, bool Final, PublicKey Worker, string Model, JobTerms Terms, IReadOnlyList<UsageAmount> Usage,
    ReplyTo<SettleAnswer> Reply) : LedgerCommand
{
    /// <summary>The purse, should the reservation be gone (the ledger restarted); 0: none.</summary>
    public ulong Purse { get; init; }

    /// <summary>Why it ended; with <see cref="Final"/>.</summary>
    public JobEnd End { get; init; }

    /// <summary>Salted hash of the request; with <see cref="Final"/>.</summary>
    public Bytes32? RequestDigest { get; init; }

    /// <summary>Salted hash of the answer as relayed; with <see cref="Final"/>.</summary>
    public Bytes32? AnswerDigest { get; init; }

    /// <summary>
    /// The loser of a hedge, paid out of the operator's own money in the batch that settles the job, and so as surely once; with
    /// <see cref="Final"/>. Null: there is none.
    /// </summary>
    public HedgeShare? Hedge { get; init; }

    /// <summary>Ids of the evidence under which it ran.</summary>
    public IReadOnlyList<Bytes32> Evidence { get; init; } = [];
}

/// <summary>What a hedge's loser is paid for: its prompt, at its own price.</summary>
public sealed record HedgeShare(PublicKey Worker, JobTerms Terms, long Prompt);

/// <summary>Asks where a job stands, for Resume.</summary>
public sealed record QueryJob(JobId Job, ReplyTo<JobAnswer> Reply) : LedgerCommand;

/// <summary>Asks for an account's figures.</summary>
public sealed record QueryBalance(AccountId Account, ReplyTo<BalanceAnswer> Reply) : LedgerCommand;

/// <summary>Makes an account's key known, on its first Hello.</summary>
public sealed record OpenAccount(PublicKey Key, ReplyTo<LedgerAnswer> Reply) : LedgerCommand;

/// <summary>A newer ceiling: the signed bytes, and the account key's signature over them.</summary>
public sealed record SetCeiling(PublicKey Key, ReadOnlyMemory<byte> Statement, ReadOnlyMemory<byte> Signature, ReplyTo<LedgerAnswer> Reply)
    : LedgerCommand;

/// <summary>Creates or replaces a purse, as the account asked on its own connection.</summary>
public sealed record SetPurse(PurseSet Terms, ReplyTo<LedgerAnswer> Reply) : LedgerCommand;

/// <summary>Asks for an account's purses.</summary>
public sealed record QueryPurses(AccountId Account, ReplyTo<IReadOnlyList<PurseStanding>> Reply) : LedgerCommand;

/// <summary>Asks for the stream's figures.</summary>
public sealed record QueryBooks(ReplyTo<BooksAnswer> Reply) : LedgerCommand;

/// <summary>The operator vouches for money without a deposit. An account is credited once under the same reference, and at every call without one.</summary>
public sealed record Credit(AccountId Account, NanoTon Amount, string Reference, string Memo, ReplyTo<LedgerAnswer> Reply) : LedgerCommand;

/// <summary>Starts a transfer to another stream; its number is set by the ledger. Whoever asks has checked who may.</summary>
/// <param name="To">The receiver.</param>
/// <param name="Transfer">Kind, amount, beneficiary, and what else the kind needs.</param>
/// <param name="Reply">Takes the answer, when the money is durably in transit.</param>
public sealed record StartTransfer(StreamId To, TransferOut Transfer, ReplyTo<LedgerAnswer> Reply) : LedgerCommand;

/// <summary>Sends worker earnings to the treasury: those at or above a threshold, or older than a period.</summary>
public sealed record SweepEarnings(NanoTon Threshold, TimeSpan OlderThan, ReplyTo<LedgerAnswer> Reply) : LedgerCommand;

/// <summary>A transfer has come from another stream (by <see cref="ILedgerRoutes.Deliver"/>).</summary>
public sealed record DeliverTransfer(StreamId From, TransferOut Transfer) : LedgerCommand;

/// <summary>Everything up to <paramref name="Number"/> is durable at the receiver (by <see cref="ILedgerRoutes.Acknowledge"/>).</summary>
public sealed record TransferArrived(StreamId Receiver, long Number) : LedgerCommand;

/// <summary>Journals an event of issue-specific actors (deposits, payouts, anchors) if the books allow it.</summary>
public sealed record BookEvent(LedgerEvent Event, ReplyTo<LedgerAnswer> Reply) : LedgerCommand;

/// <summary>A head that a peer holds, its signature checked. One that our journal lacks or contradicts stops the stream.</summary>
public sealed record PresentHead(LedgerHead Head, ReplyTo<HeadFinding> Reply) : LedgerCommand;

/// <summary>
/// The journal lost its end and an operator accepts that: what peers' receipts prove beyond it is booked again, and heads that peers hold
/// of the lost end no longer stop the stream. It may be done again, with receipts that came later, or when deposits cover more of them.
/// </summary>
/// <param name="Shown">The newest head that a peer holds of the lost end.</param>
/// <param name="Receipts">Receipts of this stream, in any order; those that are booked already, or do not verify, are passed over.</param>
/// <param name="Memo">Why, for the journal.</param>
/// <param name="Reply">Takes the answer.</param>
public sealed record AcceptLoss(LedgerHead Shown, IReadOnlyList<Protocol.V1.Receipt> Receipts, string Memo, ReplyTo<LossAnswer> Reply) : LedgerCommand
{
    /// <summary>Only says what it would do.</summary>
    public bool IsTrial { get; init; }
}

/// <summary>The actor's own timer for earnings.</summary>
internal sealed record SweepDue : LedgerCommand
{
    public static readonly SweepDue Instance = new();
}

/// <summary>The actor's own timer for the next search.</summary>
internal sealed record SearchDue : LedgerCommand
{
    public static readonly SearchDue Instance = new();
}

/// <summary>The actor's own timer.</summary>
internal sealed record LedgerTick : LedgerCommand
{
    public static readonly LedgerTick Instance = new();
}
