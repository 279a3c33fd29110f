using Cocoon.Actors.Proxy;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Simulation;

namespace Cocoon.Tests.Proxy;

/// <summary>The actor around the fleet: its timer, and the deaths it watches.</summary>
public sealed class FleetActorTests : IDisposable
{
    private readonly RuntimeHarness harness = new(simulated: true);
    private readonly ActorRef<FleetMessage> fleet;
    private readonly List<AcquireAnswer> answers = [];

    public FleetActorTests() => fleet = harness.System.Spawn("fleet", () => new FleetActor(), new SpawnOptions(Restart: RestartPolicy.Never));

    public void Dispose() => harness.Dispose();

    [Fact]
    public async Task A_job_actor_that_stops_releases_what_it_holds_and_what_it_waits_for()
    {
        Connect(slots: 1);
        ActorRef<string> first = await JobAsync();
        ActorRef<string> second = await JobAsync();
        ActorRef<string> third = await JobAsync();
        await harness.UntilAsync(() => answers.Count == 1);
        Assert.Equal(first.Id, Assert.IsType<Assigned>(answers[0]).Request.Job);
        second.Stop();
        await harness.UntilAsync(() => answers.Count == 2);
        Assert.Equal(RefusalReason.Cancelled, Assert.IsType<Refused>(answers[1]).Reason);
        first.Stop();
        await harness.PassAsync(TimeSpan.FromSeconds(1));
        // Not known whether the job was sent: the slot is counted anew with the worker.
        fleet.Tell(new SlotsGranted(new WorkerLinkId(1), 2, 1));
        await harness.UntilAsync(() => answers.Count == 3);
        Assert.Equal(third.Id, Assert.IsType<Assigned>(answers[2]).Request.Job);
    }

    [Fact]
    public async Task A_job_that_fails_releases_as_well()
    {
        Connect(slots: 1);
        ActorRef<string> job = await JobAsync();
        await harness.UntilAsync(() => answers.Count == 1);
        job.Tell("fail");
        await harness.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(0, (await ViewAsync()).Counts.InFlight);
    }

    [Fact]
    public async Task A_connection_actor_that_stops_is_a_worker_gone()
    {
        ActorRef<string> link = Connect(slots: 3);
        await JobAsync();
        await harness.UntilAsync(() => answers.Count == 1);
        link.Stop();
        await harness.PassAsync(TimeSpan.FromSeconds(1));
        FleetView view = await ViewAsync();
        Assert.Empty(view.Workers);
        Assert.Equal(0, view.Counts.InFlight);
    }

    [Fact]
    public async Task The_timer_tells_those_that_wait_at_their_deadline()
    {
        Connect(slots: 1);
        await JobAsync();
        await JobAsync(seconds: 20);
        await JobAsync(seconds: 3);
        await harness.PassAsync(TimeSpan.FromSeconds(2.98));
        Assert.Single(answers);
        await harness.PassAsync(TimeSpan.FromSeconds(0.02));
        Assert.Equal(RefusalReason.Expired, Assert.IsType<Refused>(answers[1]).Reason);
        await harness.PassAsync(TimeSpan.FromSeconds(17));
        Assert.Equal(RefusalReason.Expired, Assert.IsType<Refused>(answers[2]).Reason);
    }

    [Fact]
    public async Task Asks_are_answered_with_terms_when_wanted()
    {
        Connect(slots: 1);
        AcquireAnswer answer = await AskAsync(to => new AcquireWorker(
            new RequestId(77, 1), FleetHarness.Needs(), TimeSpan.FromSeconds(5), to, Explain: true));
        Assert.Equal(1, Assert.Single(Assert.IsType<Assigned>(answer).Decision!.Candidates).Share);
        Assert.Null(await AskAsync<Cocoon.Actors.Routing.RoutingDecision?>(to => new DescribeRoute(FleetHarness.Needs() with { Model = "none" }, to)));
    }

    [Fact]
    public async Task An_idle_fleet_sets_no_timer()
    {
        ActorRef<string> link = Connect(slots: 1);
        link.Stop();
        await harness.PassAsync(TimeSpan.FromMinutes(6));
        long steps = harness.Loop.Step;
        await harness.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal(steps, harness.Loop.Step);
    }

    private ActorRef<string> Connect(int slots)
    {
        ActorRef<string> link = harness.System.Spawn("link", () => new Idle());
        WorkerLinkId id = new(1);
        fleet.Tell(new WorkerConnected(id, new Sink(), FleetHarness.Key(1), FleetHarness.Key(2), Actor: link));
        fleet.Tell(new WorkerOffered(id, Tier.Open, [new ServedModel(FleetHarness.Model, 8192, slots)]));
        fleet.Tell(new SlotsGranted(id, 1, slots));
        return link;
    }

    /// <summary>A job's actor whose question has arrived: the simulator keeps no order between actors.</summary>
    private async Task<ActorRef<string>> JobAsync(double seconds = 60)
    {
        await harness.PassAsync(TimeSpan.FromMilliseconds(1));
        ActorRef<string> job = harness.System.Spawn(
            "job", () => new Asking(fleet, TimeSpan.FromSeconds(seconds), answers), new SpawnOptions(Restart: RestartPolicy.Never));
        await harness.PassAsync(TimeSpan.FromMilliseconds(1));
        return job;
    }

    private Task<FleetView> ViewAsync() => AskAsync<FleetView>(to => new DescribeFleet(to));

    private Task<AcquireAnswer> AskAsync(Func<ReplyTo<AcquireAnswer>, FleetMessage> question) => AskAsync<AcquireAnswer>(question);

    private async Task<T> AskAsync<T>(Func<ReplyTo<T>, FleetMessage> question)
    {
        FleetHarness.Catcher<T> catcher = new();
        bool answered = false;
        fleet.Tell(question(new ReplyTo<T>(catcher, 1)));
        await harness.UntilAsync(() => answered || (answered = catcher.Replied));
        return catcher.Value!;
    }

    private sealed class Idle : Actor<string>
    {
        protected override void Receive(string message)
        {
        }
    }

    private sealed class Sink : IWorkerLink
    {
        public void ReturnSlots(long sequence, int slots)
        {
        }

        public void EndReplaced()
        {
        }
    }

    private sealed class Asking(ActorRef<FleetMessage> fleet, TimeSpan timeLeft, List<AcquireAnswer> answers) : Actor<string>, IReplySink<AcquireAnswer>
    {
        public void Reply(long ticket, AcquireAnswer reply) => answers.Add(reply);

        protected override void OnStart()
            => fleet.Tell(new AcquireWorker(
                new RequestId(Self.Id, 1), FleetHarness.Needs(), timeLeft, new ReplyTo<AcquireAnswer>(this, 1), Actor: Self));

        protected override void Receive(string message) => throw new InvalidOperationException(message);
    }
}
