namespace Cocoon.Actors.Routing;

/// <summary>Bounds of the queue of one model.</summary>
public sealed record QueueOptions
{
    /// <summary>Jobs that wait for one model at most; default 1,024.</summary>
    public int JobsMax { get; init; } = 1024;

    /// <summary>Jobs of one account that wait for one model at most; default 256.</summary>
    public int JobsPerAccountMax { get; init; } = 256;

    /// <summary>Longest wait of a job for a worker, within its own deadline; default 30 s.</summary>
    public TimeSpan WaitMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Shortest Retry-After; default 1 s.</summary>
    public TimeSpan RetryAfterMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest Retry-After; default 60 s.</summary>
    public TimeSpan RetryAfterMax { get; init; } = TimeSpan.FromSeconds(60);
}
