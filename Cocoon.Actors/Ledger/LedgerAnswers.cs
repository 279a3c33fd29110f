using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Ledger;

/// <summary>Why the ledger refused.</summary>
public enum LedgerRefusal
{
    /// <summary>It did not refuse.</summary>
    None,

    /// <summary>No event named this account: it has no money here.</summary>
    UnknownAccount,

    /// <summary>The balance, less what is reserved, does not cover it.</summary>
    InsufficientBalance,

    /// <summary>The account signed no ceiling, or it is used up, or it ends before the job would.</summary>
    CeilingReached,

    /// <summary>The purse does not exist, or is closed or expired.</summary>
    PurseUnusable,

    /// <summary>The account has as many purses as it may.</summary>
    PurseLimit,

    /// <summary>The purse does not allow the model.</summary>
    PurseModel,

    /// <summary>The purse's budget, less what is spent and reserved, does not cover it.</summary>
    PurseBudget,

    /// <summary>The purse has had its jobs of this minute, or has as many running as it may.</summary>
    RateLimited,

    /// <summary>The session was opened too long ago, in the future, or there are too many.</summary>
    SessionRefused,

    /// <summary>The job is running.</summary>
    JobRunning,

    /// <summary>The job was settled, wholly or in part, or is too old to tell.</summary>
    JobSettled,

    /// <summary>The request itself makes no sense; the text says why.</summary>
    Malformed,

    /// <summary>The signature does not match the account's key.</summary>
    BadSignature,

    /// <summary>A newer statement is already in force.</summary>
    Superseded,

    /// <summary>The account registered no wallet, or another one than the request names.</summary>
    WalletUnknown,
}

/// <summary>Whether a command was done, with the durable head it is in.</summary>
/// <param name="Refusal">Why not, or <see cref="LedgerRefusal.None"/>.</param>
/// <param name="Text">What a person should know about a refusal; empty otherwise.</param>
/// <param name="Head">A durable head that contains the command's events.</param>
public sealed record LedgerAnswer(LedgerRefusal Refusal, string Text, LedgerHead Head);

/// <summary>What was reserved.</summary>
/// <param name="Refusal">Why nothing was, or <see cref="LedgerRefusal.None"/>.</param>
/// <param name="Text">What a person should know about a refusal; empty otherwise.</param>
/// <param name="Amount">Held back; with <see cref="LedgerRefusal.InsufficientBalance"/> and its like: what would have been needed.</param>
/// <param name="OutputMax">Output tokens of one choice that are covered: what was asked for, or fewer.</param>
public sealed record ReserveAnswer(LedgerRefusal Refusal, string Text, NanoTon Amount, long OutputMax)
{
    /// <summary>With <see cref="LedgerRefusal.RateLimited"/>: when to try again, where that is known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>A purse as it stands.</summary>
/// <param name="Terms">Budget, expiry, models, limits.</param>
/// <param name="Spent">What its jobs cost so far.</param>
/// <param name="Held">Reserved for its running jobs.</param>
public sealed record PurseStanding(PurseSet Terms, NanoTon Spent, NanoTon Held);

/// <summary>One stream's figures.</summary>
/// <param name="Head">A durable head at or after them.</param>
/// <param name="Clients">Owed to clients.</param>
/// <param name="Workers">Owed to workers.</param>
/// <param name="Commission">Earned by the operator.</param>
/// <param name="Hedges">Borne by the operator for hedged jobs; never positive.</param>
/// <param name="Reserved">Held back for running jobs.</param>
/// <param name="Accounts">Accounts with a balance.</param>
/// <param name="JobsSettled">Jobs settled to their end.</param>
public sealed record BooksAnswer(
    LedgerHead Head, NanoTon Clients, NanoTon Workers, NanoTon Commission, NanoTon Hedges, NanoTon Reserved, long Accounts, long JobsSettled);

/// <summary>A settled instalment.</summary>
/// <param name="Refusal">Why it was not settled, or <see cref="LedgerRefusal.None"/>. <see cref="LedgerRefusal.JobSettled"/>: it was before.</param>
/// <param name="Text">What a person should know about a refusal; empty otherwise.</param>
/// <param name="Price">What this instalment moved.</param>
/// <param name="Total">The job's price so far.</param>
/// <param name="Cut">What the usage would have cost beyond the reservation, and was not charged.</param>
/// <param name="Sequence">The settlement's event, 0 when refused; for a repeated one the newest event that settled the job.</param>
/// <param name="Head">A durable head that contains it.</param>
public sealed record SettleAnswer(
    LedgerRefusal Refusal, string Text, NanoTon Price, NanoTon Total, NanoTon Cut, long Sequence, LedgerHead Head)
{
    /// <summary>The settlement's receipt, where the ledger signs them.</summary>
    public Receipt? Receipt { get; init; }

    /// <summary>The receipt of the hedge's loser, where there was one.</summary>
    public Receipt? HedgeReceipt { get; init; }
}

/// <summary>Where a job stands in the books.</summary>
/// <param name="Standing">Unknown, open, closed or too old.</param>
/// <param name="Running">Whether money is reserved for it now.</param>
/// <param name="Instalment">The last instalment of an open job.</param>
/// <param name="Total">What was settled of it so far.</param>
/// <param name="Sequence">Its newest settlement's event; 0 when there is none, or its session has expired.</param>
/// <param name="Head">A durable head that contains all that.</param>
public sealed record JobAnswer(JobStanding Standing, bool Running, int Instalment, NanoTon Total, long Sequence, LedgerHead Head)
{
    /// <summary>The receipt of its newest settlement, where the ledger signs them.</summary>
    public Receipt? Receipt { get; init; }

    /// <summary>The receipt of the hedge's loser, where there was one.</summary>
    public Receipt? HedgeReceipt { get; init; }

    /// <summary>Whether a settlement of it may lie farther back in the journal than is looked for; then it is called too old.</summary>
    public bool IsTooFar { get; init; }
}

/// <summary>An account's figures.</summary>
/// <param name="Balance">What the operator owes it.</param>
/// <param name="Reserved">Held back for running jobs.</param>
/// <param name="Settled">What jobs cost it over its whole life.</param>
/// <param name="Ceiling">Most that may be settled in total; null: no ceiling.</param>
/// <param name="CeilingUntilUnixMs">When the ceiling ends; 0: no ceiling.</param>
/// <param name="CeilingSequence">The ceiling's number, which the next one's must be above; 0: no ceiling.</param>
/// <param name="AsOfSequence">The last event the figures contain.</param>
/// <param name="Head">A durable head at or after it.</param>
public sealed record BalanceAnswer(
    NanoTon Balance, NanoTon Reserved, NanoTon Settled, NanoTon? Ceiling, long CeilingUntilUnixMs, long CeilingSequence, long AsOfSequence, LedgerHead Head)
{
    /// <summary>The ceiling in force as the account signed it; null: no ceiling.</summary>
    public SignedStatement? SignedCeiling { get; init; }
}
