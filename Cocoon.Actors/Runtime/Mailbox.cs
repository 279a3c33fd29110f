namespace Cocoon.Actors.Runtime;

/// <summary>
/// Two lanes under one short lock. Ordinary messages are bounded; the control lane (timers, signals, continuations, cancellations) is
/// read first and never dropped, because each of its items was earned by something the actor did or by a promise to it.
/// The reader takes the waiting messages as a whole batch by swapping arrays, so writers contend almost only among themselves.
/// </summary>
internal sealed class Mailbox<TMessage>(int capacity)
{
    private readonly Lock gate = new();
    private TMessage[] incoming = [];
    private TMessage[] batch = [];
    private int incomingCount;
    private int batchCount;
    private int batchIndex;
    private Queue<ControlItem>? control;
    private int controlCount;
    private bool scheduled;
    private bool closed;

    /// <summary>Adds an ordinary message; <paramref name="wake"/> says that the caller must post a turn.</summary>
    public Delivery Enqueue(TMessage message, out bool wake)
    {
        lock (gate)
        {
            wake = false;
            if (closed)
                return Delivery.Stopped;
            if (incomingCount == incoming.Length && !Grow())
                return Delivery.Full;
            incoming[incomingCount++] = message;
            wake = !scheduled;
            scheduled = true;
            return Delivery.Accepted;
        }
    }

    /// <summary>Adds a control item, whatever the state; true when the caller must post a turn.</summary>
    public bool EnqueueControl(ControlItem item)
    {
        lock (gate)
        {
            control ??= new Queue<ControlItem>();
            control.Enqueue(item);
            Volatile.Write(ref controlCount, control.Count);
            bool wake = !scheduled;
            scheduled = true;
            return wake;
        }
    }

    /// <summary>The next control item, if any. Reader only.</summary>
    public bool TryTakeControl(out ControlItem item)
    {
        if (Volatile.Read(ref controlCount) == 0)
        {
            item = null!;
            return false;
        }

        lock (gate)
        {
            item = control!.Dequeue();
            Volatile.Write(ref controlCount, control.Count);
            return true;
        }
    }

    /// <summary>The next ordinary message, if any. Reader only.</summary>
    public bool TryTake(out TMessage message)
    {
        if (batchIndex == batchCount && !Swap())
        {
            message = default!;
            return false;
        }

        message = batch[batchIndex];
        batch[batchIndex++] = default!;
        return true;
    }

    /// <summary>The next control item, left where it is.</summary>
    public ControlItem? PeekControl()
    {
        lock (gate)
            return control is { Count: > 0 } ? control.Peek() : null;
    }

    /// <summary>The next ordinary message, left where it is. Reader only.</summary>
    public bool TryPeek(out TMessage message)
    {
        bool waits = batchIndex < batchCount || Swap();
        message = waits ? batch[batchIndex] : default!;
        return waits;
    }

    /// <summary>Ends a turn: true when more is waiting and the reader must post another.</summary>
    /// <param name="messagesWait">False while the actor takes only control items.</param>
    public bool EndTurn(bool messagesWait)
    {
        lock (gate)
        {
            scheduled = controlCount > 0 || (messagesWait && (batchIndex < batchCount || incomingCount > 0));
            return scheduled;
        }
    }

    /// <summary>Refuses messages from now on and forgets those that wait; returns how many. The control lane stays open.</summary>
    public int Close()
    {
        lock (gate)
        {
            int dropped = incomingCount + batchCount - batchIndex;
            closed = true;
            incoming = batch = [];
            incomingCount = batchCount = batchIndex = 0;
            return dropped;
        }
    }

    private bool Grow()
    {
        if (incomingCount >= capacity)
            return false;
        Array.Resize(ref incoming, Math.Min(capacity, Math.Max(8, incoming.Length * 2)));
        return true;
    }

    private bool Swap()
    {
        lock (gate)
        {
            if (incomingCount == 0)
                return false;
            (incoming, batch) = (batch, incoming);
            batchCount = incomingCount;
            batchIndex = 0;
            incomingCount = 0;
            return true;
        }
    }
}

/// <summary>Something on the control lane.</summary>
internal abstract class ControlItem
{
    /// <summary>What it carries, for the trail.</summary>
    public virtual object? Content => GetType().Name;

    /// <summary>Runs in the actor's turn.</summary>
    public abstract void Run(ActorRef actor);
}
