using Cocoon.Actors.Routing;

namespace Cocoon.Tests.Routing;

public class BreakerTests
{
    private readonly Breaker breaker = new(new BreakerOptions());

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(1000 + seconds);

    [Fact]
    public void Failures_in_a_row_open_it()
    {
        for (int i = 0; i < 4; i++)
            Assert.False(breaker.Failed(At(0), probe: false));
        breaker.Succeeded(At(0), probe: false);
        for (int i = 0; i < 4; i++)
            Assert.False(breaker.Failed(At(0), probe: false));
        Assert.True(breaker.Failed(At(0), probe: false));
        Assert.Equal(BreakerState.Closed, breaker.State(At(0)));
    }

    [Fact]
    public void Every_second_job_failing_opens_it_by_the_rate()
    {
        int failed = 0;
        for (int i = 0; i < 40; i++)
        {
            breaker.Succeeded(At(i * 0.5), probe: false);
            failed++;
            if (breaker.Failed(At(i * 0.5), probe: false))
                break;
        }

        Assert.Equal(10, failed);
    }

    [Fact]
    public void Old_outcomes_leave_the_window()
    {
        for (int i = 0; i < 30; i++)
        {
            breaker.Succeeded(At(i * 10), probe: false);
            Assert.False(breaker.Failed(At(i * 10), probe: false));
        }
    }

    [Fact]
    public void One_probe_at_a_time_and_the_wait_doubles_up_to_its_bound()
    {
        double now = 0;
        breaker.Open(At(now));
        foreach (double wait in new[] { 5, 10, 20, 40, 60, 60.0 })
        {
            Assert.Equal(BreakerState.Open, breaker.State(At(now + wait - 0.001)));
            now += wait;
            Assert.Equal(BreakerState.HalfOpen, breaker.State(At(now)));
            Assert.True(breaker.Sent(At(now)));
            Assert.Equal(BreakerState.Probing, breaker.State(At(now)));
            Assert.False(breaker.Sent(At(now)));
            breaker.Failed(At(now), probe: true);
        }
    }

    [Fact]
    public void A_probe_that_succeeds_closes_it_and_one_without_outcome_may_be_repeated()
    {
        breaker.Open(At(0));
        Assert.True(breaker.Sent(At(5)));
        breaker.ProbeVoid();
        Assert.Equal(BreakerState.HalfOpen, breaker.State(At(5)));
        Assert.True(breaker.Sent(At(5)));
        breaker.Succeeded(At(6), probe: false);
        Assert.Equal(BreakerState.Probing, breaker.State(At(6)));
        breaker.Succeeded(At(6), probe: true);
        Assert.Equal(BreakerState.Closed, breaker.State(At(6)));
    }

    [Fact]
    public void Good_behaviour_is_forgiven()
    {
        breaker.Open(At(0));
        breaker.Sent(At(5));
        breaker.Succeeded(At(5), probe: true);
        breaker.Open(At(10));
        Assert.Equal(At(20), breaker.ProbeAt);
        breaker.Sent(At(20));
        breaker.Succeeded(At(20), probe: true);
        breaker.Open(At(400));
        Assert.Equal(At(405), breaker.ProbeAt);
    }

    [Fact]
    public void The_cap_counts_machines_not_workers()
    {
        Candidate[] fleet = Candidates.Many(4);
        Assert.True(EjectionCap.Allows(fleet, 0, 0.5));
        fleet[1].Ejected = true;
        Assert.True(EjectionCap.Allows(fleet, 0, 0.5));
        fleet[2].ProbeDue = true;
        Assert.False(EjectionCap.Allows(fleet, 0, 0.5));
        fleet[2].Machine = fleet[1].Machine;
        Assert.False(EjectionCap.Allows(fleet, 0, 0.5));
        Assert.True(EjectionCap.Allows([.. fleet, Candidates.One(9)], 0, 0.5));
        Assert.False(EjectionCap.Allows(Candidates.Many(1), 0, 0.5));
    }
}
