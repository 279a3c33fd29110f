namespace Cocoon.Simulation.Scheduling;

/// <summary>
/// A node's two clocks. The monotonic one drifts by some parts per million and may stand still for a while, as a suspended guest's does;
/// the wall clock jumps.
/// </summary>
internal sealed class NodeClock(long startTicks, int driftPartsPerMillion)
{
    private static readonly DateTimeOffset Origin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private const long Million = 1_000_000;
    private readonly long rate = Million + driftPartsPerMillion;
    private long anchorWorld = startTicks;
    private long anchorNode;
    private bool still;

    /// <summary>How far the wall clock is off.</summary>
    public TimeSpan WallOffset { get; set; }

    /// <summary>Monotonic ticks since the node started, at world time <paramref name="worldTicks"/>.</summary>
    public long Monotonic(long worldTicks)
        => still ? anchorNode : anchorNode + (long)((Int128)(worldTicks - anchorWorld) * rate / Million);

    /// <summary>The wall clock at world time <paramref name="worldTicks"/>.</summary>
    public DateTimeOffset Wall(long worldTicks) => Origin + new TimeSpan(worldTicks) + WallOffset;

    /// <summary>World ticks in which this clock moves by <paramref name="nodeTicks"/>, were it not to stop; rounded up.</summary>
    public long WorldTicks(long nodeTicks) => (long)(((Int128)nodeTicks * Million + rate - 1) / rate);

    /// <summary>Stops or restarts the monotonic clock.</summary>
    public void StandStill(bool value, long worldTicks)
    {
        anchorNode = Monotonic(worldTicks);
        anchorWorld = worldTicks;
        still = value;
    }
}
