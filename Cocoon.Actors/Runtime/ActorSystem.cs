using Cocoon.Actors.Ports;

namespace Cocoon.Actors.Runtime;

/// <summary>The actors of one node, on one scheduler. Everything they get from outside comes through it or through their constructors.</summary>
public sealed class ActorSystem
{
    private readonly Guardian guardian;
    private long lastId;

    /// <summary>An empty system.</summary>
    /// <param name="name">The node's name, the root of all paths.</param>
    /// <param name="scheduler">Where turns run.</param>
    /// <param name="entropy">Chance.</param>
    /// <param name="events">Who hears of failures.</param>
    public ActorSystem(string name, Scheduler scheduler, IEntropy entropy, IActorEvents events)
    {
        Name = name;
        Scheduler = scheduler;
        Entropy = entropy;
        Events = events;
        guardian = new Guardian();
        Root = new ActorCell<Guardian.Nothing>(this, null, name, () => guardian, new SpawnOptions(Restart: RestartPolicy.Never));
        Root.Begin();
    }

    /// <summary>The node's name.</summary>
    public string Name { get; }

    /// <summary>Where turns run and time comes from.</summary>
    public Scheduler Scheduler { get; }

    /// <summary>Chance.</summary>
    public IEntropy Entropy { get; }

    internal IActorEvents Events { get; }

    internal ActorCell<Guardian.Nothing> Root { get; }

    /// <summary>Starts a top-level actor. <paramref name="create"/> runs in the actor's first turn, and again at every restart.</summary>
    public ActorRef<TMessage> Spawn<TMessage>(string name, Func<Actor<TMessage>> create, SpawnOptions? options = null)
    {
        ActorCell<TMessage> cell = new(this, Root, name, create, options ?? SpawnOptions.Default);
        Root.AddChildFromOutside(cell);
        cell.Begin();
        return cell;
    }

    /// <summary>Stops every actor, children first. Completes when all have stopped.</summary>
    public Task StopAsync()
    {
        Root.Stop();
        return guardian.Stopped.Task;
    }

    internal long NextId() => Interlocked.Increment(ref lastId);

    /// <summary>The parent of the top-level actors: it only lives and dies.</summary>
    internal sealed class Guardian : Actor<Guardian.Nothing>
    {
        public TaskCompletionSource Stopped { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override void Receive(Nothing message)
        {
        }

        protected override void OnStop() => Stopped.TrySetResult();

        internal readonly record struct Nothing;
    }
}
