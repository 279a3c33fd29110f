using Cocoon.Protocol.Money;

namespace Cocoon.Inference.Upstream;

/// <summary>
/// Turns what a server reports, and what was seen to pass, into amounts that only rise: cached &lt;= prompt, reasoning &lt;= completion,
/// completion &lt;= the job's bound, and never nothing where an answer was given. While the server is silent about usage each piece of
/// text counts as one token (it is at least one); at the end the difference to its report is added. Without any report, tokens are
/// estimated at one for six bytes of text, which is below what usual tokenizers give, so that nobody is overcharged.
/// </summary>
/// <param name="promptBytes">Bytes of the request's texts.</param>
/// <param name="maxCompletion">Most answer tokens over all choices.</param>
/// <param name="reportsCached">Whether the server's reports may hold cached tokens: until they do, the prompt is not declared.</param>
internal sealed class UsageMeter(long promptBytes, long maxCompletion, bool reportsCached)
{
    /// <summary>Bytes of text that are estimated to be one token.</summary>
    public const int BytesPerToken = 6;

    private UpstreamUsage reported;
    private bool promptDeclared;
    private long prompt;
    private long cached;
    private long completion;
    private long reasoning;
    private long answerBytes;
    private long wholeReasoningBytes;

    /// <summary>Whether any text has come.</summary>
    public bool HasAnswer => answerBytes > 0;

    /// <summary>What was declared so far.</summary>
    public UpstreamUsage Declared => new(prompt + cached, cached, completion + reasoning, reasoning);

    public void Report(UpstreamUsage usage) => reported = reported.Max(usage);

    /// <summary>What a piece of the answer adds.</summary>
    /// <param name="textBytes">Bytes of text or tool arguments in it.</param>
    /// <param name="reasoningBytes">Bytes of reasoning in it.</param>
    public IReadOnlyList<UsageAmount> Add(int textBytes, int reasoningBytes)
    {
        answerBytes += textBytes + reasoningBytes;
        if (textBytes + reasoningBytes == 0 && reported == default)
            return [];
        List<UsageAmount> added = [];
        if (!promptDeclared && reported.Prompt is not null && (reported.Cached is not null || !reportsCached))
            DeclarePrompt(added);
        long before = completion + reasoning;
        long seen = Math.Max(before + (textBytes + reasoningBytes > 0 ? 1 : 0), reported.Completion ?? 0);
        long more = Math.Min(seen, maxCompletion) - before;
        if (more > 0)
            _ = reasoningBytes > 0 && textBytes == 0 ? Add(added, UsageClass.Reasoning, ref reasoning, more) : Add(added, UsageClass.Completion, ref completion, more);
        return added;
    }

    /// <summary>Notes a whole answer that did not stream; <see cref="Finish"/> tells its usage.</summary>
    public void AddWhole(int textBytes, int reasoningBytes)
    {
        answerBytes = textBytes + reasoningBytes;
        wholeReasoningBytes = reasoningBytes;
    }

    /// <summary>What is still missing when the answer has ended, well or not.</summary>
    /// <param name="failed">Whether the server failed: the prompt then counts only if an answer was begun.</param>
    public IReadOnlyList<UsageAmount> Finish(bool failed)
    {
        List<UsageAmount> added = [];
        if (failed && answerBytes == 0)
            return added;
        if (!promptDeclared)
            DeclarePrompt(added);
        long least = Math.Max(completion + reasoning, answerBytes > 0 ? 1 : 0);
        long total = reported.Completion is > 0 ? reported.Completion.Value : Math.Max(least, Estimate(answerBytes));
        total = Math.Max(least, Math.Min(total, maxCompletion));
        // A server that shows reasoning without counting it: its share of the text is the best guess.
        long guessed = wholeReasoningBytes > 0 ? total * wholeReasoningBytes / answerBytes : reasoning;
        long reasoned = Math.Min(reported.Reasoning ?? guessed, total);
        Add(added, UsageClass.Reasoning, ref reasoning, Math.Min(reasoned - reasoning, total - completion - reasoning));
        Add(added, UsageClass.Completion, ref completion, total - reasoning - completion);
        return added;
    }

    private void DeclarePrompt(List<UsageAmount> added)
    {
        promptDeclared = true;
        long all = reported.Prompt is > 0 ? reported.Prompt.Value : Math.Max(1, Estimate(promptBytes));
        long hit = Math.Min(reported.Cached ?? 0, all);
        Add(added, UsageClass.Prompt, ref prompt, all - hit);
        Add(added, UsageClass.Cached, ref cached, hit);
    }

    private static bool Add(List<UsageAmount> added, UsageClass kind, ref long declared, long more)
    {
        if (more <= 0)
            return false;
        declared += more;
        added.Add(new UsageAmount(kind, more));
        return true;
    }

    private static long Estimate(long bytes) => (bytes + BytesPerToken - 1) / BytesPerToken;
}
