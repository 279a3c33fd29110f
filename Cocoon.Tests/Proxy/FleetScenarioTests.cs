using Cocoon.Actors.Proxy;
using Cocoon.Actors.Routing;

namespace Cocoon.Tests.Proxy;

/// <summary>What the public reference and other routers get wrong, played out.</summary>
public class FleetScenarioTests
{
    private static readonly FleetOptions NoBreaker = new()
    {
        Breaker = new BreakerOptions { ConsecutiveFailures = int.MaxValue, WindowOutcomesMin = int.MaxValue },
    };

    [Fact]
    public void A_worker_that_vanishes_with_ten_jobs_costs_no_count_and_its_share_goes_to_others()
    {
        FleetScenario world = new();
        PlayedWorker lost = world.Add(1, slots: 10);
        world.Arrive(perSecond: 100, seconds: 0.5);
        world.Run(0.5);
        Assert.Equal(10, lost.Running);
        world.Add(2, slots: 50);
        world.Vanish(lost);
        world.Run(200);
        FleetView view = world.Fleet.View();
        Assert.Equal(0, view.Counts.InFlight);
        Assert.Equal(50, Assert.Single(view.Workers).SlotsHeld);
        Assert.True(world.Succeeded > 30);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_worker_that_errs_instantly_loses_traffic(bool breaker)
    {
        FleetScenario world = new(breaker ? new FleetOptions() : NoBreaker);
        PlayedWorker[] workers = [.. Enumerable.Range(1, 8).Select(i => world.Add(i))];
        workers[3].FailsPerThousand = 1000;
        world.Arrive(perSecond: 8, seconds: 300);
        world.Run(500);
        int all = workers.Sum(worker => worker.Dispatched);
        // A fair share is an eighth; the reference's rule gives such a worker half of everything.
        Assert.InRange(workers[3].Dispatched, 1, all / (breaker ? 40 : 16));
        Assert.True(world.Succeeded > 0.999 * (world.Succeeded + world.Failed), $"{world.Failed} of {world.Succeeded + world.Failed} failed");
    }

    [Fact]
    public void A_worker_that_fails_half_the_time_loses_traffic_too()
    {
        FleetScenario world = new();
        PlayedWorker[] workers = [.. Enumerable.Range(1, 8).Select(i => world.Add(i))];
        workers[0].FailsPerThousand = 500;
        world.Arrive(perSecond: 8, seconds: 300);
        world.Run(500);
        Assert.InRange(workers[0].Dispatched, 1, workers.Sum(worker => worker.Dispatched) / 16);
    }

    [Fact]
    public void At_low_volume_all_equal_workers_get_work_not_the_oldest_alone()
    {
        FleetScenario world = new();
        PlayedWorker[] workers = [.. Enumerable.Range(1, 8).Select(i => world.Add(i))];
        world.Arrive(perSecond: 0.1, seconds: 4000);
        world.Run(4200);
        int all = workers.Sum(worker => worker.Dispatched);
        Assert.All(workers, worker => Assert.InRange(worker.Dispatched, all / 32, all / 4));
    }

    [Fact]
    public void A_straggler_gets_less_and_a_fast_worker_more()
    {
        FleetScenario world = new();
        PlayedWorker[] workers = [.. Enumerable.Range(1, 6).Select(i => world.Add(i))];
        workers[0].SecondsPerToken = 0.13;
        workers[5].SecondsPerToken = 0.005;
        world.Arrive(perSecond: 5, seconds: 400);
        world.Run(600);
        Assert.True(workers[0].Dispatched * 4 < workers[2].Dispatched, $"{workers[0].Dispatched} against {workers[2].Dispatched}");
        Assert.True(workers[5].Dispatched > workers[2].Dispatched);
    }

    [Fact]
    public void A_worker_that_hangs_loses_traffic_before_its_jobs_time_out()
    {
        FleetScenario world = new();
        PlayedWorker[] workers = [.. Enumerable.Range(1, 4).Select(i => world.Add(i, slots: 32))];
        workers[1].Hangs = true;
        world.Arrive(perSecond: 4, seconds: 29);
        world.Run(29);
        // Without a look at what is overdue it would fill its 28 cold slots.
        Assert.InRange(workers[1].Dispatched, 1, 20);
    }

    [Fact]
    public void A_worker_that_recovers_gets_traffic_again()
    {
        FleetScenario world = new();
        PlayedWorker[] workers = [.. Enumerable.Range(1, 4).Select(i => world.Add(i))];
        workers[2].FailsPerThousand = 1000;
        world.Arrive(perSecond: 5, seconds: 900);
        world.Run(200);
        workers[2].FailsPerThousand = 0;
        world.Run(300);
        int before = workers[2].Dispatched;
        int othersBefore = workers[0].Dispatched;
        world.Run(400);
        Assert.True(workers[2].Dispatched - before > (workers[0].Dispatched - othersBefore) / 2);
    }

    [Fact]
    public void A_small_account_is_served_beside_one_that_floods()
    {
        FleetScenario world = new(new FleetOptions { Queue = new QueueOptions { WaitMax = TimeSpan.FromHours(1) } });
        world.Add(1, slots: 4);
        world.Add(2, slots: 4);
        world.Arrive(perSecond: 20, seconds: 120, account: 1, deadline: 600);
        world.Arrive(perSecond: 0.2, seconds: 120, account: 2, deadline: 600);
        world.Run(900);
        Assert.True(world.Waits[1].Max() > 30, "the flood waits behind itself");
        Assert.True(world.Waits[2].Max() < 3, $"the small account waited {world.Waits[2].Max():0.0} s");
        Assert.True(world.Waits[2].Count > 10);
    }

    [Fact]
    public void A_newcomer_starts_slowly_and_splitting_it_does_not_help()
    {
        foreach (int pieces in new[] { 1, 8 })
        {
            FleetScenario world = new();
            for (int i = 1; i <= 4; i++)
                world.Add(i);
            world.Run(100);
            PlayedWorker[] newcomer = [.. Enumerable.Range(0, pieces).Select(i => world.Add(100 + i, slots: 32, 0.001, machine: 99))];
            world.Arrive(perSecond: 40, seconds: 60);
            int most = 0;
            int done = 0;
            for (int step = 0; step < 6_000 && done < 20; step++)
            {
                world.Run(0.01);
                done = newcomer.Sum(piece => piece.Dispatched - piece.Running);
                most = done < 20 ? Math.Max(most, newcomer.Sum(piece => piece.Running)) : most;
            }

            Assert.Equal((2, true), (most, done >= 20));
            world.Run(60);
            Assert.True(newcomer.Sum(piece => piece.Dispatched) > 300, "then it gets what its speed earns");
        }
    }

    [Fact]
    public void Ejection_never_takes_more_than_its_share_of_a_model()
    {
        FleetScenario world = new();
        PlayedWorker[] workers = [.. Enumerable.Range(1, 6).Select(i => world.Add(i))];
        foreach (PlayedWorker worker in workers)
            worker.FailsPerThousand = 1000;
        world.Arrive(perSecond: 10, seconds: 60);
        for (int i = 0; i < 60; i++)
        {
            world.Run(1);
            Assert.InRange(world.Fleet.View().Workers.Count(worker => worker.Breaker != BreakerState.Closed), 0, 3);
        }

        Assert.Equal(3, world.Fleet.View().Workers.Count(worker => worker.Breaker != BreakerState.Closed));
        Assert.True(world.Fleet.View().Counts.EjectionsWithheld > 0);
    }

    [Fact]
    public void The_same_seed_plays_the_same()
    {
        int[] first = Play();
        Assert.Equal(first, Play());

        static int[] Play()
        {
            FleetScenario world = new();
            PlayedWorker[] workers = [.. Enumerable.Range(1, 5).Select(i => world.Add(i, slots: 2))];
            workers[0].FailsPerThousand = 300;
            world.Arrive(perSecond: 6, seconds: 60);
            world.Run(100);
            return [.. workers.Select(worker => worker.Dispatched), world.Succeeded, world.Failed];
        }
    }
}
