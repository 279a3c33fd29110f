using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Proxy;

/// <summary>
/// What a job has used, as far as it was relayed: checked, not believed. Output beyond what was asked for and prompt beyond its bound are
/// cut off; classes without a price are dropped. Every cut counts against the worker's integrity.
/// </summary>
internal sealed class UsageMeter(long promptBound, long outputBound, IReadOnlyList<UsageAmount> mediaBound)
{
    private readonly SortedList<UsageClass, long> relayed = [];

    /// <summary>Units that workers claimed beyond the bounds.</summary>
    public long CutUnits { get; private set; }

    /// <summary>Whether anything was relayed.</summary>
    public bool Any => relayed.Count > 0;

    /// <summary>The usage so far, by rising class.</summary>
    public UsageAmount[] Amounts => [.. relayed.Select(entry => new UsageAmount(entry.Key, entry.Value))];

    public long Of(UsageClass usageClass) => relayed.GetValueOrDefault(usageClass);

    /// <summary>Takes what a chunk claims; returns what of it counts.</summary>
    public ChunkUsage Add(in ChunkUsage claimed)
    {
        ChunkUsage accepted = default;
        for (int i = 0; i < claimed.Count; i++)
        {
            UsageAmount amount = claimed[i];
            long counts = Math.Min(amount.Amount, Room(amount.Class));
            CutUnits += amount.Amount - counts;
            if (counts == 0)
                continue;
            relayed[amount.Class] = relayed.GetValueOrDefault(amount.Class) + counts;
            accepted.Add(new UsageAmount(amount.Class, counts));
        }

        return accepted;
    }

    private long Room(UsageClass usageClass) => usageClass switch
    {
        UsageClass.Prompt or UsageClass.Cached => promptBound - Of(UsageClass.Prompt) - Of(UsageClass.Cached),
        UsageClass.Completion or UsageClass.Reasoning => outputBound - Of(UsageClass.Completion) - Of(UsageClass.Reasoning),
        _ => mediaBound.Where(media => media.Class == usageClass).Sum(media => media.Amount) - Of(usageClass),
    };
}
