namespace Cocoon.Ton.Chain.Toncenter;

/// <summary>So many requests a second, and some at once after a pause. Callers reserve a place and wait for it. Thread safe.</summary>
internal sealed class TokenBucket(double perSecond, int burst, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly TimeSpan interval = TimeSpan.FromSeconds(1 / perSecond);
    private DateTimeOffset nextFree = DateTimeOffset.MinValue;

    /// <summary>How long the next caller would wait.</summary>
    public TimeSpan Delay
    {
        get
        {
            lock (gate)
                return Max(nextFree - time.GetUtcNow(), TimeSpan.Zero);
        }
    }

    /// <summary>Takes the next place and says how long to wait for it.</summary>
    public TimeSpan Reserve()
    {
        lock (gate)
        {
            // After a pause the bucket holds "burst" tokens: places that lie as many intervals in the past.
            DateTimeOffset now = time.GetUtcNow();
            DateTimeOffset full = now - (interval * (burst - 1));
            DateTimeOffset place = nextFree > full ? nextFree : full;
            nextFree = place + interval;
            return Max(place - now, TimeSpan.Zero);
        }
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
