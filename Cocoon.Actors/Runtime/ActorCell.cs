namespace Cocoon.Actors.Runtime;

/// <summary>The runtime's side of one actor: mailbox, turns, life cycle. The current instance comes and goes with restarts.</summary>
internal sealed partial class ActorCell<TMessage> : ActorRef<TMessage>, IWorkItem
{
    private readonly Mailbox<TMessage> mailbox;
    private readonly Func<Actor<TMessage>> create;
    private readonly RestartPolicy restart;
    private readonly ActorSynchronizationContext context;
    private Actor<TMessage>? actor;
    private Phase phase = Phase.Starting;
    private bool suspended;

    public ActorCell(ActorSystem system, ActorRef? parent, string name, Func<Actor<TMessage>> create, SpawnOptions options)
        : base(system, parent, name)
    {
        this.create = create;
        restart = options.Restart ?? RestartPolicy.Default;
        mailbox = new Mailbox<TMessage>(options.MailboxCapacity);
        context = new ActorSynchronizationContext(this);
    }

    private enum Phase
    {
        /// <summary>Waits for its first turn, or for the end of a restart's back-off.</summary>
        Starting,

        /// <summary>Receives.</summary>
        Running,

        /// <summary>Its children are stopping; then it restarts.</summary>
        Restarting,

        /// <summary>Its children are stopping; then it stops.</summary>
        Stopping,

        /// <summary>Gone. Continuations of its asynchronous work still run, so that they can clean up.</summary>
        Stopped,
    }

    public long TraceId => Id;

    private bool TakesMessages => phase == Phase.Running && !suspended;

    public object? Peek()
        => mailbox.PeekControl() is { } item ? item.Content : TakesMessages && mailbox.TryPeek(out TMessage message) ? message : null;

    public override Delivery Tell(TMessage message)
    {
        Delivery delivery = mailbox.Enqueue(message, out bool wake);
        if (wake)
            System.Scheduler.Post(this);
        return delivery;
    }

    public override Delivery TellControl(TMessage message)
    {
        if (HasStopped)
            return Delivery.Stopped;
        EnqueueControl(new ControlMessage(message));
        return Delivery.Accepted;
    }

    public override ValueTask<TReply> AskAsync<TReply>(Func<ReplyTo<TReply>, TMessage> question, TimeSpan deadline)
    {
        Ask<TReply> ask = Ask<TReply>.Rent(System.Scheduler, this, deadline);
        ValueTask<TReply> answer = ask.Answer;
        Delivery delivery = Tell(question(ask.Address));
        if (delivery != Delivery.Accepted)
            ask.Refuse(delivery);
        return answer;
    }

    /// <summary>Posts the first turn.</summary>
    public void Begin() => EnqueueControl(StartRequest.Instance);

    public void Execute()
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        System.Scheduler.TurnBegun();
        try
        {
            TakeTurn();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
            if (mailbox.EndTurn(TakesMessages))
                System.Scheduler.Post(this);
            System.Scheduler.TurnEnded();
        }
    }

    /// <summary>Takes only the control lane until <see cref="Resume"/>: while a persistent actor recovers, messages wait.</summary>
    public void Suspend() => suspended = true;

    public void Resume()
    {
        suspended = false;
        ReleaseKeptControl();
    }

    /// <summary>Receives a message in the current turn.</summary>
    public void Deliver(TMessage message)
    {
        if (phase == Phase.Running)
            actor!.Deliver(message);
    }

    internal override void EnqueueControl(ControlItem item)
    {
        if (mailbox.EnqueueControl(item))
            System.Scheduler.Post(this);
    }

    private void TakeTurn()
    {
        try
        {
            for (int left = System.Scheduler.MessagesPerTurn; left > 0; left--)
            {
                if (mailbox.TryTakeControl(out ControlItem item))
                    item.Run(this);
                else if (TakesMessages && mailbox.TryTake(out TMessage message))
                    actor!.Deliver(message);
                else
                    break;
            }

            if (phase == Phase.Running)
                actor!.TurnEnded();
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    private sealed class ControlMessage(TMessage message) : ControlItem
    {
        public override object? Content => message;

        public override void Run(ActorRef actor) => ((ActorCell<TMessage>)actor).DeliverOrKeep(this, message);
    }

    private sealed class StartRequest : ControlItem
    {
        public static readonly StartRequest Instance = new();

        public override void Run(ActorRef actor) => ((ActorCell<TMessage>)actor).StartInstance();
    }
}
