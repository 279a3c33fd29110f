using Cocoon.Client;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Gateway;

/// <summary>What a gateway did since its start. Safe from any thread.</summary>
internal sealed class GatewayCounters
{
    private readonly SortedDictionary<string, long> failures = new(StringComparer.Ordinal);
    private int running;
    private long answered;
    private long cost;
    private long exceeded;

    /// <summary>Requests being answered.</summary>
    public int Running => Volatile.Read(ref running);

    /// <summary>Jobs that ended well.</summary>
    public long Answered => Volatile.Read(ref answered);

    /// <summary>Jobs that were refused or failed, by the code that their callers read.</summary>
    public IReadOnlyDictionary<string, long> Failed
    {
        get
        {
            lock (failures)
                return new SortedDictionary<string, long>(failures, StringComparer.Ordinal);
        }
    }

    /// <summary>What they cost, failed ones included.</summary>
    public long CostNanoTon => Volatile.Read(ref cost);

    /// <summary>Jobs that were billed for more than this client counted.</summary>
    public long Exceeded => Volatile.Read(ref exceeded);

    /// <summary>Counts a request; false when there are more than <paramref name="most"/> with it, and then it is not counted.</summary>
    public bool TryBegin(int most)
    {
        if (Interlocked.Increment(ref running) <= most)
            return true;
        Interlocked.Decrement(ref running);
        return false;
    }

    public void End() => Interlocked.Decrement(ref running);

    public void Settled(JobResult result)
    {
        Interlocked.Increment(ref answered);
        Interlocked.Add(ref cost, result.Cost.Value);
        if (result.Recount is { IsExceeded: true })
            Interlocked.Increment(ref exceeded);
    }

    public void Refused(string code, NanoTon paid)
    {
        lock (failures)
            failures[code] = failures.GetValueOrDefault(code) + 1;
        Interlocked.Add(ref cost, paid.Value);
    }
}
