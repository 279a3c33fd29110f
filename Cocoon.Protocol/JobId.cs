using System.Globalization;
using Cocoon.Protocol.Identity;

namespace Cocoon.Protocol;

/// <summary>
/// One job, named by its client. A job is admitted and settled at most once; the ledger remembers the highest number of a session
/// and which of the <see cref="WindowLength"/> numbers below it were used, and refuses older ones.
/// </summary>
/// <param name="Account">The paying account.</param>
/// <param name="Session">The session within the account.</param>
/// <param name="Number">Rising within the session from 1; gaps and overtaking within the window are fine.</param>
public readonly record struct JobId(AccountId Account, SessionId Session, long Number)
{
    /// <summary>How far a job may lag behind the session's highest number.</summary>
    public const int WindowLength = 4096;

    /// <summary><c>account/session/number</c>, the first two in hexadecimal.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Account}/{Session}/{Number}");
}

/// <summary>
/// One run of one gateway or client library. The number carries when the session was opened, so that expiry needs no bookkeeping:
/// seconds since 1970 in the upper 40 bits, chance in the lower 24.
/// </summary>
/// <param name="Value">The number.</param>
public readonly record struct SessionId(ulong Value) : IComparable<SessionId>
{
    private const int RandomBits = 24;

    /// <summary>A session opened at <paramref name="openedUnixSeconds"/> (0 to 2^40 - 1), told from others by <paramref name="random"/>.</summary>
    public static SessionId Open(long openedUnixSeconds, uint random)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(openedUnixSeconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(openedUnixSeconds, 1L << (64 - RandomBits));
        return new SessionId(((ulong)openedUnixSeconds << RandomBits) | (random & ((1u << RandomBits) - 1)));
    }

    /// <summary>When the session was opened, in seconds since 1970.</summary>
    public long OpenedUnixSeconds => (long)(Value >> RandomBits);

    /// <inheritdoc/>
    public int CompareTo(SessionId other) => Value.CompareTo(other.Value);

    /// <summary>16 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
