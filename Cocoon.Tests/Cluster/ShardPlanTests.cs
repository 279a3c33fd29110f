using Cocoon.Actors.Cluster;
using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Tests.Cluster;

public sealed class ShardPlanTests
{
    [Fact]
    public void NodesThatFollowItComeToTheirFairSharesAndThenRest()
    {
        Arbitrary<int[]> starts = Gen.Choose(-1, 4).ArrayOf(33).ToArbitrary();
        Prop.ForAll(starts, Gen.Choose(1, 5).ToArbitrary(), (owners, nodes) =>
        {
            Grid grid = new(owners.Select(owner => owner >= nodes ? -1 : owner).ToArray(), nodes);
            int moved = grid.Settle();
            int floor = owners.Length / nodes;
            return grid.Counts.All(count => count == floor || count == floor + 1)
                && grid.Counts.Sum() == owners.Length
                && moved <= grid.MovesNeeded;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void ANodeThatTheTableDoesNotListRests()
        => Assert.Equal(0, ShardPlan.For(new LeaseTable([new LiveNode(new Incarnation(1), "a")], [Row(0, null)]), new Incarnation(2)).Claim);

    [Fact]
    public void ALoneNodeClaimsEverythingThatIsFree()
    {
        LeaseTable table = new([new LiveNode(new Incarnation(1), "a")], [Row(-1, null), Row(0, null), Row(1, 1)]);
        Assert.Equal(2, ShardPlan.For(table, new Incarnation(1)).Claim);
    }

    [Fact]
    public void ANewcomerIsGivenAShare()
    {
        LeaseTable table = new(
            [new LiveNode(new Incarnation(1), "a"), new LiveNode(new Incarnation(2), "b")], [Row(0, 1), Row(1, 1), Row(2, 1), Row(3, 1)]);
        Assert.Equal([StreamId.OfShard(2), StreamId.OfShard(3)], ShardPlan.For(table, new Incarnation(1)).Release);
        Assert.Equal(0, ShardPlan.For(table, new Incarnation(2)).Claim);
    }

    private static ShardOwner Row(int stream, long? owner)
        => new(new StreamId(stream), owner is { } number ? new Incarnation(number) : null, 1, owner is null ? "" : "somewhere");

    /// <summary>A lease table that nodes act on in turn, each on a fresh reading.</summary>
    private sealed class Grid(int[] owners, int nodes)
    {
        private readonly int[] before = [.. owners];
        private readonly int[] owners = owners;

        public IEnumerable<int> Counts => Enumerable.Range(0, nodes).Select(node => owners.Count(owner => owner == node));

        /// <summary>Owned streams above the ceiling must move; the nodes below the floor take the free ones first.</summary>
        public int MovesNeeded
        {
            get
            {
                int[] counts = [.. Enumerable.Range(0, nodes).Select(node => before.Count(owner => owner == node))];
                int floor = before.Length / nodes;
                int ceiling = floor + (before.Length % nodes == 0 ? 0 : 1);
                int surplus = counts.Sum(count => Math.Max(0, count - ceiling));
                int deficit = counts.Sum(count => Math.Max(0, floor - count));
                int free = before.Count(owner => owner < 0);
                return surplus + Math.Max(0, deficit - free - surplus);
            }
        }

        /// <summary>Lets every node act until nobody wants to; returns how many owned streams were given up.</summary>
        public int Settle()
        {
            int moved = 0;
            for (int round = 0; round < 50; round++)
            {
                bool quiet = true;
                for (int node = 0; node < nodes; node++)
                {
                    ShardPlan plan = ShardPlan.For(Table(), new Incarnation(node + 1));
                    foreach (StreamId stream in plan.Release)
                        owners[stream.Number] = -1;
                    moved += plan.Release.Count;
                    int claim = plan.Claim;
                    for (int i = 0; i < owners.Length && claim > 0; i++)
                    {
                        if (owners[i] >= 0)
                            continue;
                        owners[i] = node;
                        claim--;
                    }

                    quiet &= plan.Release.Count == 0 && plan.Claim == 0;
                }

                if (quiet)
                    return moved;
            }

            return int.MaxValue;
        }

        private LeaseTable Table() => new(
            [.. Enumerable.Range(1, nodes).Select(node => new LiveNode(new Incarnation(node), $"node {node}"))],
            [.. owners.Select((owner, stream) => Row(stream, owner < 0 ? null : owner + 1))]);
    }
}
