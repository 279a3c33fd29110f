using Cocoon.Actors.Routing;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <summary>What a fleet understands.</summary>
public abstract record FleetMessage;

/// <summary>A worker proved its identity on a new connection. An older connection of the same worker is gone by this.</summary>
/// <param name="Link">The connection.</param>
/// <param name="Sink">How to speak to it.</param>
/// <param name="Worker">The worker's key.</param>
/// <param name="Owner">Its owner's key.</param>
/// <param name="Machine">The machine as attested, or null when unknown: then the owner counts as one machine.</param>
/// <param name="Actor">The connection's actor; when it stops the worker is gone. Null: <see cref="WorkerGone"/> alone says so.</param>
public sealed record WorkerConnected(
    WorkerLinkId Link,
    IWorkerLink Sink,
    PublicKey Worker,
    PublicKey Owner,
    Bytes32? Machine = null,
    ActorRef? Actor = null) : FleetMessage;

/// <summary>What a worker serves; replaces what it offered before on this connection.</summary>
/// <param name="Link">The connection.</param>
/// <param name="Tier">What it has proven.</param>
/// <param name="Models">Its models, at most 64; more are ignored.</param>
/// <param name="EvidenceFreshFor">How long its evidence stays fresh; null = it needs none.</param>
public sealed record WorkerOffered(WorkerLinkId Link, Tier Tier, IReadOnlyList<ServedModel> Models, TimeSpan? EvidenceFreshFor = null)
    : FleetMessage;

/// <summary>One model as a worker serves it.</summary>
/// <param name="Name">The model.</param>
/// <param name="ContextTokens">Longest prompt plus answer in tokens.</param>
/// <param name="MaxConcurrent">Jobs of this model at once, 1 and up.</param>
/// <param name="Coefficient">Price in thousandths of the reference; 0 = follow the market.</param>
/// <param name="Kinds">Bit k is set when it serves jobs of kind k.</param>
public sealed record ServedModel(string Name, int ContextTokens, int MaxConcurrent, int Coefficient = 1000, uint Kinds = ~0u);

/// <summary>New evidence was accepted.</summary>
public sealed record EvidenceRefreshed(WorkerLinkId Link, TimeSpan FreshFor) : FleetMessage;

/// <summary>The worker grants so many slots more: one for each job to come. When a job ends it grants anew.</summary>
public sealed record SlotsGranted(WorkerLinkId Link, long Sequence, int Slots) : FleetMessage;

/// <summary>
/// The worker wants slots back, for a node that asks. As many as are unused go at once through <see cref="IWorkerLink.ReturnSlots"/>.
/// </summary>
public sealed record SlotsReclaimed(WorkerLinkId Link, int Slots) : FleetMessage;

/// <summary>The worker's load over all nodes.</summary>
/// <param name="Link">The connection.</param>
/// <param name="Running">Jobs running.</param>
/// <param name="RunningMax">Jobs it can run at once; 0 = as offered.</param>
public sealed record LoadReported(WorkerLinkId Link, int Running, int RunningMax) : FleetMessage;

/// <summary>The worker finishes what it has and takes nothing new.</summary>
public sealed record WorkerDraining(WorkerLinkId Link) : FleetMessage;

/// <summary>The connection is gone, and with it its slots and attempts.</summary>
public sealed record WorkerGone(WorkerLinkId Link) : FleetMessage;

/// <summary>A worker broke the usage bounds or failed a check. Weights as in docs/routing.md; 1 = within a tenth of the bound.</summary>
public sealed record IntegrityViolated(PublicKey Worker, double Weight) : FleetMessage;

/// <summary>The market's reference for a model, in thousandths of the operator's price table; workers that follow it have it from now on.</summary>
public sealed record ReferencePriceChanged(string Model, int Coefficient) : FleetMessage;

/// <summary>Which attempt of its job it is.</summary>
public enum AttemptKind
{
    /// <summary>The first, or one more after Busy.</summary>
    First = 1,

    /// <summary>After a failure; takes from the node's retry budget.</summary>
    Retry = 2,

    /// <summary>Beside a running attempt; takes from the hedge budget, never waits, and only goes where there is spare capacity.</summary>
    Hedge = 3,
}

/// <summary>Asks for a worker and a slot. Answered exactly once, by the deadline at the latest.</summary>
/// <param name="Request">The asking; may not be used twice.</param>
/// <param name="Needs">What the job needs.</param>
/// <param name="TimeLeft">Until it is of no use any more.</param>
/// <param name="ReplyTo">Where the answer goes. An assignment whose answer is dropped holds its slot until it is cancelled or the job's actor stops.</param>
/// <param name="Kind">Which attempt it is.</param>
/// <param name="Actor">The job's actor, whose id is <see cref="RequestId.Job"/>: when it stops, all it holds is released.</param>
/// <param name="Explain">Whether the answer carries the decision's terms.</param>
public sealed record AcquireWorker(
    RequestId Request,
    JobNeeds Needs,
    TimeSpan TimeLeft,
    ReplyTo<AcquireAnswer> ReplyTo,
    AttemptKind Kind = AttemptKind.First,
    ActorRef? Actor = null,
    bool Explain = false) : FleetMessage;

/// <summary>
/// The asking is of no use any more: takes it out of the queue, or releases what it was assigned, even when that answer is still on its
/// way. Answered, if it waits, with <see cref="RefusalReason.Cancelled"/>.
/// </summary>
public sealed record CancelAcquire(RequestId Request) : FleetMessage;

/// <summary>An attempt ended. A second release, or one after the worker was lost, does nothing.</summary>
public sealed record ReleaseAttempt(AttemptToken Token, AttemptOutcome Outcome) : FleetMessage;

/// <summary>The node drains: no first attempts from now on; what waits is refused.</summary>
public sealed record DrainFleet : FleetMessage;

/// <summary>Asks for the fleet's state.</summary>
public sealed record DescribeFleet(ReplyTo<FleetView> ReplyTo) : FleetMessage;

/// <summary>Asks how a job would be routed now, without routing it; null when the model is unknown.</summary>
public sealed record DescribeRoute(JobNeeds Needs, ReplyTo<RoutingDecision?> ReplyTo) : FleetMessage;

/// <summary>Time passes: deadlines, probes, learned figures.</summary>
internal sealed record FleetTick : FleetMessage
{
    public static readonly FleetTick Instance = new();
}
