using Cocoon.Actors.Routing;

namespace Cocoon.Tests.Routing;

public class ScoreTests
{
    private static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(120);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public void Availability_has_the_values_that_its_documentation_names()
    {
        AvailabilityScore score = new(HalfLife);
        Assert.Equal(0.96, score.LowerBound(At(0)), 2);
        for (int i = 0; i < 100_000; i++)
            score.Record(At(0), succeeded: true);
        Assert.Equal(1, score.LowerBound(At(0)), 2);
        double newcomer = new AvailabilityScore(HalfLife).LowerBound(At(0));
        Assert.True(1 / (newcomer * newcomer) < 1 + new RoutingOptions().NearTie, "a newcomer ties with a proven worker");

        AvailabilityScore failing = new(HalfLife);
        for (int i = 0; i < 5; i++)
            failing.Record(At(0), succeeded: false);
        Assert.Equal(0.59, failing.LowerBound(At(0)), 2);
        Assert.InRange(failing.LowerBound(At(120)), 0.65, 0.78);
        Assert.Equal(0.96, failing.LowerBound(At(3000)), 2);
        for (int i = 0; i < 5; i++)
            failing.Record(At(3000), succeeded: false);
        for (int i = 0; i < 5; i++)
            failing.Record(At(3000), succeeded: false);
        Assert.Equal(0.43, failing.LowerBound(At(3000)), 2);
    }

    [Fact]
    public void Endless_failure_ends_at_the_floor()
    {
        AvailabilityScore score = new(HalfLife);
        for (int i = 0; i < 100_000; i++)
            score.Record(At(0), succeeded: false, weight: 3);
        Assert.Equal(0.01, score.LowerBound(At(0)));
    }

    [Fact]
    public void Integrity_forgets_in_days_and_not_in_minutes()
    {
        IntegrityScore score = new(TimeSpan.FromDays(3));
        Assert.Equal(1, score.Value(At(0)));
        score.Record(At(0), 10);
        score.Record(At(0), 10);
        Assert.Equal(0.5, score.Value(At(0)));
        Assert.InRange(score.Value(At(3600)), 0.5, 0.51);
        Assert.Equal(20.0 / 30, score.Value(TimeSpan.FromDays(3)), 9);
        Assert.Throws<ArgumentOutOfRangeException>(() => score.Record(At(0), -1));
    }

    [Fact]
    public void Speed_leans_on_the_median_until_it_is_measured()
    {
        SpeedEstimate speed = new(HalfLife);
        Assert.Equal(0.002, speed.PromptSecondsPerToken(0.002));
        Assert.Equal(0.03, speed.OutputSecondsPerToken(5, 0.03));
        for (int i = 0; i < 100; i++)
        {
            speed.AddPrompt(At(i), 1000, 0.5);
            speed.AddOutput(At(i), 4, 0.01);
        }

        Assert.InRange(speed.PromptSecondsPerToken(0.002), 0.00046, 0.00049);
        Assert.InRange(speed.OutputSecondsPerToken(4, 0.03), 0.0099, 0.011);
        Assert.True(speed.IsMeasured);
    }

    [Fact]
    public void Speed_learns_how_load_slows_a_worker_down()
    {
        SpeedEstimate speed = new(HalfLife);
        for (int i = 0; i < 200; i++)
        {
            int running = 1 + (i % 8);
            speed.AddOutput(At(i), running, 0.010 + (0.002 * running));
        }

        Assert.InRange(speed.OutputSecondsPerToken(1, 0.02), 0.011, 0.015);
        Assert.InRange(speed.OutputSecondsPerToken(8, 0.02), 0.023, 0.027);
        Assert.True(speed.OutputSecondsPerToken(0, 0.02) > 0);
    }

    [Fact]
    public void A_worker_that_speeds_up_under_load_is_not_believed_to()
    {
        SpeedEstimate speed = new(HalfLife);
        for (int i = 0; i < 50; i++)
            speed.AddOutput(At(i), 1 + (i % 8), 0.05 - (0.005 * (i % 8)));
        Assert.Equal(speed.OutputSecondsPerToken(1, 0.02), speed.OutputSecondsPerToken(8, 0.02), 12);
    }

    [Fact]
    public void Percentiles_of_the_first_token_are_of_its_expectation()
    {
        FirstTokenHistogram history = new();
        for (int i = 0; i < 95; i++)
            history.Add(1.0, 1.0);
        for (int i = 0; i < 5; i++)
            history.Add(8.0, 1.0);
        Assert.InRange(history.Ratio(0.5), 1.0, 1.2);
        Assert.InRange(history.Ratio(0.99), 8.0, 9.6);
        history.Add(double.NaN, 1);
        history.Add(0, 1);
        history.Add(1, 0);
        Assert.Equal(100, history.Count);
        for (int i = 0; i < 10_000; i++)
            history.Add(1e9, 1e-9);
        Assert.True(history.Count < 2048);
        Assert.Equal(32, history.Ratio(1));
    }

    [Fact]
    public void A_hedge_goes_after_the_percentile_and_never_without_history()
    {
        BudgetOptions on = new() { HedgingEnabled = true };
        FirstTokenHistogram history = new();
        Assert.Null(HedgePolicy.Delay(on, history, 1));
        for (int i = 0; i < 100; i++)
            history.Add(2.0, 1.0);
        Assert.InRange(HedgePolicy.Delay(on, history, 1)!.Value.TotalSeconds, 2, 2.4);
        Assert.Equal(on.HedgeDelayMin, HedgePolicy.Delay(on, history, 1e-6));
        Assert.Null(HedgePolicy.Delay(new BudgetOptions(), history, 1));
    }

    [Fact]
    public void A_budget_is_a_share_of_the_work_with_a_bound()
    {
        TokenBudget budget = new(share: 0.1, savedMax: 3, initial: 10);
        int granted = 0;
        for (int i = 0; i < 1000; i++)
        {
            budget.PayIn();
            while (budget.TryTake())
                granted++;
        }

        Assert.InRange(granted, 102, 103);
        for (int i = 0; i < 1000; i++)
            budget.PayIn();
        Assert.Equal(3, budget.Saved);
    }

    [Theory]
    [InlineData(0, FailureKind.Engine, 5, true)]
    [InlineData(1, null, 5, true)]
    [InlineData(2, FailureKind.Engine, 5, false)]
    [InlineData(0, FailureKind.BadRequest, 5, false)]
    [InlineData(0, FailureKind.Engine, 0.05, false)]
    public void A_job_is_tried_again_only_where_that_can_help(int retries, FailureKind? failure, double left, bool may)
        => Assert.Equal(may, RetryPolicy.MayRetry(2, retries, failure, At(left)));
}
