namespace Cocoon.Actors.Runtime;

/// <summary>
/// A thing with an address that receives one message at a time. <see cref="Receive"/> is synchronous: what must be waited for is started
/// with <see cref="Run"/>, and its continuations come back as turns of this actor, so state needs no lock and a cancellation is always read.
/// </summary>
/// <typeparam name="TMessage">The messages it understands: immutable.</typeparam>
public abstract class Actor<TMessage>
{
    private ActorCell<TMessage>? cell;

    /// <summary>This actor's address. Not before <see cref="OnStart"/>.</summary>
    protected ActorRef<TMessage> Self => Cell;

    /// <summary>The system it runs in.</summary>
    protected ActorSystem System => Cell.System;

    /// <summary>Monotonic time.</summary>
    protected TimeSpan Now => Cell.System.Scheduler.Now;

    internal ActorCell<TMessage> Cell
        => cell ?? throw new InvalidOperationException($"{GetType().Name} has no address before OnStart: move this out of the constructor");

    /// <summary>Acts on one message. What it throws is a failure of this actor: see <see cref="RestartPolicy"/>.</summary>
    protected abstract void Receive(TMessage message);

    /// <summary>The first turn of this instance.</summary>
    protected virtual void OnStart()
    {
    }

    /// <summary>The last turn of this instance when it was asked to stop, after its children. Not after a failure, not after a crash.</summary>
    protected virtual void OnStop()
    {
    }

    /// <summary>A watched actor stopped, or a child failed for good.</summary>
    protected virtual void OnTerminated(Terminated terminated)
    {
    }

    /// <summary>The end of a turn, after the messages it took: the place to flush what they gathered.</summary>
    protected virtual void OnTurnEnd()
    {
    }

    /// <summary>Starts a child: it stops when this actor stops or restarts.</summary>
    protected ActorRef<TChild> Spawn<TChild>(string name, Func<Actor<TChild>> create, SpawnOptions? options = null)
        => Cell.SpawnChild(name, create, options ?? SpawnOptions.Default);

    /// <summary>Asks for <see cref="OnTerminated"/> when <paramref name="actor"/> stops; at once if it has.</summary>
    protected void Watch(ActorRef actor) => actor.EnqueueControl(new ActorRef.WatchRequest(Cell));

    /// <summary>Receives <paramref name="message"/> after <paramref name="delay"/>, on the control lane, unless cancelled before.</summary>
    protected ActorTimer StartTimer(TimeSpan delay, TMessage message) => Cell.StartTimer(delay, message, repeat: false);

    /// <summary>Receives <paramref name="message"/> every <paramref name="period"/> until cancelled.</summary>
    protected ActorTimer StartPeriodicTimer(TimeSpan period, TMessage message) => Cell.StartTimer(period, message, repeat: true);

    /// <summary>
    /// Starts asynchronous work; its parts between awaits are turns of this actor. The token is cancelled when this instance ends.
    /// What the work throws is a failure of this actor, except a cancellation by that token.
    /// </summary>
    protected void Run(Func<CancellationToken, ValueTask> work) => Cell.Run(work);

    internal void Attach(ActorCell<TMessage> owner) => cell = owner;

    internal void Deliver(TMessage message) => Receive(message);

    internal void Started() => OnStart();

    internal void Stopping() => OnStop();

    internal void TurnEnded() => OnTurnEnd();

    internal void Signalled(Terminated terminated) => OnTerminated(terminated);
}
