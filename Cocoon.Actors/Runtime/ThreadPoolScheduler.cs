// The one file of the project that may touch threads and clocks: everything else gets them through Scheduler.
#pragma warning disable RS0030

using System.Diagnostics;

namespace Cocoon.Actors.Runtime;

/// <summary>The production scheduler: actors in parallel on the thread pool, timers on one wheel of 4 ms.</summary>
public sealed class ThreadPoolScheduler : Scheduler, IDisposable
{
    private static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(4);
    private readonly long start = Stopwatch.GetTimestamp();
    private readonly TimerWheel wheel = new(Resolution);
    private readonly Timer clock;
    private int advancing;

    // Of the turn that this thread is in.
    [ThreadStatic]
    private static bool inTurn;

    [ThreadStatic]
    private static List<IThreadPoolWorkItem>? afterTurn;

    /// <summary>Starts the wheel's clock.</summary>
    public ThreadPoolScheduler() => clock = new Timer(static self => ((ThreadPoolScheduler)self!).Tick(), this, Resolution, Resolution);

    /// <inheritdoc/>
    public override int MessagesPerTurn => 256;

    /// <inheritdoc/>
    public override TimeSpan Now => Stopwatch.GetElapsedTime(start);

    /// <inheritdoc/>
    public override DateTimeOffset UtcNow => DateTimeOffset.UtcNow;

    /// <inheritdoc/>
    public override void Post(IWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: true);

    /// <inheritdoc/>
    public override void Start(TimerNode timer, TimeSpan delay) => wheel.Add(timer, Now + delay);

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
        // A tick that comes while the last one still fires has nothing to add: the next one catches up.
        if (Interlocked.Exchange(ref advancing, 1) != 0)
            return;
        wheel.Advance(Now);
        Volatile.Write(ref advancing, 0);
    }
}
