using System.Threading.Tasks.Sources;

namespace Cocoon.Actors.Runtime;

/// <summary>
/// One waiting question: reply address, deadline timer and awaitable in one pooled object, so that asking allocates nothing.
/// A ticket names the question; it changes when the object is reused, so a late answer or timer of an old question finds no one.
/// </summary>
internal sealed class Ask<TReply> : TimerNode, IReplySink<TReply>, IValueTaskSource<TReply>
{
    private const int PoolSize = 64;
    private static readonly Stack<Ask<TReply>> Pool = new();
    private ManualResetValueTaskSourceCore<TReply> core = new() { RunContinuationsAsynchronously = true };
    private Scheduler scheduler = null!;
    private ActorRef target = null!;
    private TimeSpan deadline;
    private bool reusable = true;

    // Ticket times two, plus one when answered: a single word, so that a late answer can never claim the next question.
    private long state;

    public static Ask<TReply> Rent(Scheduler scheduler, ActorRef target, TimeSpan deadline)
    {
        Ask<TReply>? ask;
        lock (Pool)
        {
            if (!Pool.TryPop(out ask))
                ask = new Ask<TReply>();
        }

        ask.scheduler = scheduler;
        ask.target = target;
        ask.deadline = deadline;
        Volatile.Write(ref ask.state, (ask.state | 1) + 1);
        scheduler.Start(ask, deadline);
        return ask;
    }

    public ReplyTo<TReply> Address => new(this, Ticket);

    public ValueTask<TReply> Answer => new(this, core.Version);

    public void Reply(long ticket, TReply reply)
    {
        if (!Claim(ticket))
            return;
        // A timer that is just firing keeps a hand on this object: it must not go back to the pool.
        if (!scheduler.Cancel(this))
            reusable = false;
        core.SetResult(reply);
    }

    public void Refuse(Delivery delivery)
    {
        if (!Claim(Ticket))
            return;
        if (!scheduler.Cancel(this))
            reusable = false;
        core.SetException(new AskRefusedException(target.Path, delivery));
    }

    protected internal override void Fire()
    {
        reusable = false;
        if (Claim(Ticket))
            core.SetException(new AskTimeoutException(target.Path, deadline));
    }

    public TReply GetResult(short token)
    {
        try
        {
            return core.GetResult(token);
        }
        finally
        {
            Recycle();
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => core.OnCompleted(continuation, state, token, flags);

    private long Ticket => Volatile.Read(ref state) >> 1;

    private bool Claim(long ticket) => Interlocked.CompareExchange(ref state, (ticket << 1) + 1, ticket << 1) == ticket << 1;

    private void Recycle()
    {
        if (!reusable)
            return;
        core.Reset();
        lock (Pool)
        {
            if (Pool.Count < PoolSize)
                Pool.Push(this);
        }
    }
}
