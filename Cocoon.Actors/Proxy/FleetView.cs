using Cocoon.Actors.Routing;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <summary>A fleet at one moment, for people and for the models list.</summary>
/// <param name="Workers">Connected workers in order of connection.</param>
/// <param name="Models">Models in order of name.</param>
/// <param name="Counts">What has happened since the node's start.</param>
public sealed record FleetView(IReadOnlyList<WorkerView> Workers, IReadOnlyList<ModelView> Models, FleetCounts Counts);

/// <summary>A connected worker.</summary>
/// <param name="Link">Its connection.</param>
/// <param name="Worker">Its key.</param>
/// <param name="Owner">Its owner's key.</param>
/// <param name="Number">Its number in decisions.</param>
/// <param name="Machine">Its machine's number.</param>
/// <param name="Tier">Its tier.</param>
/// <param name="Draining">Takes nothing new.</param>
/// <param name="Breaker">Its breaker.</param>
/// <param name="SlotsHeld">Slots granted to this node and unused.</param>
/// <param name="InFlight">Attempts of this node on it.</param>
/// <param name="Running">Jobs running over all nodes, as last reported and counted.</param>
/// <param name="RunningMax">Jobs it can run.</param>
/// <param name="Success">Availability, lower bound.</param>
/// <param name="Integrity">Integrity.</param>
/// <param name="Newcomer">In slow start.</param>
/// <param name="Completed">Attempts completed since it connected.</param>
/// <param name="Failed">Attempts failed since it connected.</param>
/// <param name="Models">What it serves, with its learned speed.</param>
public sealed record WorkerView(
    WorkerLinkId Link,
    PublicKey Worker,
    PublicKey Owner,
    long Number,
    int Machine,
    Tier Tier,
    bool Draining,
    BreakerState Breaker,
    int SlotsHeld,
    int InFlight,
    int Running,
    int RunningMax,
    double Success,
    double Integrity,
    bool Newcomer,
    long Completed,
    long Failed,
    IReadOnlyList<WorkerModelView> Models);

/// <summary>A model of one worker.</summary>
/// <param name="Name">The model.</param>
/// <param name="Coefficient">Price in thousandths of the reference.</param>
/// <param name="ContextTokens">Context in tokens.</param>
/// <param name="PromptSecondsPerToken">Learned seconds per prompt token.</param>
/// <param name="OutputSecondsPerToken">Learned seconds per answer token at the present load.</param>
public sealed record WorkerModelView(
    string Name,
    int Coefficient,
    int ContextTokens,
    double PromptSecondsPerToken,
    double OutputSecondsPerToken);

/// <summary>A model over all workers.</summary>
/// <param name="Name">The model.</param>
/// <param name="Tier">The highest tier it is served at.</param>
/// <param name="Workers">Workers that serve it.</param>
/// <param name="Slots">Slots for it, used or not.</param>
/// <param name="SlotsFree">Of them free.</param>
/// <param name="Running">Attempts of this node that run.</param>
/// <param name="Waiting">Jobs that wait for it.</param>
/// <param name="ContextTokens">Longest context.</param>
/// <param name="CoefficientMin">Lowest price in thousandths of the reference; 0 when nobody can run it.</param>
public sealed record ModelView(
    string Name,
    Tier Tier,
    int Workers,
    int Slots,
    int SlotsFree,
    int Running,
    int Waiting,
    int ContextTokens,
    int CoefficientMin);

/// <summary>Counters since the fleet's start.</summary>
public sealed record FleetCounts
{
    /// <summary>Attempts in flight now.</summary>
    public long InFlight { get; init; }

    /// <summary>Retries granted.</summary>
    public long Retries { get; init; }

    /// <summary>Hedges granted.</summary>
    public long Hedges { get; init; }

    /// <summary>Releases of attempts that were already over.</summary>
    public long LateReleases { get; init; }

    /// <summary>Attempts taken back because nobody released them: a bug of a job's actor.</summary>
    public long Reclaimed { get; init; }

    /// <summary>Times a breaker stayed closed because of the cap.</summary>
    public long EjectionsWithheld { get; init; }

    /// <summary>Refusals by reason, in the order of <see cref="RefusalReason"/>.</summary>
    public IReadOnlyDictionary<RefusalReason, long> Refused { get; init; } = new Dictionary<RefusalReason, long>();
}
