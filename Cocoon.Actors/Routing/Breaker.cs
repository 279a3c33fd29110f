namespace Cocoon.Actors.Routing;

/// <summary>A breaker's state.</summary>
public enum BreakerState
{
    /// <summary>Jobs go through.</summary>
    Closed,

    /// <summary>None does.</summary>
    Open,

    /// <summary>One job may go through, as a probe.</summary>
    HalfOpen,

    /// <summary>The probe is under way.</summary>
    Probing,
}

/// <summary>
/// Leaves a failing worker alone: opens on failures in a row or on a rate over a window (both are needed: the first misses every second
/// job failing, the second a worker that just died), then lets a single probe through after a back-off.
/// Stop gaps (Busy, cancelled) are no outcomes.
/// </summary>
internal sealed class Breaker(BreakerOptions options)
{
    private const int WindowParts = 6;
    private readonly int[] outcomes = new int[WindowParts];
    private readonly int[] failures = new int[WindowParts];
    private long part;
    private int consecutive;
    private int opened;
    private bool open;
    private bool probing;
    private TimeSpan until;
    private TimeSpan closedAt;

    /// <summary>When the next probe may go; meaningful while open.</summary>
    public TimeSpan ProbeAt => until;

    /// <summary>Whether it is anything but closed.</summary>
    public bool IsOpen => open;

    public BreakerState State(TimeSpan now)
        => !open ? BreakerState.Closed : probing ? BreakerState.Probing : now >= until ? BreakerState.HalfOpen : BreakerState.Open;

    /// <summary>A job was sent; in half-open it is the probe. True when it is.</summary>
    public bool Sent(TimeSpan now)
    {
        if (State(now) != BreakerState.HalfOpen)
            return false;
        probing = true;
        return true;
    }

    /// <summary>The probe ended without an outcome: another may go.</summary>
    public void ProbeVoid() => probing = false;

    /// <summary>A job succeeded.</summary>
    public void Succeeded(TimeSpan now, bool probe)
    {
        consecutive = 0;
        if (open && probe)
        {
            open = probing = false;
            closedAt = now;
            Array.Clear(outcomes);
            Array.Clear(failures);
        }

        // A success of a job sent before the breaker opened says nothing of now.
        if (!open)
            Count(now, failed: false);
    }

    /// <summary>A job failed. True when the breaker should open (again): the caller asks <see cref="Open"/> if the fleet can spare it.</summary>
    public bool Failed(TimeSpan now, bool probe, int weight = 1)
    {
        consecutive += weight;
        if (open)
        {
            if (probe)
                Open(now);
            return false;
        }

        Count(now, failed: true);
        return consecutive >= options.ConsecutiveFailures || RateTooHigh();
    }

    /// <summary>Opens, for twice as long as the last time.</summary>
    public void Open(TimeSpan now)
    {
        if (!open && opened > 0 && now - closedAt > options.ForgiveAfter)
            opened = 0;
        TimeSpan wait = options.BackOffMin;
        for (int i = 0; i < opened && wait < options.BackOffMax; i++)
            wait *= 2;
        opened = Math.Min(opened + 1, 30);
        open = true;
        probing = false;
        until = now + (wait < options.BackOffMax ? wait : options.BackOffMax);
    }

    private void Count(TimeSpan now, bool failed)
    {
        long current = now.Ticks / (options.Window.Ticks / WindowParts);
        long stale = Math.Min(WindowParts, current - part);
        for (long i = 0; i < stale; i++)
        {
            int slot = (int)((current - i) % WindowParts);
            outcomes[slot] = failures[slot] = 0;
        }

        part = Math.Max(part, current);
        int index = (int)(part % WindowParts);
        outcomes[index]++;
        if (failed)
            failures[index]++;
    }

    private bool RateTooHigh()
    {
        int all = 0;
        int bad = 0;
        for (int i = 0; i < WindowParts; i++)
        {
            all += outcomes[i];
            bad += failures[i];
        }

        return all >= options.WindowOutcomesMin && bad > options.FailureRateMax * all;
    }
}
