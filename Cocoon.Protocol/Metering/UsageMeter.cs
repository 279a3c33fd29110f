using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Money;

namespace Cocoon.Protocol.Metering;

/// <summary>
/// One job's usage as it is accepted, chunk by chunk: reported usage is checked, not believed. Over a bound it is cut to it, so what is
/// billed stays within <see cref="UsageLimits"/> whatever a worker sends.
/// </summary>
/// <param name="limits">The job's bounds.</param>
public sealed class UsageMeter(UsageLimits limits)
{
    private ChunkUsage total;

    /// <summary>What is billed so far, classes rising.</summary>
    public ChunkUsage Total => total;

    /// <summary>Payload bytes relayed so far.</summary>
    public long RelayedBytes { get; private set; }

    /// <summary>Answer tokens billed so far, reasoning included.</summary>
    public long OutputTokens => UsageBounds.Amount(total, UsageClass.Completion) + UsageBounds.Amount(total, UsageClass.Reasoning);

    /// <summary>Takes a chunk's declaration and counts what of it is billed.</summary>
    /// <param name="declared">What the worker says that the chunk adds.</param>
    /// <param name="payloadBytes">Bytes of payload that the chunk relays, 0 and up.</param>
    public UsageVerdict Accept(in ChunkUsage declared, long payloadBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadBytes);
        RelayedBytes += payloadBytes;
        if (declared.Count == 0)
            return default;
        UsageVerdict verdict = UsageBounds.Check(limits, total, RelayedBytes, declared, payloadBytes);
        total = UsageBounds.Sum(total, verdict.Accepted);
        return verdict;
    }

    /// <summary>Looks at the whole once the answer has ended.</summary>
    public UsageVerdict Finish() => UsageBounds.CheckTotal(limits, total, RelayedBytes);
}
