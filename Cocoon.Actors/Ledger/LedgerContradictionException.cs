using Cocoon.Protocol;

namespace Cocoon.Actors.Ledger;

/// <summary>
/// An event that the state before it rules out: a balance below zero, an instalment settled twice, a transfer out of order. The stream
/// is wrong or was written by another version; it is stopped rather than served.
/// </summary>
public sealed class LedgerContradictionException(StreamId stream, long sequence, string reason)
    : Exception($"{stream}, event {sequence}: {reason}")
{
    /// <summary>The stream.</summary>
    public StreamId Stream { get; } = stream;

    /// <summary>The event's sequence.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>What is wrong with it.</summary>
    public string Reason { get; } = reason;
}
