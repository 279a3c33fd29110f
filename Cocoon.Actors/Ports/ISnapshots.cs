using Cocoon.Protocol;
using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Ports;

/// <summary>A stream's state as of one event. Saved only when that event is durable; always replaceable by a replay.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Sequence">The last event contained.</param>
/// <param name="Chain">The stream's chain hash at that event.</param>
/// <param name="Body">The encoded state.</param>
/// <param name="Mac">HMAC-SHA-256 over stream, sequence, chain and body under the ledger key.</param>
public sealed record Snapshot(StreamId Stream, long Sequence, Bytes32 Chain, ReadOnlyMemory<byte> Body, Bytes32 Mac);

/// <summary>Keeps the newest snapshot of each stream.</summary>
public interface ISnapshots
{
    /// <summary>Replaces the stream's snapshot if this one is newer. False when the store could not: the old one stays.</summary>
    ValueTask<bool> SaveAsync(Snapshot snapshot);

    /// <summary>The stream's newest snapshot, or null. Throws <see cref="JournalUnavailableException"/> when it cannot be read now.</summary>
    ValueTask<Snapshot?> LoadAsync(StreamId stream);
}
