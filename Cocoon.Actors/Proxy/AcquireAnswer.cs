using Cocoon.Actors.Routing;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <summary>The answer to <see cref="AcquireWorker"/>.</summary>
public abstract record AcquireAnswer(RequestId Request, RoutingDecision? Decision);

/// <summary>A worker and a slot on it, counted from now on.</summary>
/// <param name="Request">The asking.</param>
/// <param name="Token">To be released exactly once.</param>
/// <param name="Link">The worker's connection.</param>
/// <param name="Sink">The connection, as it was given to the fleet.</param>
/// <param name="Worker">The worker's key.</param>
/// <param name="WorkerNumber">The worker in <see cref="JobNeeds.Avoid"/>.</param>
/// <param name="Tier">The worker's tier.</param>
/// <param name="Coefficient">The price in thousandths of the reference, locked for this attempt.</param>
/// <param name="SlotSequence">The newest grant of slots on this connection.</param>
/// <param name="CachedTokens">Prompt tokens that the worker should have cached: it gains by reporting fewer.</param>
/// <param name="ExpectedFirstToken">Expected time to the first token.</param>
/// <param name="ExpectedTotal">Expected time to the last.</param>
/// <param name="HedgeAfter">When a second worker may be asked if no token has come; null = never.</param>
/// <param name="Decision">The decision's terms, if asked for.</param>
public sealed record Assigned(
    RequestId Request,
    AttemptToken Token,
    WorkerLinkId Link,
    IWorkerLink Sink,
    PublicKey Worker,
    long WorkerNumber,
    Tier Tier,
    int Coefficient,
    long SlotSequence,
    int CachedTokens,
    TimeSpan ExpectedFirstToken,
    TimeSpan ExpectedTotal,
    TimeSpan? HedgeAfter,
    RoutingDecision? Decision) : AcquireAnswer(Request, Decision);

/// <summary>No worker.</summary>
/// <param name="Request">The asking.</param>
/// <param name="Reason">Why.</param>
/// <param name="WouldRunAt">With <see cref="RefusalReason.PriceCap"/>: the lowest coefficient in thousandths that would have run; else 0.</param>
/// <param name="RetryAfter">When asking again makes sense; null = not as the job stands.</param>
/// <param name="Decision">The decision's terms, if asked for.</param>
public sealed record Refused(RequestId Request, RefusalReason Reason, int WouldRunAt, TimeSpan? RetryAfter, RoutingDecision? Decision)
    : AcquireAnswer(Request, Decision);

/// <summary>Why there is no worker for a job.</summary>
public enum RefusalReason
{
    /// <summary>No connected worker serves the model.</summary>
    UnknownModel = 1,

    /// <summary>Workers serve it, but none that may have this job now: ejected, draining, stale evidence, or all avoided.</summary>
    NoWorker = 2,

    /// <summary>No worker of the tier asked for.</summary>
    Tier = 3,

    /// <summary>The job fits no worker's context.</summary>
    ContextExceeded = 4,

    /// <summary>Workers could have it, all dearer than the cap.</summary>
    PriceCap = 5,

    /// <summary>No worker serves this kind of job.</summary>
    Kind = 6,

    /// <summary>The model's queue is full.</summary>
    QueueFull = 7,

    /// <summary>The account's part of the queue is full.</summary>
    AccountQueueFull = 8,

    /// <summary>It would not have started before its deadline, by the estimate.</summary>
    WouldMissDeadline = 9,

    /// <summary>It waited until its deadline.</summary>
    Expired = 10,

    /// <summary>The node's retry budget is spent.</summary>
    RetryBudget = 11,

    /// <summary>Hedging is off, its budget spent, or there is no spare capacity.</summary>
    HedgeBudget = 12,

    /// <summary>Whoever asked took it back.</summary>
    Cancelled = 13,

    /// <summary>The node is draining.</summary>
    Draining = 14,

    /// <summary>The same asking came before, or its number is out of range: an error of the caller.</summary>
    BadRequest = 15,
}
