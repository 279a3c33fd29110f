using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <summary>Jobs that this node sent away since its start, by the reason that their clients heard. Safe from any thread.</summary>
internal sealed class RefusalTally
{
    private readonly SortedDictionary<JobErrorCode, long> counts = [];

    /// <summary>Counts a job of which nothing was relayed, and that its client did not itself give up.</summary>
    public void Count(JobErrorCode code)
    {
        lock (counts)
            counts[code] = counts.GetValueOrDefault(code) + 1;
    }

    /// <summary>The counts as they are now.</summary>
    public IReadOnlyDictionary<JobErrorCode, long> Read()
    {
        lock (counts)
            return new SortedDictionary<JobErrorCode, long>(counts);
    }
}
