namespace Cocoon.Tests.Ton.Chain;

/// <summary>
/// A clock for tests: a wait shorter than <paramref name="deadline"/> moves it forward at once instead of being waited for; longer timers
/// are deadlines and fire only when the clock passes them. Records every wait.
/// </summary>
internal sealed class LeapingTime(TimeSpan deadline) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<LeapingTimer> pending = [];
    private DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public List<TimeSpan> Waits { get; } = [];

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        LeapingTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        LeapingTimer[] due;
        lock (gate)
        {
            now += by;
            due = [.. pending.Where(timer => timer.Due <= now)];
            pending.RemoveAll(timer => timer.Due <= now);
        }

        foreach (LeapingTimer timer in due)
            timer.Fire();
    }

    private void Start(LeapingTimer timer, TimeSpan dueTime)
    {
        if (dueTime == Timeout.InfiniteTimeSpan)
            return;
        lock (gate)
        {
            timer.Due = now + dueTime;
            if (dueTime >= deadline)
            {
                pending.Add(timer);
                return;
            }

            Waits.Add(dueTime);
        }

        // Not inside CreateTimer: the caller does not hold its timer yet.
        ThreadPool.QueueUserWorkItem(_ =>
        {
            Advance(dueTime);
            timer.Fire();
        });
    }

    private void Stop(LeapingTimer timer)
    {
        lock (gate)
            pending.Remove(timer);
    }

    private sealed class LeapingTimer(LeapingTime time, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time.Stop(this);
            time.Start(this, dueTime);
            return true;
        }

        public void Dispose() => time.Stop(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
