using Cocoon.Simulation.Jobs;
using Cocoon.Simulation.Ledger;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Tests.Simulation;

/// <summary>The simulator is worth what it finds: each of these mistakes must be found within 200 worlds.</summary>
public sealed class DeliberateBugTests
{
    private const ulong SeedsMax = 200;

    [Theory]
    [InlineData((int)DeliberateBugs.AcknowledgedBeforeDurable)]
    [InlineData((int)DeliberateBugs.SnapshotBeforeDurable)]
    [InlineData((int)DeliberateBugs.RecoveryWithoutNewEpoch)]
    [InlineData((int)DeliberateBugs.NoFence)]
    [InlineData((int)DeliberateBugs.TransferCreditedTwice)]
    [InlineData((int)DeliberateBugs.ReservationLeakedOnCancel)]
    [InlineData((int)DeliberateBugs.InFlightKeptOnLostLink)]
    [InlineData((int)DeliberateBugs.ChunkDeliveredTwice)]
    [InlineData((int)DeliberateBugs.SettledJobRunsAgain)]
    [InlineData((int)DeliberateBugs.HedgeChargedTwice)]
    public void IsFoundWithin200Worlds(int bugNumber)
    {
        DeliberateBugs bug = (DeliberateBugs)bugNumber;
        WorldOptions options = new()
        {
            Duration = TimeSpan.FromSeconds(20),
            Workers = 3,
            Clients = 6,
            Shards = 4,
            JobsPerSecond = 6,
            Faults = WorldFaults.Harsh,
            TrailLines = 20,
        };
        for (ulong seed = 1; seed <= SeedsMax; seed++)
        {
            WorldReport report = new JobWorld(options with { Seed = seed }, bug).Run();
            if (report.Outcome.Violation is null)
                continue;
            TestContext.Current.TestOutputHelper?.WriteLine($"found by seed {seed} at step {report.Outcome.Steps}: {report.Outcome.Violation}");
            Assert.NotEmpty(report.Outcome.Trail);
            return;
        }

        Assert.Fail($"{bug} was not found within {SeedsMax} worlds");
    }
}
