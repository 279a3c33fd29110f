using Cocoon.Simulation.Payouts;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Tests.Simulation;

/// <summary>
/// Some tens of the treasury's worlds; <c>scripts/soak-payouts</c> runs thousands. In each of them every worker receives what it earned, no
/// more and no less, and the books equal the wallets.
/// </summary>
public sealed class PayoutWorldTests
{
    private const int Worlds = 24;
    private const ulong SeedsMax = 200;

    [Fact]
    public void EveryoneIsPaidOnceWhateverFails()
    {
        long payouts = 0;
        for (ulong seed = 1; seed <= Worlds; seed++)
        {
            PayoutWorldReport report = PayoutWorlds.Run(PayoutWorlds.OptionsOf(seed));
            payouts += report.Payouts;
            if (report.Outcome.Violation is { } violation)
                Assert.Fail($"seed {seed}, step {report.Outcome.Steps}: {violation}\n{string.Join('\n', report.Outcome.Trail)}");
        }

        Assert.True(payouts > 20 * Worlds, $"{payouts} payouts in {Worlds} worlds: too few to show anything");
    }

    [Fact]
    public void AWorldWithoutFaultsPaysAtTheFirstAttempt()
    {
        PayoutWorldReport report = PayoutWorlds.Run(PayoutWorlds.OptionsOf(1) with { Faults = WorldFaults.None });
        Assert.Null(report.Outcome.Violation);
        Assert.Equal(0, report.Expired);
        Assert.Equal(report.Payouts, report.Deliveries);
    }

    [Theory]
    [InlineData(PayoutBugs.TimeReadAfterTheScan)]
    [InlineData(PayoutBugs.MatchedByNumberAlone)]
    [InlineData(PayoutBugs.SentBeforeDurable)]
    public void ADeliberateBugIsFound(PayoutBugs bug)
    {
        // A time that is read too late only matters where a batch runs at the last moment and the server is behind.
        ChainFaults faults = bug == PayoutBugs.TimeReadAfterTheScan ? ChainFaults.All with { Unlucky = 600_000, Lagging = 500_000 } : ChainFaults.All;
        for (ulong seed = 1; seed <= SeedsMax; seed++)
        {
            PayoutWorldReport report = PayoutWorlds.Run(PayoutWorlds.OptionsOf(seed), bug, faults);
            if (report.Outcome.Violation is not { } violation)
                continue;
            TestContext.Current.TestOutputHelper?.WriteLine($"found by seed {seed} at step {report.Outcome.Steps}: {violation}");
            return;
        }

        Assert.Fail($"{bug} was not found within {SeedsMax} worlds");
    }
}
