using Cocoon.Protocol.Money;

namespace Cocoon.Client;

/// <summary>Why a job was refused or did not finish.</summary>
public enum JobFailure
{
    /// <summary>The request is wrong; sending it again does not help.</summary>
    BadRequest = 1,

    /// <summary>Nobody serves the model.</summary>
    UnknownModel = 2,

    /// <summary>The prompt does not fit the model's context.</summary>
    ContextExceeded = 3,

    /// <summary>The account's balance does not cover the job: deposit.</summary>
    Balance = 4,

    /// <summary>The ceiling that the account signed does not cover the job: sign a higher one.</summary>
    Ceiling = 5,

    /// <summary>The purse does not exist, was revoked, or has expired.</summary>
    Purse = 6,

    /// <summary>No worker at or below the price cap; <see cref="JobException.WouldRunAt"/> says what would have run.</summary>
    PriceCap = 7,

    /// <summary>No worker is free, and the wait was too long.</summary>
    NoWorker = 8,

    /// <summary>Too many jobs wait already.</summary>
    QueueFull = 9,

    /// <summary>The job's time ran out.</summary>
    Deadline = 10,

    /// <summary>Workers failed, as often as the job may be tried.</summary>
    WorkerFailed = 11,

    /// <summary>The connection to the worker was lost after the first chunk.</summary>
    WorkerLost = 12,

    /// <summary>Cancelled by the client.</summary>
    Cancelled = 13,

    /// <summary>Request or answer is larger than allowed.</summary>
    TooLarge = 14,

    /// <summary>The job's number was used before.</summary>
    JobNumber = 15,

    /// <summary>The node is being drained: connect to another.</summary>
    Draining = 16,

    /// <summary>The node that ran it died; what was settled before is paid.</summary>
    Interrupted = 17,

    /// <summary>The worker claimed more than is possible, and was stopped.</summary>
    UsageBounds = 18,

    /// <summary>More requests or tokens a minute than the purse or account may have.</summary>
    RateLimit = 19,

    /// <summary>No worker of the tier asked for.</summary>
    Tier = 20,

    /// <summary>Something is broken on the operator's side.</summary>
    Internal = 21,

    /// <summary>The purse's budget does not cover the job.</summary>
    PurseBudget = 22,

    /// <summary>No node of any operator can be reached.</summary>
    Unreachable = 23,

    /// <summary>
    /// The operator's ledger lacks or contradicts what the operator has signed: it was rolled back, or there are two of it. Nothing is sent
    /// to it until that is put right; show the message to the operator.
    /// </summary>
    LedgerContradicted = 24,

    /// <summary>
    /// The session in which the job was numbered is too old or was opened in the future, and so was the next: set this machine's clock.
    /// </summary>
    Session = 25,

    /// <summary>The purse may not be used for this model.</summary>
    PurseModel = 26,
}

/// <summary>A job was refused or did not finish. What was received before is paid; <see cref="Cost"/> says how much.</summary>
public sealed class JobException(JobFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The reason.</summary>
    public JobFailure Failure { get; } = failure;

    /// <summary>When to try again, where the operator said so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>With <see cref="JobFailure.PriceCap"/>: prices that would have run, in nanoTON per million units.</summary>
    public IReadOnlyList<Rate> WouldRunAt { get; init; } = [];

    /// <summary>Usage that was delivered and is paid.</summary>
    public IReadOnlyList<UsageAmount> Delivered { get; init; } = [];

    /// <summary>What that cost.</summary>
    public NanoTon Cost { get; init; }

    /// <summary>The job, where it was admitted.</summary>
    public string? JobId { get; init; }

    /// <summary>The receipt for what was delivered, where there is one.</summary>
    public JobReceipt? Receipt { get; init; }

    /// <summary>Whether the same request may succeed later without any change.</summary>
    public bool IsTransient => Failure is JobFailure.NoWorker or JobFailure.QueueFull or JobFailure.Deadline or JobFailure.WorkerFailed
        or JobFailure.WorkerLost or JobFailure.Draining or JobFailure.Interrupted or JobFailure.UsageBounds or JobFailure.RateLimit
        or JobFailure.Internal or JobFailure.Unreachable;
}
