namespace Cocoon.Actors.Runtime;

/// <summary>Brings every await of an actor's asynchronous work back into that actor's turns.</summary>
internal sealed class ActorSynchronizationContext(ActorRef actor) : SynchronizationContext
{
    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state) => actor.EnqueueControl(new Continuation(d, state));

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state)
        => throw new NotSupportedException("a turn never blocks on another: use Post");

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    private sealed class Continuation(SendOrPostCallback callback, object? state) : ControlItem
    {
        public override void Run(ActorRef actor) => callback(state);
    }
}
