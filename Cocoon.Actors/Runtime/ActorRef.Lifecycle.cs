namespace Cocoon.Actors.Runtime;

/// <content>The actor's place in the tree: parent, watchers, the signals between them.</content>
public abstract partial class ActorRef
{
    private readonly string name;
    private List<ActorRef>? watchers;

    private protected ActorRef(ActorSystem system, ActorRef? parent, string name)
    {
        System = system;
        Parent = parent;
        this.name = name;
        Id = system.NextId();
    }

    internal ActorSystem System { get; }

    internal ActorRef? Parent { get; }

    /// <summary>Counts instances: 0 for the first, one more with every restart.</summary>
    internal int Generation { get; private protected set; }

    internal ActorRef? NextSibling { get; set; }

    internal ActorRef? PreviousSibling { get; set; }

    private protected bool HasStopped { get; set; }

    private protected Exception? LastFailure { get; set; }

    internal abstract void EnqueueControl(ControlItem item);

    // What follows runs in this actor's own turns.
    private protected abstract void BeginStop();

    private protected abstract void ChildStopped(ActorRef child, Exception? failure);

    private protected abstract void WatchedStopped(Terminated terminated);

    private protected void TellStopped()
    {
        if (watchers is not null)
        {
            foreach (ActorRef watcher in watchers)
                watcher.EnqueueControl(new TerminatedSignal(new Terminated(this, LastFailure)));
            watchers = null;
        }

        Parent?.EnqueueControl(new ChildStoppedSignal(this, LastFailure));
    }

    private sealed class TerminatedSignal(Terminated terminated) : ControlItem
    {
        public override void Run(ActorRef actor) => actor.WatchedStopped(terminated);
    }

    private sealed class ChildStoppedSignal(ActorRef child, Exception? failure) : ControlItem
    {
        public override void Run(ActorRef actor) => actor.ChildStopped(child, failure);
    }

    private sealed class StopRequest : ControlItem
    {
        public static readonly StopRequest Instance = new();

        public override void Run(ActorRef actor) => actor.BeginStop();
    }

    internal sealed class WatchRequest(ActorRef watcher) : ControlItem
    {
        public override void Run(ActorRef actor)
        {
            if (actor.HasStopped)
                watcher.EnqueueControl(new TerminatedSignal(new Terminated(actor, actor.LastFailure)));
            else
                (actor.watchers ??= []).Add(watcher);
        }
    }
}
