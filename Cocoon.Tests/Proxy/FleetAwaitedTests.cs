using Cocoon.Actors.Proxy;
using Cocoon.Actors.Routing;

namespace Cocoon.Tests.Proxy;

/// <summary>Jobs for a model whose workers are gone for a moment wait for them; for one that nobody serves they are refused.</summary>
public class FleetAwaitedTests
{
    private static readonly FleetOptions Awaiting = FleetHarness.Settled with
    {
        AwaitWorker = TimeSpan.FromSeconds(40),
        Queue = new QueueOptions { WaitMax = TimeSpan.FromHours(1) },
    };
    private readonly FleetHarness fleet = new(Awaiting);

    [Fact]
    public void A_job_waits_for_the_worker_that_just_left()
    {
        FleetHarness.Link link = fleet.Connect(1);
        fleet.Tell(new WorkerGone(link.Id));
        long job = fleet.Ask();
        fleet.Pass(TimeSpan.FromSeconds(5));
        Assert.True(fleet.Waits(job));
        fleet.Connect(1);
        Assert.Equal(FleetHarness.Key(1), fleet.AssignedTo(job).Worker);
        Assert.Equal([FleetHarness.Model], fleet.Fleet.KnownModels);
    }

    [Fact]
    public void A_restarted_node_awaits_what_it_served_before()
    {
        Assert.Equal(RefusalReason.UnknownModel, fleet.Refuse().Reason);
        fleet.Fleet.Await(FleetHarness.Model, fleet.Now);
        long job = fleet.Ask();
        Assert.True(fleet.Waits(job));
        Assert.Equal(RefusalReason.UnknownModel, fleet.Refuse(FleetHarness.Needs() with { Model = "another" }).Reason);
        fleet.Connect(3);
        fleet.AssignedTo(job);
    }

    [Fact]
    public void The_wait_ends_with_the_deadline_the_queues_patience_and_the_hope()
    {
        FleetHarness impatient = new(Awaiting with { Queue = new QueueOptions { WaitMax = TimeSpan.FromSeconds(20) } });
        impatient.Fleet.Await(FleetHarness.Model, impatient.Now);
        long brief = impatient.Ask(seconds: 10);
        long patient = impatient.Ask(seconds: 60);
        impatient.Pass(TimeSpan.FromSeconds(11));
        Assert.Equal(RefusalReason.Expired, Assert.IsType<Refused>(impatient.Answers[brief]).Reason);
        Assert.True(impatient.Waits(patient));
        impatient.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal(RefusalReason.Expired, Assert.IsType<Refused>(impatient.Answers[patient]).Reason);

        fleet.Fleet.Await(FleetHarness.Model, fleet.Now);
        long hopeful = fleet.Ask(seconds: 60);
        fleet.Pass(TimeSpan.FromSeconds(41));
        Assert.Equal(RefusalReason.UnknownModel, Assert.IsType<Refused>(fleet.Answers[hopeful]).Reason);
        Assert.Empty(fleet.Fleet.KnownModels);
        Assert.Null(fleet.Fleet.NextTick);
    }

    [Fact]
    public void A_draining_workers_model_is_awaited_too()
    {
        FleetHarness.Link link = fleet.Connect(1, slots: 1);
        Assigned running = fleet.Assign();
        fleet.Tell(new WorkerDraining(link.Id));
        long job = fleet.Ask();
        Assert.True(fleet.Waits(job));
        fleet.Complete(running);
        fleet.Tell(new WorkerGone(link.Id));
        Assert.True(fleet.Waits(job));
        fleet.Connect(1);
        fleet.AssignedTo(job);
    }

    /// <summary>Which of two connections of one key is the dead one shows only when the other side uses it: the older is ended, and told so.</summary>
    [Fact]
    public void A_worker_that_connects_twice_is_told_on_its_older_connection()
    {
        FleetHarness.Link living = fleet.Connect(1, slots: 2);
        FleetHarness.Link late = fleet.Connect(1, slots: 0);
        Assert.True(living.IsReplaced);
        Assert.False(late.IsReplaced);
        fleet.Tell(new WorkerGone(living.Id));
        FleetHarness.Link again = fleet.Connect(1, slots: 2);
        Assert.True(late.IsReplaced);
        fleet.Tell(new WorkerGone(late.Id));
        Assert.Equal(again.Id, fleet.Assign().Link);
    }

    [Fact]
    public void A_worker_that_left_with_jobs_and_is_back_may_have_what_it_lost()
    {
        FleetHarness.Link link = fleet.Connect(1, slots: 2);
        fleet.Assign();
        fleet.Tell(new WorkerGone(link.Id));
        long retry = fleet.Ask(kind: AttemptKind.Retry);
        Assert.True(fleet.Waits(retry));
        fleet.Connect(1, slots: 2);
        fleet.AssignedTo(retry);
    }
}
