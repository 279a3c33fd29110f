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
public sealed record AttemptBusy(int Running, int RunningMax) : AttemptOutcome;

/// <summary>Whether a job had reached its worker's connection.</summary>
public enum Dispatch
{
    /// <summary>It was sent: its slot is used, and the worker grants another when it has stopped.</summary>
    Sent = 1,

    /// <summary>It was never sent: its slot can be used for another.</summary>
    Never = 2,

    /// <summary>Not known: the slots are counted anew with the worker.</summary>
    Unknown = 3,
}

/// <summary>The client or the proxy stopped it; says nothing of the worker.</summary>
/// <param name="Dispatch">Whether it had been sent.</param>
public sealed record AttemptCancelled(Dispatch Dispatch) : AttemptOutcome;

/// <summary>The connection was lost.</summary>
public sealed record AttemptLost : AttemptOutcome;
