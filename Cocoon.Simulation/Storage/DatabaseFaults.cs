namespace Cocoon.Simulation.Storage;

/// <summary>How the world's database behaves. Rates are per million requests.</summary>
/// <param name="LatencyMin">Least time of a request to the store, and of its answer back.</param>
/// <param name="LatencyMax">Most time of either in good health.</param>
/// <param name="Timeout">After which a node gives a request up: its effect is then unknown.</param>
/// <param name="HangMax">Longest time that a hanging write may still land in.</param>
/// <param name="Slow">Requests that take up to 50 times as long.</param>
/// <param name="LostRequest">Requests that never arrive.</param>
/// <param name="LostAnswer">Requests that are carried out and whose answer is lost.</param>
/// <param name="Hang">Requests that are carried out long after the node gave them up.</param>
/// <param name="Refused">Requests that the store refuses: an error answer, nothing done. The node cannot tell it from a lost answer.</param>
public sealed record DatabaseFaults(
    TimeSpan LatencyMin,
    TimeSpan LatencyMax,
    TimeSpan Timeout,
    TimeSpan HangMax,
    int Slow,
    int LostRequest,
    int LostAnswer,
    int Hang,
    int Refused)
{
    /// <summary>A store in good health: 0.1 to 0.5 ms each way, no faults.</summary>
    public static readonly DatabaseFaults None = new(
        TimeSpan.FromMilliseconds(0.1), TimeSpan.FromMilliseconds(0.5), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8), 0, 0, 0, 0, 0);

    /// <summary>Everything that can go wrong does, each about once in a thousand requests.</summary>
    public static readonly DatabaseFaults All = None with { Slow = 5_000, LostRequest = 800, LostAnswer = 1_500, Hang = 800, Refused = 800 };
}
