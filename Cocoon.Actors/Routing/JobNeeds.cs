using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Routing;

/// <summary>A prefix of a job's prompt, by the HMAC that its client made of it. A hint: a collision costs some speed and nothing else.</summary>
/// <param name="Tag">The first eight bytes of the HMAC.</param>
/// <param name="PromptTokens">About how many of the prompt's tokens the prefix covers, 0 and up.</param>
public readonly record struct PrefixTag(ulong Tag, int PromptTokens);

/// <summary>What choosing a worker has to know of a job: its clear header, nothing of its body.</summary>
public sealed record JobNeeds
{
    /// <summary>Most prefixes that count; more are ignored, the longest being kept.</summary>
    public const int PrefixesMax = 32;

    /// <summary>Who pays: waiting is shared fairly between accounts.</summary>
    public required AccountId Account { get; init; }

    /// <summary>The model by name.</summary>
    public required string Model { get; init; }

    /// <summary>The tier asked for; a worker of a higher one will do.</summary>
    public Tier Tier { get; init; } = Tier.Open;

    /// <summary>The kind of job by its number on the wire, 1 to 31.</summary>
    public int Kind { get; init; } = 1;

    /// <summary>Highest worker coefficient that fits the client's price cap, in thousandths of the reference price.</summary>
    public int CoefficientCap { get; init; } = int.MaxValue;

    /// <summary>Expected prompt tokens, 0 and up.</summary>
    public int PromptTokens { get; init; }

    /// <summary>Expected answer tokens over all choices, 0 and up.</summary>
    public int OutputTokens { get; init; }

    /// <summary>Tokens that have to fit the model's context, 0 = whatever it is.</summary>
    public int ContextTokens { get; init; }

    /// <summary>True: cost counts the price, so that cheaper comes before faster.</summary>
    public bool PreferCheap { get; init; }

    /// <summary>Workers (<see cref="Candidate.Worker"/>) that have had this job and failed it, or are working on it.</summary>
    public IReadOnlyList<long> Avoid { get; init; } = [];

    /// <summary>Prefixes of the prompt, shortest first.</summary>
    public IReadOnlyList<PrefixTag> Prefixes { get; init; } = [];

    /// <summary>The job's weight in sharing: tokens at the public network's price ratio of answer to prompt, 8 to 1; at least 1.</summary>
    public long FairCost => Math.Max(1, PromptTokens + (8L * OutputTokens));

    internal bool Avoids(long worker)
    {
        for (int i = 0; i < Avoid.Count; i++)
        {
            if (Avoid[i] == worker)
                return true;
        }

        return false;
    }
}
