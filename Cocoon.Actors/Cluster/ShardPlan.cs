using Cocoon.Actors.Ports;
using Cocoon.Protocol;

namespace Cocoon.Actors.Cluster;

/// <summary>
/// What one node does about the lease table: a pure function of the table, so that nodes need no leader. Every live node comes to own
/// the floor or the ceiling of its fair share, and a stream moves only if some node would otherwise stay below the floor.
/// </summary>
/// <param name="Claim">Most free streams to claim.</param>
/// <param name="Release">Streams to hand over, of those it owns.</param>
public sealed record ShardPlan(int Claim, IReadOnlyList<StreamId> Release)
{
    /// <summary>A node that does nothing.</summary>
    public static readonly ShardPlan Rest = new(0, []);

    /// <summary>The plan of <paramref name="self"/>; <see cref="Rest"/> when the table does not list it.</summary>
    public static ShardPlan For(LeaseTable table, Incarnation self)
    {
        int[] owned = new int[table.Nodes.Count];
        int own = -1;
        for (int i = 0; i < table.Nodes.Count; i++)
        {
            owned[i] = table.Streams.Count(stream => stream.Owner == table.Nodes[i].Node);
            if (table.Nodes[i].Node == self)
                own = i;
        }

        if (own < 0)
            return Rest;
        int floor = table.Streams.Count / owned.Length;
        int ceiling = floor + (table.Streams.Count % owned.Length == 0 ? 0 : 1);
        int free = table.Streams.Count - owned.Sum();
        int deficit = owned.Sum(count => Math.Max(0, floor - count));
        int surplus = owned.Sum(count => Math.Max(0, count - ceiling));
        int release = Math.Max(0, owned[own] - ceiling);
        if (release == 0 && owned[own] > floor && MustGive(owned, own, floor, deficit - free - surplus))
            release = 1;
        int claim = Math.Max(0, floor - owned[own]);
        if (owned[own] + claim < ceiling && free > deficit)
            claim++;
        return new ShardPlan(Math.Min(claim, free), Last(table, self, release));
    }

    /// <summary>Whether this node is among the <paramref name="missing"/> youngest of those above the floor.</summary>
    private static bool MustGive(int[] owned, int own, int floor, int missing)
    {
        for (int i = owned.Length - 1; i >= 0 && missing > 0; i--)
        {
            if (owned[i] <= floor)
                continue;
            if (i == own)
                return true;
            missing--;
        }

        return false;
    }

    private static StreamId[] Last(LeaseTable table, Incarnation self, int count)
        => table.Streams.Where(stream => stream.Owner == self).Select(stream => stream.Stream).TakeLast(count).ToArray();
}
