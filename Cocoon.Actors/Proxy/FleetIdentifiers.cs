namespace Cocoon.Actors.Proxy;

/// <summary>One connection of one worker to this node. Never used twice.</summary>
/// <param name="Value">Chosen by who owns the connections, rising.</param>
public readonly record struct WorkerLinkId(long Value);

/// <summary>One asking for a worker.</summary>
/// <param name="Job">The asking actor's <see cref="Runtime.ActorRef.Id"/>; when it stops, all it holds is released.</param>
/// <param name="Number">Which asking of that job, 1 to <see cref="NumberMax"/>.</param>
public readonly record struct RequestId(long Job, int Number)
{
    /// <summary>Most askings of one job: the first, retries, hedges, answers of Busy.</summary>
    public const int NumberMax = 16;
}

/// <summary>The right to one slot for one attempt, to be released exactly once. Never used twice.</summary>
/// <param name="Value">Rising.</param>
public readonly record struct AttemptToken(long Value);

/// <summary>What the fleet says to a worker's connection. Called in the fleet's turns: it only sends.</summary>
public interface IWorkerLink
{
    /// <summary>
    /// Gives <paramref name="slots"/> unused slots back to the worker (on the wire SlotReturn, not requested), which takes at most what
    /// it counts as unused on this link.
    /// </summary>
    void ReturnSlots(long sequence, int slots);

    /// <summary>The worker connected once more: ends this connection, so that a worker that still uses it hears of it and connects anew.</summary>
    void EndReplaced();
}
