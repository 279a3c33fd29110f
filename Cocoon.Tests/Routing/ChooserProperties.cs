using Cocoon.Actors.Routing;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Tests.Routing;

public class ChooserProperties
{
    private static readonly Arbitrary<Candidate[]> Fleets = (
        from shape in Gen.Choose(0, int.MaxValue)
        from price in Gen.Choose(1, 4000)
        from speed in Gen.Choose(1, 100)
        from success in Gen.Choose(1, 100)
        from load in Gen.Choose(0, 9)
        select Make(shape, price, speed, success, load)).ArrayOf().ToArbitrary();

    [Fact]
    public void Who_is_chosen_may_have_the_job_and_somebody_is_chosen_when_one_may()
        => Prop.ForAll(Fleets, fleet =>
        {
            Candidate[] candidates = Number(fleet);
            WorkerChooser chooser = Candidates.Chooser(exploration: 0.3);
            JobNeeds needs = Candidates.Needs with { CoefficientCap = 3000 };
            Choice choice = chooser.Choose(needs, candidates, Candidates.Now);
            bool anybody = candidates.Any(one => chooser.Verdict(needs, one, Candidates.Now) == Ineligibility.None && !one.NewcomerFull);
            return choice.Found
                ? chooser.Verdict(needs, candidates[choice.Index], Candidates.Now) == Ineligibility.None
                : !anybody;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void The_order_of_the_scan_and_the_unit_of_time_do_not_matter_to_costs()
        => Prop.ForAll(Fleets, fleet =>
        {
            Candidate[] candidates = Number(fleet);
            WorkerChooser chooser = Candidates.Chooser();
            RoutingDecision forward = chooser.Explain(Candidates.Needs, candidates, Candidates.Now);
            Array.Reverse(candidates);
            RoutingDecision backward = chooser.Explain(Candidates.Needs, candidates, Candidates.Now);
            return forward.Candidates.Select(one => (one.Worker, one.Verdict, Share: Math.Round(one.Share, 9)))
                .SequenceEqual(backward.Candidates.Reverse().Select(one => (one.Worker, one.Verdict, Share: Math.Round(one.Share, 9))));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void Getting_slower_less_reliable_or_fuller_never_earns_a_larger_share()
        => Prop.ForAll(Fleets, fleet =>
        {
            Candidate[] candidates = Number(fleet);
            if (candidates.Length == 0)
                return true;
            WorkerChooser chooser = Candidates.Chooser();
            double before = chooser.Explain(Candidates.Needs, candidates, Candidates.Now).Candidates[0].Share;
            for (int worse = 0; worse < 3; worse++)
            {
                Candidate[] changed = [.. candidates];
                if (worse == 0)
                    changed[0].OutputSecondsPerToken *= 1.5;
                else if (worse == 1)
                    changed[0].Success *= 0.8;
                else
                    changed[0].Running = changed[0].RunningMax;
                double after = chooser.Explain(Candidates.Needs, changed, Candidates.Now).Candidates[0].Share;
                // Alone among equals it keeps all of it.
                if (after > before + 1e-9)
                    return false;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static Candidate Make(int shape, int price, int speed, int success, int load)
        => Candidates.One(0) with
        {
            Coefficient = price,
            OutputSecondsPerToken = speed * 0.001,
            Success = success * 0.01,
            Running = load,
            FreeSlots = shape % 5,
            Draining = shape % 11 == 0,
            Ejected = shape % 13 == 0,
            Newcomer = shape % 3 == 0,
            NewcomerFull = shape % 9 == 0,
            Machine = shape % 7,
        };

    private static Candidate[] Number(Candidate[] fleet) => [.. fleet.Select((one, index) => one with { Worker = index + 1 })];
}
