namespace Cocoon.Actors.Routing;

/// <summary>What a job would cost on a candidate: expected seconds over the square of the probability that they are not wasted.</summary>
/// <param name="QueueSeconds">Before it starts.</param>
/// <param name="PromptSeconds">From its start to the first token.</param>
/// <param name="OutputSeconds">From the first token to the last.</param>
/// <param name="Success">Lower bound of the probability that it completes.</param>
/// <param name="Integrity">How far the worker's accounting is believed.</param>
/// <param name="PriceFactor">The worker's coefficient where the client asks for cheap, else 1.</param>
public readonly record struct CostTerms(
    double QueueSeconds,
    double PromptSeconds,
    double OutputSeconds,
    double Success,
    double Integrity,
    double PriceFactor)
{
    /// <summary>
    /// Every prompt takes as long as this many tokens more: the fixed part of a time to first token, learned together with the rest, so
    /// that one number describes short and long prompts.
    /// </summary>
    public const int FixedPromptTokens = 64;

    /// <summary>Expected seconds to the first token.</summary>
    public double FirstTokenSeconds => QueueSeconds + PromptSeconds;

    /// <summary>Expected seconds to the last token.</summary>
    public double Seconds => QueueSeconds + PromptSeconds + OutputSeconds;

    /// <summary>Seconds / p², times the price factor. Two thirds of the success of another worker must be more than twice as fast.</summary>
    public double Cost
    {
        get
        {
            double trusted = Success * Integrity;
            return Seconds * PriceFactor / (trusted * trusted);
        }
    }

    /// <summary>The terms of <paramref name="needs"/> on <paramref name="candidate"/>.</summary>
    public static CostTerms Of(JobNeeds needs, in Candidate candidate)
    {
        int uncached = Math.Max(0, needs.PromptTokens - candidate.CachedTokens);
        return new CostTerms(
            candidate.QueueSeconds,
            (uncached + FixedPromptTokens) * candidate.PromptSecondsPerToken,
            needs.OutputTokens * candidate.OutputSecondsPerToken,
            candidate.Success,
            candidate.Integrity,
            needs.PreferCheap ? candidate.Coefficient * 0.001 : 1);
    }
}
