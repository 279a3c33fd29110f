namespace Cocoon.Actors.Ledger;

/// <summary>When a purse's jobs of the last minute were admitted. Memory only: after a restart the minute begins anew.</summary>
internal sealed class PurseMinute
{
    /// <summary>Highest limit of jobs a minute: each counted job takes eight bytes for a minute.</summary>
    public const int LimitMax = 100_000;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly Queue<TimeSpan> admitted = new();

    /// <summary>How long until another job may come; zero or less: now.</summary>
    public TimeSpan Wait(TimeSpan now, int limit)
    {
        while (admitted.TryPeek(out TimeSpan oldest) && now - oldest >= Minute)
            admitted.Dequeue();
        return admitted.Count < limit ? TimeSpan.Zero : admitted.ElementAt(admitted.Count - limit) + Minute - now;
    }

    /// <summary>Whether no job of the last minute is left.</summary>
    public bool IsOver(TimeSpan now) => Wait(now, int.MaxValue) <= TimeSpan.Zero && admitted.Count == 0;

    /// <summary>Counts a job.</summary>
    public void Add(TimeSpan now) => admitted.Enqueue(now);
}
