using Cocoon.Protocol;
using Cocoon.Simulation.Jobs;
using Cocoon.Simulation.Ledger;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Tests.Simulation;

/// <summary>
/// A client goes from node A to B and back to A with one job. A was cut off from the database, does not know that B serves the shard now, and
/// still holds a run of the job that the client has heard nothing of; what it has heard is B's.
/// </summary>
public sealed class ThereAndBackTests
{
    private static readonly JobOrder Order = new(100, 70, 3, 500, 200, TimeSpan.FromSeconds(60));

    [Fact]
    public void Text_and_bill_are_of_one_run()
    {
        ScriptedWorld world = Script(DeliberateBugs.None, out Func<bool> wentBack);
        WorldReport report = world.Play();
        Assert.True(wentBack());
        Assert.Equal((1, 2), (report.Acknowledged, report.Runs));
        Assert.True(world.Run(1).Finished);
        Assert.False(world.Run(0).Finished);
        Assert.InRange(world.Run(0).Given, 10, 69);
        Assert.Equal(ScriptedWorld.Price(100, 210), world.Paid);
        Assert.Equal(ScriptedWorld.Share(world.Paid), world.Earned(world.Run(1).Worker));
    }

    [Fact]
    public void Two_runs_are_mixed_where_they_are_not_compared()
    {
        WorldReport report = Script(DeliberateBugs.RunsNotCompared, out _).World.Run();
        Assert.Contains("of run 0 where chunk", report.Outcome.Violation ?? "", StringComparison.Ordinal);
    }

    private static ScriptedWorld Script(DeliberateBugs bugs, out Func<bool> wentBack)
    {
        ScriptedWorld script = new(
            [Order],
            workers: 2,
            change: setup => setup with { Bugs = bugs, Settings = setup.Settings with { InstalmentPeriod = TimeSpan.FromMinutes(5) } },
            proxies: 2);
        JobWorld world = script.World;
        int client = world.Proxies.Count + world.Workers.Count;
        int a = -1;
        int heard = 0;
        script
            .At(2.3, () =>
            {
                a = Enumerable.Range(0, 2).Single(proxy => world.Proxies[proxy].Node!.Jobs == 1);
                Assert.Equal(1, world.Book.Engines.Runs);
                world.World.Database.SetReachable(a, false);
                world.World.Network.SetParted(client, a, true);
                world.World.Network.LoseConnections(client);
            })
            .At(13, () =>
            {
                // B runs it anew, and the client has heard of that; A goes on with its own.
                Assert.Equal(2, world.Book.Engines.Runs);
                Assert.Equal(1, world.Proxies[a].Node!.Jobs);
                Assert.True(world.Proxies[a].Node!.Shards.Find(StreamId.OfShard(0)).Here is not null, "A believes that the shard is its own");
                heard = script.Run(1).Given;
                Assert.InRange(heard, 5, script.Run(0).Given - 5);
                world.World.Network.SetParted(client, 1 - a, true);
                world.World.Network.SetParted(client, a, false);
                world.World.Network.LoseConnections(client);
            })
            .At(15, () => world.World.Network.SetParted(client, 1 - a, false));
        wentBack = () => heard > 0;
        return script;
    }
}
