namespace Cocoon.Protocol.Link;

/// <summary>
/// How long to wait before dialing again: the first time 100 ms, then twice as long each time up to 30 s, of which a random half to the whole
/// is taken, so that a thousand workers that lost one proxy do not come back at once. Who was let in before expects the other side back
/// soon, as after a restart: for a while its waits stay short. The jitter's seed makes it the same in a replay.
/// </summary>
public sealed class Backoff(ulong seed, BackoffOptions? options = null)
{
    private readonly BackoffOptions options = options ?? new BackoffOptions();
    private ulong state = seed * 0x9E37_79B9_7F4A_7C15 | 1;
    private int shortWaits;

    /// <summary>Failures in a row.</summary>
    public int Attempts { get; private set; }

    /// <summary>Notes a failure; gives the wait in ms, at least what the other side asked for.</summary>
    public long NextMs(long retryAfterMs = 0)
    {
        long whole = options.FirstMs << Math.Min(Attempts, 30);
        whole = Math.Min(whole, shortWaits > 0 ? Math.Min(options.ReturnMaxMs, options.MaxMs) : options.MaxMs);
        shortWaits = Math.Max(0, shortWaits - 1);
        Attempts++;
        long jittered = whole / 2 + (long)(Next() % (ulong)(whole / 2 + 1));
        return Math.Max(jittered, Math.Min(retryAfterMs, options.MaxRetryAfterMs));
    }

    /// <summary>Notes a link that became ready: the other side is there and lets us in, so it is worth asking often when it is gone.</summary>
    public void Connected() => shortWaits = options.ReturnAttempts;

    /// <summary>Notes a link that served well: the next failure starts from the beginning.</summary>
    public void Reset() => Attempts = 0;

    // xorshift64*: enough for jitter, the same on every machine.
    private ulong Next()
    {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return state * 0x2545_F491_4F6C_DD1D >> 11;
    }
}

/// <summary>Times of <see cref="Backoff"/>.</summary>
public sealed record BackoffOptions
{
    /// <summary>First wait, ms. Default 100.</summary>
    public long FirstMs { get; init; } = 100;

    /// <summary>Longest wait, ms. Default 30,000.</summary>
    public long MaxMs { get; init; } = 30_000;

    /// <summary>Longest wait for another side that let us in before, ms. Default 2,000.</summary>
    public long ReturnMaxMs { get; init; } = 2_000;

    /// <summary>Waits after a lost link that are bounded so; then it counts as gone. Default 150, about four minutes.</summary>
    public int ReturnAttempts { get; init; } = 150;

    /// <summary>The most that another side may ask to stay away, ms. Default 600,000.</summary>
    public long MaxRetryAfterMs { get; init; } = 600_000;
}
