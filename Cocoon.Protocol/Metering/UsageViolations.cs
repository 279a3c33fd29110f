using Cocoon.Protocol.Frames;

namespace Cocoon.Protocol.Metering;

/// <summary>What was wrong with reported usage.</summary>
[Flags]
public enum UsageViolations
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>More prompt tokens than the prompt can have; cut.</summary>
    PromptOverBound = 1,

    /// <summary>More answer tokens than were allowed; cut.</summary>
    OutputOverBound = 2,

    /// <summary>More media units than the header bounds; cut.</summary>
    MediaOverBound = 4,

    /// <summary>A class that the job has no bound for; not billed.</summary>
    UnboundedClass = 8,

    /// <summary>Reasoning, or more tokens than bytes, for which nothing was relayed; not billed.</summary>
    NotRelayed = 16,

    /// <summary>Fewer cached tokens than the worker should have. Only a suspicion, since caches are evicted: billed as reported.</summary>
    CacheUnderstated = 32,

    /// <summary>Bytes per token outside what the model does. Only a suspicion: billed as reported.</summary>
    OutsideBand = 64,
}

/// <summary>What became of a chunk's declaration.</summary>
/// <param name="Accepted">What is billed of it.</param>
/// <param name="Violations">What was wrong.</param>
/// <param name="Weight">
/// What it costs the worker's integrity: 0 for nothing, 1 for an excess within a tenth of the bound or a suspicion, up to
/// <see cref="WeightMax"/> as the excess reaches the bound itself.
/// </param>
public readonly record struct UsageVerdict(ChunkUsage Accepted, UsageViolations Violations, int Weight)
{
    /// <summary>The heaviest weight of one verdict.</summary>
    public const int WeightMax = 10;
}
