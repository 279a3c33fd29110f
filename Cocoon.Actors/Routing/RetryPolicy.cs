namespace Cocoon.Actors.Routing;

/// <summary>How an attempt failed.</summary>
public enum FailureKind
{
    /// <summary>The engine failed.</summary>
    Engine = 1,

    /// <summary>No answer, or no progress, in time.</summary>
    Timeout = 2,

    /// <summary>The worker broke the protocol.</summary>
    Protocol = 3,

    /// <summary>The request is wrong; no worker would do better, and this one is not to blame.</summary>
    BadRequest = 4,

    /// <summary>The prompt does not fit the worker's context; another's may be longer. Nobody's fault.</summary>
    ContextExceeded = 5,

    /// <summary>The worker no longer serves the model. Its offer was stale: no fault either.</summary>
    UnknownModel = 6,
}

/// <summary>Whether a failed attempt may be made again elsewhere. The node's budget is asked apart, by the fleet.</summary>
public static class RetryPolicy
{
    private static readonly TimeSpan TimeLeftMin = TimeSpan.FromMilliseconds(100);

    /// <summary>With time left (100 ms), and where another worker could do better. Asked only before the first chunk reached the client.</summary>
    /// <param name="retriesMax">Retries that a job may have.</param>
    /// <param name="retriesSoFar">Retries this job has had.</param>
    /// <param name="failure">How the attempt failed; null for Busy or a lost worker.</param>
    /// <param name="timeLeft">Until the job's deadline.</param>
    public static bool MayRetry(int retriesMax, int retriesSoFar, FailureKind? failure, TimeSpan timeLeft)
        => retriesSoFar < retriesMax && failure is not FailureKind.BadRequest && timeLeft >= TimeLeftMin;
}
