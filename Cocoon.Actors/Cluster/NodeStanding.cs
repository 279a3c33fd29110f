using Cocoon.Actors.Ports;

namespace Cocoon.Actors.Cluster;

/// <summary>
/// How sure a node may be that it is still a member, read by everything that admits work or speaks for a stream. It only saves work:
/// no safety rests on it, because a suspended guest's clock stands still; the epoch decides. Safe from any thread.
/// </summary>
public sealed class NodeStanding
{
    private long silentAtTicks;
    private long incarnation;

    /// <summary>The present incarnation, or null before the first join and after a death.</summary>
    public Incarnation? Incarnation => Volatile.Read(ref incarnation) is > 0 and long number ? new Incarnation(number) : null;

    /// <summary>Whether the lease was renewed recently enough to admit work; <paramref name="now"/> is the scheduler's monotonic time.</summary>
    public bool MaySpeak(TimeSpan now) => Incarnation is not null && now.Ticks < Volatile.Read(ref silentAtTicks);

    internal void Renewed(Incarnation node, TimeSpan silentAt)
    {
        Volatile.Write(ref silentAtTicks, silentAt.Ticks);
        Volatile.Write(ref incarnation, node.Number);
    }

    internal void Lost() => Volatile.Write(ref incarnation, 0);
}
