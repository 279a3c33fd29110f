namespace Cocoon.Actors.Routing;

/// <summary>The constants of choosing. Reasons for the defaults are in docs/routing.md.</summary>
public sealed record RoutingOptions
{
    /// <summary>Half-life of learned seconds per token, 60 to 300 s; default 120 s.</summary>
    public TimeSpan SpeedHalfLife { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Half-life of the availability score; default 120 s.</summary>
    public TimeSpan AvailabilityHalfLife { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Half-life of the integrity score; default 3 days.</summary>
    public TimeSpan IntegrityHalfLife { get; init; } = TimeSpan.FromDays(3);

    /// <summary>Integrity below which a worker gets nothing, 0 to 1; default 0.5.</summary>
    public double IntegrityMin { get; init; } = 0.5;

    /// <summary>Running over maximum above which a worker is hot; default 0.84.</summary>
    public double HotUtilisation { get; init; } = 0.84;

    /// <summary>Costs within this part of the best are equal; default 0.1.</summary>
    public double NearTie { get; init; } = 0.1;

    /// <summary>Part of the choices that ignore cost; default 0.01.</summary>
    public double Exploration { get; init; } = 0.01;

    /// <summary>Part of the choices that go to a half-open worker while there is one: it would not be chosen by cost; default 0.1.</summary>
    public double ProbeShare { get; init; } = 0.1;

    /// <summary>Seconds per prompt token when nobody has been measured; default 1 ms.</summary>
    public double PromptSecondsPerToken { get; init; } = 0.001;

    /// <summary>Seconds per answer token when nobody has been measured; default 20 ms.</summary>
    public double OutputSecondsPerToken { get; init; } = 0.02;

    /// <summary>How long a prefix is assumed to stay in a worker's cache; default 10 minutes.</summary>
    public TimeSpan PrefixLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Prefixes remembered for each worker and model; default 1,024.</summary>
    public int PrefixesPerWorkerMax { get; init; } = 1024;

    /// <summary>Jobs a newcomer's machine may have at once in its first stage; default 2.</summary>
    public int NewcomerConcurrency { get; init; } = 2;

    /// <summary>Successes that double a newcomer's concurrency; default 20.</summary>
    public int NewcomerSuccesses { get; init; } = 20;

    /// <summary>Doublings after which slow start is over; default 4.</summary>
    public int NewcomerStages { get; init; } = 4;

    /// <summary>Machines seen this soon after the fleet's start are no newcomers: a restarted node must not throttle its fleet; default 60 s.</summary>
    public TimeSpan FoundingPeriod { get; init; } = TimeSpan.FromSeconds(60);
}
