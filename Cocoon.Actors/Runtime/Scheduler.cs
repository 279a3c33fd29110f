namespace Cocoon.Actors.Runtime;

/// <summary>
/// Where turns run and time comes from: the thread pool in production, a seeded single thread in a simulated world.
/// Everything above it is the same code in both.
/// </summary>
public abstract class Scheduler
{
    /// <summary>Messages that an actor may take in one turn before others get theirs. One in the simulator: finest interleaving.</summary>
    public abstract int MessagesPerTurn { get; }

    /// <summary>Monotonic time since an arbitrary start. It measures durations; two nodes' values have nothing to do with each other.</summary>
    public abstract TimeSpan Now { get; }

    /// <summary>The wall clock. It may jump; no safety rests on it.</summary>
    public abstract DateTimeOffset UtcNow { get; }

    /// <summary>Runs <paramref name="item"/> soon. May be called from any thread.</summary>
    public abstract void Post(IWorkItem item);

    /// <summary>Fires <paramref name="timer"/> once after <paramref name="delay"/>, on any thread, a few milliseconds late at most when idle.</summary>
    public abstract void Start(TimerNode timer, TimeSpan delay);

    /// <summary>Takes a timer back. False when it has fired, or is just firing.</summary>
    public abstract bool Cancel(TimerNode timer);

    /// <summary>An actor's turn has ended on this thread. Does nothing unless overridden.</summary>
    public virtual void TurnEnded()
    {
    }

    /// <summary>An actor's turn begins on this thread. Does nothing unless overridden.</summary>
    public virtual void TurnBegun()
    {
    }

    /// <summary>Fires a timer that is due: for the schedulers themselves.</summary>
    protected static void Fire(TimerNode timer) => timer.Fire();
}
