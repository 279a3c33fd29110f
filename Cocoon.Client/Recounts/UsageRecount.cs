using Cocoon.Protocol.Money;

namespace Cocoon.Client.Recounts;

/// <summary>What the client itself counts of a job, beside what it was billed.</summary>
/// <param name="Prompt">Prompt tokens, cached ones included; null where they could not be counted.</param>
/// <param name="Completion">
/// Answer tokens, reasoning included; null where tools were called: their text is not relayed as the model wrote it.
/// </param>
/// <param name="IsExceeded">Whether more was billed than can be explained: a tenth and 16 tokens above the count.</param>
public sealed record UsageRecount(long? Prompt, long? Completion, bool IsExceeded)
{
    // Templates differ in details between engines, and a sampled text need not be split as the tokenizer would split it.
    private const int SlackTokens = 16;

    internal static UsageRecount Of(IReadOnlyList<UsageAmount> billed, long? prompt, long? completion)
    {
        long billedPrompt = 0;
        long billedCompletion = 0;
        foreach (UsageAmount amount in billed)
        {
            if (amount.Class is UsageClass.Prompt or UsageClass.Cached)
                billedPrompt += amount.Amount;
            else if (amount.Class is UsageClass.Completion or UsageClass.Reasoning)
                billedCompletion += amount.Amount;
        }

        return new UsageRecount(prompt, completion, IsAbove(billedPrompt, prompt) || IsAbove(billedCompletion, completion));
    }

    private static bool IsAbove(long billed, long? counted) => counted is { } count && billed > count + (count / 10) + SlackTokens;
}
