// The one file of the project that may touch threads and clocks: everything else gets them through Scheduler.
#pragma warning disable RS0030

using System.Diagnostics;

namespace Cocoon.Actors.Runtime;

/// <summary>The production scheduler: actors in parallel on the thread pool, timers on one wheel of 4 ms, which sleeps while none is due.</summary>
public sealed class ThreadPoolScheduler : Scheduler, IDisposable
{
    private static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(4);
    private readonly long start = Stopwatch.GetTimestamp();
    private readonly TimerWheel wheel = new(Resolution);
    private readonly Timer clock;
    private readonly Lock alarm = new();
    private long wakeAt = long.MaxValue;
    private int advancing;

    // Of the turn that this thread is in.
    [ThreadStatic]
    private static bool inTurn;

    [ThreadStatic]
    private static List<IThreadPoolWorkItem>? afterTurn;

    /// <summary>Starts the wheel's clock.</summary>
    public ThreadPoolScheduler()
        => clock = new Timer(static self => ((ThreadPoolScheduler)self!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public override int MessagesPerTurn => 256;

    /// <inheritdoc/>
    public override TimeSpan Now => Stopwatch.GetElapsedTime(start);

    /// <inheritdoc/>
    public override DateTimeOffset UtcNow => DateTimeOffset.UtcNow;

    /// <inheritdoc/>
    public override void Post(IWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: true);

    /// <inheritdoc/>
    public override void Start(TimerNode timer, TimeSpan delay)
    {
        long position = wheel.Add(timer, Now + delay);
        // Either this sees that a tick is looking for its next alarm, or that tick sees the timer.
        Interlocked.MemoryBarrier();
        if (position < Volatile.Read(ref wakeAt))
            WakeAt(position);
    }

    /// <inheritdoc/>
    public override bool Cancel(TimerNode timer) => wheel.Remove(timer);

    /// <inheritdoc/>
    public override void TurnBegun() => inTurn = true;

    /// <inheritdoc/>
    public override void TurnEnded()
    {
        inTurn = false;
        if (afterTurn is not { Count: > 0 } items)
            return;
        for (int i = 0; i < items.Count; i++)
            items[i].Execute();
        items.Clear();
    }

    /// <summary>
    /// Runs <paramref name="item"/> on this thread as soon as the actor's turn that it is in has ended, before anything that the turn
    /// posted. False when the thread is in none.
    /// </summary>
    public static bool TryRunAfterTurn(IThreadPoolWorkItem item)
    {
        if (!inTurn)
            return false;
        (afterTurn ??= []).Add(item);
        return true;
    }

    /// <summary>Stops the timers. Turns already posted still run.</summary>
    public void Dispose() => clock.Dispose();

    private void Tick()
    {
        // A tick that comes while the last one still fires has nothing to add: that one sets the next alarm.
        if (Interlocked.Exchange(ref advancing, 1) != 0)
            return;
        lock (alarm)
            wakeAt = long.MaxValue;
        wheel.Advance(Now);
        long next = wheel.NextOccupied() ?? long.MaxValue;
        Volatile.Write(ref advancing, 0);
        WakeAt(next);
    }

    /// <summary>Sets the alarm to the earlier of <paramref name="position"/> and what it is set to, in every case anew.</summary>
    private void WakeAt(long position)
    {
        lock (alarm)
        {
            wakeAt = Math.Min(wakeAt, position);
            if (wakeAt == long.MaxValue)
                return;
            TimeSpan wait = (Resolution * wakeAt) - Now;
            clock.Change(wait > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}
