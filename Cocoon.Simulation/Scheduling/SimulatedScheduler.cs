using Cocoon.Actors.Runtime;

namespace Cocoon.Simulation.Scheduling;

/// <summary>
/// The scheduler of one node's one life, on a world's loop. A crash ends it for good: whatever is posted to it afterwards, a
/// continuation or a <c>finally</c> among them, never runs. A paused node keeps what became runnable until it wakes.
/// </summary>
internal sealed class SimulatedScheduler(WorldLoop loop, int node, NodeClock clock) : Scheduler
{
    // A clock that stands still never brings a timer due: looking again this often is enough.
    private const long LookAgainTicks = 10 * TimeSpan.TicksPerMillisecond;
    private readonly List<IWorkItem> parkedItems = [];
    private readonly List<TimerNode> parkedTimers = [];

    public int Node => node;

    public NodeClock Clock => clock;

    public bool HasCrashed { get; private set; }

    public bool IsPaused { get; private set; }

    /// <inheritdoc/>
    public override int MessagesPerTurn => 1;

    /// <inheritdoc/>
    public override TimeSpan Now => new(clock.Monotonic(loop.Ticks));

    /// <inheritdoc/>
    public override DateTimeOffset UtcNow => clock.Wall(loop.Ticks);

    /// <inheritdoc/>
    public override void Post(IWorkItem item)
    {
        loop.AssertThread();
        if (HasCrashed)
            return;
        if (IsPaused)
            parkedItems.Add(item);
        else
            loop.AddRunnable(this, item);
    }

    /// <inheritdoc/>
    public override void Start(TimerNode timer, TimeSpan delay)
    {
        loop.AssertThread();
        if (HasCrashed)
            return;
        long ticks = Math.Max(delay.Ticks, 0);
        timer.Due = Now + new TimeSpan(ticks);
        loop.AddTimer(timer, clock.WorldTicks(ticks), this);
    }

    /// <inheritdoc/>
    public override bool Cancel(TimerNode timer)
    {
        loop.AssertThread();
        return loop.RemoveTimer(timer);
    }

    /// <summary>The end of this life: memory, queue, timers and promises are gone.</summary>
    public void Crash()
    {
        HasCrashed = true;
        loop.RemoveRunnables(this, null);
        parkedItems.Clear();
        parkedTimers.Clear();
    }

    /// <summary>Nothing runs here until <see cref="Wake"/>; the world goes on.</summary>
    public void Pause()
    {
        if (HasCrashed || IsPaused)
            return;
        IsPaused = true;
        loop.RemoveRunnables(this, parkedItems);
    }

    /// <summary>Goes on where it stopped, with everything that came due meanwhile.</summary>
    public void Wake()
    {
        if (HasCrashed || !IsPaused)
            return;
        IsPaused = false;
        foreach (TimerNode timer in parkedTimers)
            loop.AddTimer(timer, 0, this);
        parkedTimers.Clear();
        foreach (IWorkItem item in parkedItems)
            loop.AddRunnable(this, item);
        parkedItems.Clear();
    }

    /// <summary>A timer's time has come by the world's clock. False when nothing happened.</summary>
    internal bool TimerDue(TimerNode timer)
    {
        if (HasCrashed)
            return false;
        if (IsPaused)
        {
            parkedTimers.Add(timer);
            return false;
        }

        TimeSpan left = timer.Due - Now;
        if (left > TimeSpan.Zero)
        {
            loop.AddTimer(timer, Math.Max(clock.WorldTicks(left.Ticks), LookAgainTicks), this);
            return false;
        }

        Fire(timer);
        return true;
    }

    /// <summary>Fires an event of the world.</summary>
    internal static void FireEvent(WorldEvent happening) => Fire(happening);
}
