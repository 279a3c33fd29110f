namespace Cocoon.Actors.Routing;

/// <summary>A job that waits for a worker.</summary>
internal abstract class QueuedJob(JobNeeds needs, TimeSpan deadline)
{
    /// <summary>What it needs.</summary>
    public JobNeeds Needs { get; } = needs;

    /// <summary>Monotonic time by which it must have started.</summary>
    public TimeSpan Deadline { get; } = deadline;

    /// <summary>What its account is charged in the order of sharing when it runs; 0 for a retry, which was charged before.</summary>
    public long FairCost { get; init; } = needs.FairCost;

    internal long Sequence { get; set; }

    internal JobQueue.Lane? Lane { get; set; }
}
