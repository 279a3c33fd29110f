using Cocoon.Actors.Proxy;
using Cocoon.Protocol.V1;

namespace Cocoon.Tests.Proxy;

public class FleetTests
{
    private readonly FleetHarness fleet = new();

    [Fact]
    public void A_job_goes_where_a_slot_is_held_and_its_end_makes_room_for_the_next()
    {
        fleet.Connect(1, slots: 1);
        Assigned first = fleet.Assign();
        Assert.Equal(FleetHarness.Key(1), first.Worker);
        Assert.Equal(1000, first.Coefficient);
        Assert.Equal(1, first.SlotSequence);
        Assert.True(first.ExpectedFirstToken > TimeSpan.Zero && first.ExpectedTotal > first.ExpectedFirstToken);

        long second = fleet.Ask();
        Assert.True(fleet.Waits(second));
        fleet.Complete(first);
        Assert.NotEqual(first.Token, fleet.AssignedTo(second).Token);
    }

    [Fact]
    public void A_second_release_does_nothing()
    {
        fleet.Connect(1, slots: 2);
        Assigned one = fleet.Assign();
        Assigned two = fleet.Assign();
        fleet.Tell(new ReleaseAttempt(one.Token, FleetHarness.Completed()));
        fleet.Tell(new ReleaseAttempt(one.Token, FleetHarness.Completed()));
        WorkerView worker = fleet.View().Workers[0];
        Assert.Equal(1, worker.InFlight);
        Assert.Equal(1, worker.Completed);
        fleet.Tell(new ReleaseAttempt(two.Token, new AttemptLost()));
        Assert.Equal(0, fleet.View().Workers[0].InFlight);
        Assert.Equal(1, fleet.View().Counts.LateReleases);
    }

    [Fact]
    public void A_release_after_the_worker_is_gone_does_nothing_and_its_return_starts_from_zero()
    {
        FleetHarness.Link link = fleet.Connect(1, slots: 10);
        List<Assigned> running = [.. Enumerable.Range(0, 10).Select(_ => fleet.Assign())];
        fleet.Tell(new WorkerGone(link.Id));
        Assert.Equal(0, fleet.View().Counts.InFlight);
        fleet.Connect(1, slots: 10);
        foreach (Assigned lost in running)
            fleet.Tell(new ReleaseAttempt(lost.Token, new AttemptLost()));
        WorkerView back = fleet.View().Workers[0];
        Assert.Equal(0, back.InFlight);
        Assert.Equal(10, back.SlotsHeld);
        Assert.True(back.Success < 0.75, "losing ten jobs is remembered over the reconnect");
    }

    [Fact]
    public void A_newer_connection_of_the_same_worker_replaces_the_older()
    {
        FleetHarness.Link old = fleet.Connect(1, slots: 3);
        fleet.Assign();
        FleetHarness.Link renewed = fleet.Connect(1, slots: 3);
        WorkerView only = Assert.Single(fleet.View().Workers);
        Assert.Equal(renewed.Id, only.Link);
        Assert.Equal(0, only.InFlight);
        fleet.Tell(new WorkerGone(old.Id));
        Assert.Single(fleet.View().Workers);
    }

    [Fact]
    public void Busy_is_no_failure_the_worker_rests_and_slots_are_counted_anew()
    {
        FleetHarness.Link link = fleet.Connect(1, slots: 3);
        Assigned job = fleet.Assign();
        fleet.Tell(new ReleaseAttempt(job.Token, new AttemptBusy(8, 8)));
        WorkerView worker = fleet.View().Workers[0];
        Assert.Equal(0, worker.Failed);
        Assert.Equal([3], link.Returned);
        Assert.Equal(0, link.Unused);
        fleet.Grant(link, 3);
        long waits = fleet.Ask();
        Assert.True(fleet.Waits(waits), "it rests");
        fleet.Pass(TimeSpan.FromMilliseconds(101));
        fleet.AssignedTo(waits);
    }

    [Fact]
    public void Unused_slots_are_given_back_when_the_worker_asks_for_another_node()
    {
        FleetHarness.Link link = fleet.Connect(1, slots: 4);
        fleet.Assign();
        fleet.Tell(new SlotsReclaimed(link.Id, 2));
        Assert.Equal([2], link.Returned);
        fleet.Assign();
        Assert.True(fleet.Waits(fleet.Ask()));
        fleet.Tell(new SlotsReclaimed(link.Id, 2));
        Assert.Equal([2], link.Returned);
    }

    [Fact]
    public void A_load_report_older_than_the_slots_granted_does_not_make_a_worker_look_busy()
    {
        FleetHarness.Link link = fleet.Connect(1, slots: 4);
        fleet.Tell(new LoadReported(link.Id, 4, 4));
        Assert.Equal(0, fleet.View().Workers[0].Running);
        fleet.Tell(new SlotsReclaimed(link.Id, 3));
        Assert.Equal(3, fleet.View().Workers[0].Running);
        fleet.Assign();
        Assert.Equal(4, fleet.View().Workers[0].Running);
    }

    [Fact]
    public void A_job_that_was_never_sent_gives_its_slot_to_the_next()
    {
        FleetHarness.Link link = fleet.Connect(1, slots: 1);
        Assigned job = fleet.Assign();
        link.Unused++;
        fleet.Tell(new ReleaseAttempt(job.Token, new AttemptCancelled(Dispatch.Never)));
        fleet.Assign();
        Assert.Empty(link.Returned);
    }

    [Fact]
    public void Cancelling_takes_a_waiting_job_out_or_releases_what_it_was_assigned()
    {
        FleetHarness.Link link = fleet.Connect(1, slots: 1);
        RequestId running = new(500, 1);
        RequestId waiting = new(501, 1);
        fleet.Ask(request: running);
        long ticket = fleet.Ask(request: waiting);
        fleet.Tell(new CancelAcquire(waiting));
        Assert.Equal(RefusalReason.Cancelled, Assert.IsType<Refused>(fleet.Answers[ticket]).Reason);
        fleet.Tell(new CancelAcquire(running));
        Assert.Equal(0, fleet.View().Counts.InFlight);
        Assert.Equal([1], link.Returned);
        fleet.Tell(new CancelAcquire(running));
        fleet.Tell(new CancelAcquire(new RequestId(999, 1)));
    }

    [Fact]
    public void What_nobody_releases_is_taken_back()
    {
        fleet.Connect(1, slots: 1);
        fleet.Ask(seconds: 10);
        fleet.Pass(TimeSpan.FromSeconds(39));
        Assert.Equal(1, fleet.View().Counts.InFlight);
        fleet.Pass(TimeSpan.FromSeconds(2));
        FleetCounts counts = fleet.View().Counts;
        Assert.Equal(0, counts.InFlight);
        Assert.Equal(1, counts.Reclaimed);
    }

    [Fact]
    public void The_same_asking_twice_is_refused_and_the_first_stands()
    {
        fleet.Connect(1, slots: 2);
        RequestId request = new(1, 1);
        fleet.Ask(request: request);
        Assert.Equal(RefusalReason.BadRequest, Assert.IsType<Refused>(fleet.Answers[fleet.Ask(request: request)]).Reason);
        Assert.Equal(RefusalReason.BadRequest, Assert.IsType<Refused>(fleet.Answers[fleet.Ask(request: new RequestId(2, 17))]).Reason);
        Assert.Equal(1, fleet.View().Counts.InFlight);
    }

    [Fact]
    public void A_draining_worker_gets_nothing_new_and_a_draining_node_takes_nothing_new()
    {
        FleetHarness.Link link = fleet.Connect(1, slots: 2);
        Assigned running = fleet.Assign();
        fleet.Tell(new WorkerDraining(link.Id));
        Assert.Equal(RefusalReason.NoWorker, fleet.Refuse().Reason);
        Assert.Equal(1, fleet.View().Workers[0].InFlight);
        fleet.Complete(running);

        fleet.Connect(2, slots: 1);
        fleet.Assign();
        long waits = fleet.Ask();
        fleet.Tell(new DrainFleet());
        Assert.Equal(RefusalReason.Draining, Assert.IsType<Refused>(fleet.Answers[waits]).Reason);
        Assert.Equal(RefusalReason.Draining, fleet.Refuse().Reason);
    }

    [Fact]
    public void Hostile_numbers_do_no_harm()
    {
        FleetHarness.Link link = fleet.Connect(1, slots: 1);
        fleet.Tell(new SlotsGranted(link.Id, 2, int.MaxValue));
        fleet.Tell(new SlotsGranted(link.Id, 3, int.MaxValue));
        fleet.Tell(new SlotsGranted(link.Id, 4, -5));
        fleet.Tell(new LoadReported(link.Id, int.MinValue, int.MinValue));
        fleet.Tell(new WorkerOffered(link.Id, Tier.Open, [.. Enumerable.Range(0, 500).Select(i => new ServedModel($"m{i}", -1, -1, int.MinValue))]));
        Assert.Equal(64, fleet.View().Models.Count);
        fleet.Tell(new SlotsReclaimed(link.Id, int.MaxValue));
        Assert.Equal(0, fleet.View().Workers[0].SlotsHeld);
        fleet.Tell(new WorkerGone(link.Id));
        Assert.Empty(fleet.View().Models);
    }

    [Fact]
    public void Records_of_departed_workers_are_bounded()
    {
        FleetHarness small = new(FleetHarness.Settled with { DepartedMax = 3 });
        for (int i = 0; i < 50; i++)
        {
            FleetHarness.Link link = small.Connect(i);
            small.Tell(new WorkerGone(link.Id));
        }

        small.Connect(100);
        Assert.InRange(small.View().Workers[0].Machine, 0, 3);
    }

    [Fact]
    public void A_reference_price_moves_those_that_follow_it()
    {
        FleetHarness.Link link = fleet.Connect(1, coefficient: 0);
        fleet.Connect(2, coefficient: 1500);
        fleet.Tell(new ReferencePriceChanged(FleetHarness.Model, 1200));
        Assert.Equal([1200, 1500], fleet.View().Workers.Select(worker => worker.Models[0].Coefficient));
        fleet.Tell(new WorkerGone(link.Id));
        fleet.Connect(1, coefficient: 0);
        Refused refused = fleet.Refuse(FleetHarness.Needs() with { CoefficientCap = 1100 });
        Assert.Equal(RefusalReason.PriceCap, refused.Reason);
        Assert.Equal(1200, refused.WouldRunAt);
    }
}
