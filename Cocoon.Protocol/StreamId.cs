using System.Globalization;

namespace Cocoon.Protocol;

/// <summary>
/// One event stream of the ledger: a logical shard (0 and up) or the treasury. Each has one writer at a time, named by an epoch.
/// </summary>
/// <param name="Number">The shard's number, or -1 for the treasury.</param>
public readonly record struct StreamId(int Number) : IComparable<StreamId>
{
    /// <summary>The stream without clients: deposits, payouts, commission and the money between streams.</summary>
    public static readonly StreamId Treasury = new(-1);

    /// <summary>The stream of a logical shard; throws <see cref="ArgumentOutOfRangeException"/> below zero.</summary>
    public static StreamId OfShard(int shard)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        return new StreamId(shard);
    }

    /// <summary>Whether this is the treasury.</summary>
    public bool IsTreasury => Number == -1;

    /// <inheritdoc/>
    public int CompareTo(StreamId other) => Number.CompareTo(other.Number);

    /// <summary><c>treasury</c>, or <c>shard/17</c>.</summary>
    public override string ToString() => IsTreasury ? "treasury" : string.Create(CultureInfo.InvariantCulture, $"shard/{Number}");
}
