using Cocoon.Actors.Routing;

namespace Cocoon.Actors.Proxy;

/// <summary>How an attempt ended.</summary>
public abstract record AttemptOutcome;

/// <summary>The worker finished.</summary>
/// <param name="PromptTokens">Prompt tokens, cached ones included, as accepted.</param>
/// <param name="CachedTokens">Those of them that were cached.</param>
/// <param name="OutputTokens">Answer tokens.</param>
/// <param name="FirstToken">From dispatch to the first chunk; the whole duration when the answer came in one piece.</param>
/// <param name="Duration">From dispatch to the last chunk.</param>
public sealed record AttemptCompleted(long PromptTokens, long CachedTokens, long OutputTokens, TimeSpan FirstToken, TimeSpan Duration)
    : AttemptOutcome;

/// <summary>The worker failed the job.</summary>
/// <param name="Kind">How.</param>
/// <param name="AfterFirstChunk">Whether the client had seen something.</param>
public sealed record AttemptFailed(FailureKind Kind, bool AfterFirstChunk) : AttemptOutcome;

/// <summary>The worker had no slot: no failure.</summary>
/// <param name="Running">Jobs it says it runs, or 0.</param>
/// <param name="RunningMax">Jobs it says it can run, or 0.</param>
public sealed record AttemptBusy(int Running = 0, int RunningMax = 0) : AttemptOutcome;

/// <summary>The client or the proxy stopped it; says nothing of the worker.</summary>
public sealed record AttemptCancelled : AttemptOutcome;

/// <summary>The connection was lost.</summary>
public sealed record AttemptLost : AttemptOutcome;
