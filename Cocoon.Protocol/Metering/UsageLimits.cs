using Cocoon.Protocol.Money;

namespace Cocoon.Protocol.Metering;

/// <summary>What a job may be billed at most, whatever its worker reports. Known before the first chunk.</summary>
public sealed record UsageLimits
{
    /// <summary>
    /// Most prompt tokens, computed and cached together: the header's bound on the prompt's bytes, since a token is at least one byte,
    /// plus the tokens that the model's template adds.
    /// </summary>
    public required long PromptMax { get; init; }

    /// <summary>Most answer tokens, reasoning included, over all choices: the header's maximum.</summary>
    public required long OutputMax { get; init; }

    /// <summary>Bounds of media units by class; a class that is not listed may not be used.</summary>
    public IReadOnlyList<UsageAmount> MediaMax { get; init; } = [];

    /// <summary>Prompt tokens that the worker should have had cached, by where earlier jobs went; 0 = nothing is expected.</summary>
    public long CachedExpected { get; init; }

    /// <summary>The model's learned band of relayed bytes per thousand answer tokens, lower end; 0 = unknown.</summary>
    public long BytesPerThousandTokensMin { get; init; }

    /// <summary>The band's upper end; 0 = unknown.</summary>
    public long BytesPerThousandTokensMax { get; init; }

    /// <summary>The bound of a media class, or -1 when there is none.</summary>
    public long MediaBound(UsageClass usageClass)
    {
        for (int i = 0; i < MediaMax.Count; i++)
        {
            if (MediaMax[i].Class == usageClass)
                return MediaMax[i].Amount;
        }

        return -1;
    }
}
