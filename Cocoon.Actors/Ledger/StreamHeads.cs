using Cocoon.Protocol;

namespace Cocoon.Actors.Ledger;

/// <summary>The newest durable head of each stream that one node serves: what is anchored on the chain. Safe from any thread.</summary>
public sealed class StreamHeads
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<StreamId, LedgerHead> heads = [];

    /// <summary>The heads, sorted by stream.</summary>
    public IReadOnlyList<LedgerHead> Newest
    {
        get
        {
            lock (gate)
                return [.. heads.Values];
        }
    }

    /// <summary>A batch is durable.</summary>
    public void Advanced(LedgerHead head)
    {
        lock (gate)
            heads[head.Stream] = head;
    }
}
