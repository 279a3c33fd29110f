using Cocoon.Simulation.Jobs;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Tests.Simulation;

/// <summary>Request and answer sealed with a key that the proxy lacks: it admits, routes, retries, meters, settles and resumes all the same.</summary>
public sealed class SealedBodyTests
{
    private static readonly JobOrder Order = new(100, 20, 3, 100, 100, TimeSpan.FromSeconds(20));

    [Fact]
    public void A_sealed_job_goes_its_whole_way_retry_included()
    {
        JobSeal seal = new([1, 2, 3, 4]);
        ScriptedWorld world = new(
            [Order, Order],
            run => run == 0 ? new EngineMood(FailsAtChunk: 0) : EngineMood.Good,
            workers: 2,
            setup => setup with { Seal = seal });
        WorldReport report = world.Play();
        Assert.Equal((2, 3), (report.Acknowledged, report.Runs));
        Assert.Equal(ScriptedWorld.Price(100, 60) + ScriptedWorld.Price(100, 60), world.Paid);
        Assert.True(world.World.Proxies[0].Links!.DataBytes > 2 * Order.BodyBytes, "nothing was seen of what the proxy relays");
        foreach (EngineRun run in (EngineRun[])[world.Run(0), world.Run(1), world.Run(2)])
            Assert.False(world.World.Proxies[0].Links!.Saw(run.Plan.Name), $"the proxy saw the body of {run.Plan.Name}");
    }

    [Fact]
    public void What_is_not_sealed_the_proxy_could_read()
    {
        ScriptedWorld world = new([Order]);
        world.Play();
        Assert.True(world.World.Proxies[0].Links!.Saw(world.Run(0).Plan.Name));
    }

    [Fact]
    public void Sealed_jobs_live_through_every_fault()
    {
        WorldOptions options = new() { Seed = 3, Duration = TimeSpan.FromSeconds(20), Workers = 4, Clients = 6, Shards = 4, Faults = WorldFaults.Harsh };
        WorldReport report = new JobWorld(options, JobWorldSetup.Standard(options) with { Seal = new JobSeal([9]) }).Run();
        Assert.Null(report.Outcome.Violation);
        Assert.True(report.Acknowledged > 10, report.ToString());
    }
}
