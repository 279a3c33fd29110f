using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Money;

namespace Cocoon.Protocol.Metering;

/// <summary>The bounds of what a worker may report, as pure functions; <see cref="UsageMeter"/> keeps the sums.</summary>
public static class UsageBounds
{
    // Below this many tokens a ratio of bytes to tokens says nothing.
    private const long BandTokensMin = 32;

    /// <summary>Checks what a chunk adds to <paramref name="soFar"/>.</summary>
    /// <param name="limits">The job's bounds.</param>
    /// <param name="soFar">What has been accepted before.</param>
    /// <param name="relayedBytes">Payload bytes relayed, this chunk's among them.</param>
    /// <param name="declared">What the chunk says that it adds.</param>
    /// <param name="payloadBytes">This chunk's payload bytes.</param>
    public static UsageVerdict Check(
        UsageLimits limits,
        in ChunkUsage soFar,
        long relayedBytes,
        in ChunkUsage declared,
        long payloadBytes)
    {
        // The cached part of a prompt is taken first: what is cut is then the dearer part.
        long promptRoom = limits.PromptMax - Amount(soFar, UsageClass.Prompt) - Amount(soFar, UsageClass.Cached);
        long cached = Math.Min(Amount(declared, UsageClass.Cached), Math.Max(0, promptRoom));
        promptRoom -= cached;

        // A token that was relayed is at least one byte; the end of an answer may be one that has none.
        long outputSoFar = Amount(soFar, UsageClass.Completion) + Amount(soFar, UsageClass.Reasoning);
        long relayedRoom = Math.Max(0, relayedBytes + 1 - outputSoFar);
        long outputRoom = Math.Max(0, limits.OutputMax - outputSoFar);

        ChunkUsage accepted = default;
        UsageViolations violations = UsageViolations.None;
        int weight = 0;
        for (int i = 0; i < declared.Count; i++)
        {
            UsageAmount one = declared[i];
            (long room, long bound, UsageViolations excess) = one.Class switch
            {
                UsageClass.Prompt => (Math.Max(0, promptRoom), limits.PromptMax, UsageViolations.PromptOverBound),
                UsageClass.Cached => (cached, limits.PromptMax, UsageViolations.PromptOverBound),
                UsageClass.Completion => (outputRoom, limits.OutputMax, UsageViolations.OutputOverBound),
                UsageClass.Reasoning => (outputRoom, limits.OutputMax, UsageViolations.OutputOverBound),
                _ => MediaRoom(limits, soFar, one.Class),
            };
            long amount = Math.Min(one.Amount, room);
            if (amount < one.Amount)
            {
                violations |= excess;
                weight = Math.Max(weight, ExcessWeight(one.Amount - amount, bound));
            }

            if (one.Class is UsageClass.Completion or UsageClass.Reasoning)
            {
                long relayed = one.Class == UsageClass.Reasoning && payloadBytes == 0 ? 0 : relayedRoom;
                if (amount > relayed)
                {
                    violations |= UsageViolations.NotRelayed;
                    weight = Math.Max(weight, ExcessWeight(amount - relayed, Math.Max(1, relayedBytes)));
                    amount = relayed;
                }

                outputRoom -= amount;
                relayedRoom -= amount;
            }

            if (amount > 0)
                accepted.Add(new UsageAmount(one.Class, amount));
        }

        return new UsageVerdict(accepted, violations, weight);
    }

    /// <summary>Looks at the whole of an answer: suspicions only, nothing is cut.</summary>
    public static UsageVerdict CheckTotal(UsageLimits limits, in ChunkUsage total, long relayedBytes)
    {
        UsageViolations violations = UsageViolations.None;
        long cached = Amount(total, UsageClass.Cached);
        long expected = Math.Min(limits.CachedExpected, cached + Amount(total, UsageClass.Prompt));
        // A tenth less may be the last, half-filled block.
        if (cached < expected - (expected / 10))
            violations |= UsageViolations.CacheUnderstated;
        long tokens = Amount(total, UsageClass.Completion) + Amount(total, UsageClass.Reasoning);
        if (tokens >= BandTokensMin && limits.BytesPerThousandTokensMax > 0)
        {
            Int128 scaled = (Int128)relayedBytes * 1000;
            if (scaled < (Int128)limits.BytesPerThousandTokensMin * tokens || scaled > (Int128)limits.BytesPerThousandTokensMax * tokens)
                violations |= UsageViolations.OutsideBand;
        }

        return new UsageVerdict(default, violations, violations == UsageViolations.None ? 0 : 1);
    }

    /// <summary>The amount of one class; 0 when it is not listed.</summary>
    public static long Amount(in ChunkUsage usage, UsageClass usageClass)
    {
        for (int i = 0; i < usage.Count; i++)
        {
            UsageAmount one = usage[i];
            if (one.Class >= usageClass)
                return one.Class == usageClass ? one.Amount : 0;
        }

        return 0;
    }

    /// <summary>
    /// The sums by class. Throws <see cref="ArgumentException"/> when they would have more classes than fit, which accepted usage never
    /// has: the four classes of tokens and at most four of media with a bound.
    /// </summary>
    public static ChunkUsage Sum(in ChunkUsage left, in ChunkUsage right)
    {
        ChunkUsage sum = default;
        int l = 0;
        int r = 0;
        while (l < left.Count || r < right.Count)
        {
            bool takeLeft = r == right.Count || (l < left.Count && left[l].Class <= right[r].Class);
            bool takeRight = l == left.Count || (r < right.Count && right[r].Class <= left[l].Class);
            UsageClass usageClass = takeLeft ? left[l].Class : right[r].Class;
            long amount = checked((takeLeft ? left[l++].Amount : 0) + (takeRight ? right[r++].Amount : 0));
            sum.Add(new UsageAmount(usageClass, amount));
        }

        return sum;
    }

    private static (long Room, long Bound, UsageViolations Excess) MediaRoom(UsageLimits limits, in ChunkUsage soFar, UsageClass usageClass)
    {
        long bound = limits.MediaBound(usageClass);
        return bound < 0
            ? (0, 0, UsageViolations.UnboundedClass)
            : (Math.Max(0, bound - Amount(soFar, usageClass)), bound, UsageViolations.MediaOverBound);
    }

    /// <summary>1 within a tenth of the bound, then rising in proportion to <see cref="UsageVerdict.WeightMax"/> at the bound itself.</summary>
    private static int ExcessWeight(long excess, long bound)
        => bound <= 0 ? UsageVerdict.WeightMax : (int)Int128.Clamp((Int128)excess * UsageVerdict.WeightMax / bound, 1, UsageVerdict.WeightMax);
}
