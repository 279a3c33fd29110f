namespace Cocoon.Actors.Routing;

/// <summary>When a worker is left alone, and for how long.</summary>
public sealed record BreakerOptions
{
    /// <summary>Failures in a row that open the breaker; default 5.</summary>
    public int ConsecutiveFailures { get; init; } = 5;

    /// <summary>Length of the window of the failure rate; default 30 s.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Least outcomes in the window for a rate to mean something; default 20.</summary>
    public int WindowOutcomesMin { get; init; } = 20;

    /// <summary>Part of the window's outcomes that may fail, 0 to 1; default 0.3.</summary>
    public double FailureRateMax { get; init; } = 0.3;

    /// <summary>First time that an open breaker waits before a probe; default 5 s. It doubles with every failed probe.</summary>
    public TimeSpan BackOffMin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest such wait; default 60 s.</summary>
    public TimeSpan BackOffMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Good behaviour after which the wait starts from the bottom again; default 5 minutes.</summary>
    public TimeSpan ForgiveAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Largest part of the connected machines that may be ejected at once, 0 to 1; default 0.5. Beyond it, the failing go on being chosen last.</summary>
    public double EjectedShareMax { get; init; } = 0.5;
}
