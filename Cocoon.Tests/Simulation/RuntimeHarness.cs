using Cocoon.Actors.Runtime;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Scheduling;

namespace Cocoon.Tests.Simulation;

/// <summary>One actor system, under the simulator or on real threads, so that a test says the same about both.</summary>
public sealed class RuntimeHarness : IActorEvents, IDisposable
{
    private readonly WorldLoop? loop;
    private readonly ThreadPoolScheduler? threads;
    private readonly Lock gate = new();
    private readonly List<(string Path, Exception Failure, TimeSpan? RestartAfter)> failures = [];

    public RuntimeHarness(bool simulated, ulong seed = 1)
    {
        if (simulated)
        {
            loop = new WorldLoop(new SeededRandom(seed, 1), new Trail(16));
            Simulated = new SimulatedScheduler(loop, 0, new NodeClock(0, 0));
        }
        else
        {
            threads = new ThreadPoolScheduler();
        }

        System = new ActorSystem("test", Simulated ?? (Scheduler)threads!, new SeededRandom(seed, 2), this);
    }

    public ActorSystem System { get; }

    internal SimulatedScheduler? Simulated { get; }

    internal WorldLoop Loop => loop!;

    public int Dropped { get; private set; }

    public IReadOnlyList<(string Path, Exception Failure, TimeSpan? RestartAfter)> Failures
    {
        get
        {
            lock (gate)
                return [.. failures];
        }
    }

    /// <summary>Waits, in the system's own time, until <paramref name="condition"/> holds.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        if (loop is not null)
        {
            if (!condition())
                loop.RunUntil(loop.Now + TimeSpan.FromMinutes(10), () => !condition());
            Assert.True(condition(), "the simulated system came to a halt before the condition held");
            return;
        }

        await Waiting.UntilAsync(condition);
    }

    /// <summary>Lets time pass.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        if (loop is not null)
            loop.RunUntil(loop.Now + time, () => true);
        else
            await Task.Delay(time, TestContext.Current.CancellationToken);
    }

    public void Dispose() => threads?.Dispose();

    void IActorEvents.Failed(ActorRef actor, Exception failure, TimeSpan? restartAfter)
    {
        lock (gate)
            failures.Add((actor.Path, failure, restartAfter));
    }

    void IActorEvents.Dropped(ActorRef actor, int count)
    {
        lock (gate)
            Dropped += count;
    }
}

/// <summary>An actor whose behaviour is given by a test.</summary>
public sealed class Puppet(Action<Puppet, string> receive) : Actor<string>
{
    public Action<Puppet>? Starting { get; init; }

    public Action<Puppet>? Ending { get; init; }

    public Action<Puppet, Terminated>? Told { get; init; }

    public new ActorRef<string> Self => base.Self;

    public new TimeSpan Now => base.Now;

    public new ActorTimer StartTimer(TimeSpan delay, string message) => base.StartTimer(delay, message);

    public new ActorTimer StartPeriodicTimer(TimeSpan period, string message) => base.StartPeriodicTimer(period, message);

    public new void Run(Func<CancellationToken, ValueTask> work) => base.Run(work);

    public new void Watch(ActorRef actor) => base.Watch(actor);

    public new ActorRef<TChild> Spawn<TChild>(string name, Func<Actor<TChild>> create, SpawnOptions? options = null)
        => base.Spawn(name, create, options);

    protected override void Receive(string message) => receive(this, message);

    protected override void OnStart() => Starting?.Invoke(this);

    protected override void OnStop() => Ending?.Invoke(this);

    protected override void OnTerminated(Terminated terminated) => Told?.Invoke(this, terminated);
}
