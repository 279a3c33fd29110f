namespace Cocoon.Actors.Runtime;

/// <summary>A timer of an actor, to be cancelled in that actor's turns.</summary>
public abstract class ActorTimer : TimerNode
{
    /// <summary>Takes the timer back: its message is not received any more, even when it was just due.</summary>
    public abstract void Cancel();
}

internal sealed class MessageTimer<TMessage> : ActorTimer
{
    private readonly ActorCell<TMessage> cell;
    private readonly TMessage message;
    private readonly TimeSpan? period;
    private readonly int generation;
    private readonly Firing firing;
    private bool cancelled;

    public MessageTimer(ActorCell<TMessage> cell, TMessage message, TimeSpan? period)
    {
        this.cell = cell;
        this.message = message;
        this.period = period;
        generation = cell.Generation;
        firing = new Firing(this);
    }

    public override void Cancel()
    {
        cancelled = true;
        cell.System.Scheduler.Cancel(this);
    }

    protected internal override void Fire() => cell.EnqueueControl(firing);

    private void Deliver()
    {
        // A timer belongs to the instance that started it, not to the one after a restart.
        if (cancelled || generation != cell.Generation)
            return;
        if (period is { } wait)
            cell.System.Scheduler.Start(this, wait);
        cell.Deliver(message);
    }

    private sealed class Firing(MessageTimer<TMessage> timer) : ControlItem
    {
        public override object? Content => timer.message;

        public override void Run(ActorRef actor) => timer.Deliver();
    }
}
