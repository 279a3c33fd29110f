using Cocoon.Actors.Runtime;
using Cocoon.Simulation.Chance;

namespace Cocoon.Simulation.Scheduling;

/// <summary>
/// The one thread of a world and its virtual time. A step is one actor's turn (one message), or one timed event. Which runnable actor is
/// next is drawn by the seed. A turn takes 1 to 7 µs of world time, so that deliveries and answers fall between turns; when nothing is
/// runnable time leaps to the next event.
/// </summary>
internal sealed class WorldLoop(SeededRandom order, Trail trail)
{
    private const int TurnTicksMin = 10;
    private const ulong TurnTicksMask = 63;
    private readonly int thread = Environment.CurrentManagedThreadId;
    private readonly TimerHeap timers = new();
    private readonly StrayContext stray = new();
    private (SimulatedScheduler Owner, IWorkItem Item)[] runnables = new (SimulatedScheduler, IWorkItem)[64];
    private int runnableCount;

    /// <summary>World time in ticks of 100 ns.</summary>
    public long Ticks { get; private set; }

    /// <summary>World time.</summary>
    public TimeSpan Now => new(Ticks);

    /// <summary>Steps taken.</summary>
    public long Step { get; private set; }

    /// <summary>Where the steps are noted.</summary>
    public Trail Trail => trail;

    /// <summary>Has <paramref name="happening"/> happen after <paramref name="delay"/>.</summary>
    public void Schedule(WorldEvent happening, TimeSpan delay) => timers.Add(Ticks + Math.Max(delay.Ticks, 0), happening, null);

    /// <summary>Has <paramref name="action"/> happen after <paramref name="delay"/>, as <paramref name="name"/> in the trail.</summary>
    public void Schedule(string name, TimeSpan delay, Action action)
        => Schedule(new PlannedEvent(name, TrailHash.Digest(System.Text.Encoding.UTF8.GetBytes(name)), action), delay);

    /// <summary>
    /// Takes steps until <paramref name="end"/>, calling <paramref name="afterStep"/> after each. Returns early when that says false.
    /// </summary>
    public void RunUntil(TimeSpan end, Func<bool> afterStep)
    {
        AssertThread();
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(stray);
        try
        {
            while (TakeStep(end.Ticks) && afterStep())
            {
                if (stray.HasStrays)
                    throw new InvalidOperationException("an await outside any actor's turn would leave the simulated thread");
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    internal void AssertThread()
    {
        if (Environment.CurrentManagedThreadId != thread)
            throw new InvalidOperationException("a step left the world's thread: something runs on the thread pool that should be a turn");
    }

    internal void AddRunnable(SimulatedScheduler owner, IWorkItem item)
    {
        if (runnableCount == runnables.Length)
            Array.Resize(ref runnables, runnables.Length * 2);
        runnables[runnableCount++] = (owner, item);
    }

    internal void RemoveRunnables(SimulatedScheduler owner, List<IWorkItem>? into)
    {
        int kept = 0;
        for (int i = 0; i < runnableCount; i++)
        {
            if (ReferenceEquals(runnables[i].Owner, owner))
                into?.Add(runnables[i].Item);
            else
                runnables[kept++] = runnables[i];
        }

        Array.Clear(runnables, kept, runnableCount - kept);
        runnableCount = kept;
    }

    internal void AddTimer(TimerNode timer, long worldTicks, SimulatedScheduler owner) => timers.Add(Ticks + worldTicks, timer, owner);

    internal bool RemoveTimer(TimerNode timer) => timers.Remove(timer);

    private bool TakeStep(long endTicks)
    {
        while (true)
        {
            if (runnableCount > 0 && timers.FirstDue > Ticks)
            {
                if (Ticks >= endTicks)
                    return false;
                TakeTurn();
                return true;
            }

            long due = timers.FirstDue;
            if (due > endTicks)
            {
                Ticks = Math.Max(Ticks, endTicks);
                return false;
            }

            Ticks = Math.Max(Ticks, due);
            if (FireFirst())
                return true;
        }
    }

    private void TakeTurn()
    {
        ulong draw = order.NextBits();
        int pick = (int)(((draw >> 32) * (ulong)runnableCount) >> 32);
        (SimulatedScheduler owner, IWorkItem item) = runnables[pick];
        runnables[pick] = runnables[--runnableCount];
        runnables[runnableCount] = default;
        Step++;
        Ticks += TurnTicksMin + (long)(draw & TurnTicksMask);
        trail.Note(Step, Ticks, owner.Node, (ulong)item.TraceId, item, trail.Detailed ? item.Peek() : null);
        item.Execute();
    }

    private bool FireFirst()
    {
        TimerNode timer = timers.TakeFirst(out SimulatedScheduler? owner);
        if (owner is not null)
        {
            // The turn that a node's timer causes is a step; the timer itself is none.
            owner.TimerDue(timer);
            return false;
        }

        WorldEvent happening = (WorldEvent)timer;
        Step++;
        trail.Note(Step, Ticks, -1, happening.TraceCode, happening, null);
        SimulatedScheduler.FireEvent(happening);
        return true;
    }
}
