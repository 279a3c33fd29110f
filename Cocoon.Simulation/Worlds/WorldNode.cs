using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Scheduling;
using Cocoon.Simulation.Storage;

namespace Cocoon.Simulation.Worlds;

/// <summary>What one life of a node runs on. A crash ends it; the next life gets new ones.</summary>
/// <param name="Scheduler">Its turns, timers and clocks.</param>
/// <param name="System">Its actors.</param>
/// <param name="Database">Its way to the shared database.</param>
/// <param name="Transport">Its network.</param>
internal sealed record NodeLife(SimulatedScheduler Scheduler, ActorSystem System, DatabaseConnection Database, ITransport Transport);

/// <summary>
/// A machine of the world: proxy, worker or client. It is started, crashed, paused and woken by the world's faults; what it runs is the
/// business of the derived class, which builds production actors on a <see cref="NodeLife"/>.
/// </summary>
internal abstract class WorldNode(World world, int id, string name) : IActorEvents
{
    /// <summary>Unique in the world.</summary>
    public int Id => id;

    /// <summary>Its address.</summary>
    public string Name => name;

    protected World World => world;

    /// <summary>The present life; null while it is down.</summary>
    public NodeLife? Life { get; private set; }

    /// <summary>Lives so far.</summary>
    public int Lives { get; private set; }

    /// <summary>Actors that failed, over all lives.</summary>
    public long Failures { get; private set; }

    public void Start()
    {
        if (Life is not null)
            return;
        SeededRandom chance = new(world.Options.Seed, ((ulong)id << 20) + (ulong)++Lives);
        NodeClock clock = new(world.Loop.Ticks, (int)chance.Between(-world.Options.Faults.DriftPartsPerMillion, world.Options.Faults.DriftPartsPerMillion));
        SimulatedScheduler scheduler = new(world.Loop, id, clock);
        ActorSystem system = new(name, scheduler, chance, this);
        Life = new NodeLife(scheduler, system, world.Database.Connect(scheduler), world.Network.Attach(scheduler, name));
        Boot(Life);
    }

    public void Crash()
    {
        if (Life is null)
            return;
        Life.Scheduler.Crash();
        Life = null;
        world.Network.Crashed(id);
        Crashed();
    }

    void IActorEvents.Failed(ActorRef actor, Exception failure, TimeSpan? restartAfter)
    {
        Failures++;
        world.Note(id, $"{actor.Path} failed, {(restartAfter is { } wait ? $"restarts in {wait.TotalMilliseconds} ms" : "stops")}: {failure.Message}");
        if (!IsExpected(failure))
            world.Violated($"{actor.Path} of {name} failed unexpectedly: {failure}");
    }

    void IActorEvents.Dropped(ActorRef actor, int count) => world.Note(id, $"{actor.Path} dropped {count} messages");

    /// <summary>Starts the node's actors.</summary>
    protected abstract void Boot(NodeLife life);

    /// <summary>The life is over; connections and the like end here.</summary>
    protected virtual void Crashed()
    {
    }

    /// <summary>Whether an actor may fail this way under the world's faults. Anything else is a bug.</summary>
    protected abstract bool IsExpected(Exception failure);
}
