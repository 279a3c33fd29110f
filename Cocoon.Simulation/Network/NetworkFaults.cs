namespace Cocoon.Simulation.Network;

/// <summary>
/// How the world's network behaves. It carries streams as TCP does: bytes arrive in order or not at all, so a lost or reordered segment is
/// a delay, and the only real loss is a broken connection. Rates are per million deliveries.
/// </summary>
/// <param name="LatencyMin">Least one-way time.</param>
/// <param name="LatencyMax">Most one-way time in good health; each pair of hosts has its own base in between.</param>
/// <param name="Late">Deliveries held up by a retransmission, for 0.2 to 3 s, with everything behind them.</param>
/// <param name="Split">Deliveries that arrive in two pieces, cut anywhere.</param>
/// <param name="Cut">Connections cut at this delivery, part of which may still arrive.</param>
/// <param name="Mischief">
/// Deliveries of a lying peer that are altered: a frame sent twice, one left out, a byte changed. Honest hosts must survive and close.
/// </param>
public sealed record NetworkFaults(TimeSpan LatencyMin, TimeSpan LatencyMax, int Late, int Split, int Cut, int Mischief)
{
    /// <summary>A network in good health: 0.5 to 20 ms one way.</summary>
    public static readonly NetworkFaults None = new(TimeSpan.FromMilliseconds(0.5), TimeSpan.FromMilliseconds(20), 0, 0, 0, 0);

    /// <summary>Everything that can go wrong with a stream of bytes.</summary>
    public static readonly NetworkFaults All = None with { Late = 10_000, Split = 50_000, Cut = 1_000, Mischief = 3_000 };
}
