using Cocoon.Protocol;
using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Ports;

/// <summary>
/// Consecutive events of one stream that become durable together: the unit of the hash chain, of the HMAC and of a journal row.
/// Events are numbered from 1 without gaps; a batch holds at least one.
/// </summary>
/// <param name="Stream">The stream.</param>
/// <param name="Epoch">The writer's epoch; the journal accepts only the current one.</param>
/// <param name="FirstSequence">Sequence of the batch's first event, 1 and up.</param>
/// <param name="Count">Number of events, 1 and up.</param>
/// <param name="Body">The events, each preceded by its length as a protobuf varint.</param>
/// <param name="Chain">SHA-256 over the previous batch's chain hash, this batch's header and body.</param>
/// <param name="Mac">HMAC-SHA-256 of <paramref name="Chain"/> under the ledger key.</param>
public sealed record JournalBatch(
    StreamId Stream,
    long Epoch,
    long FirstSequence,
    int Count,
    ReadOnlyMemory<byte> Body,
    Bytes32 Chain,
    Bytes32 Mac)
{
    /// <summary>Sequence of the batch's last event.</summary>
    public long LastSequence => FirstSequence + Count - 1;
}
