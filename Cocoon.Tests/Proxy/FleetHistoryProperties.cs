using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Tests.Proxy;

/// <summary>Random histories of a small fleet against a naive count: in-flight is taken and released exactly once on every path.</summary>
public class FleetHistoryProperties
{
    private static readonly Arbitrary<FleetStep[]> Histories = (
        from kind in Gen.Choose(0, 15)
        from which in Gen.Choose(0, 1000)
        from amount in Gen.Choose(0, 5)
        select new FleetStep(kind, which, amount)).ArrayOf().ToArbitrary();

    [Fact]
    public void In_flight_is_what_was_assigned_and_not_released()
        => Prop.ForAll(Histories, history => new FleetHistory().Play(history)).Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(250));
}
