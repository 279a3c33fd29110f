using System.Buffers.Binary;
using System.Security.Cryptography;
using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Persistence;

/// <summary>
/// The hash chain of a stream. A batch's link is SHA-256 over the previous link (32 zero bytes before the first batch), then stream
/// (int32), epoch (int64), first sequence (int64), count (int32), all big-endian, then SHA-256 of the body.
/// </summary>
public static class StreamChain
{
    private const int HeaderLength = 4 + 8 + 8 + 4;

    /// <summary>Seals consecutive events into a batch that continues the chain after <paramref name="previous"/>.</summary>
    public static JournalBatch Seal(ShardLease lease, long firstSequence, int count, ReadOnlyMemory<byte> body, Bytes32 previous, LedgerKey key)
    {
        Bytes32 link = Link(previous, lease.Stream, lease.Epoch, firstSequence, count, body.Span);
        return new JournalBatch(lease.Stream, lease.Epoch, firstSequence, count, body, link, key.Mac(link.AsSpan()));
    }

    /// <summary>
    /// Checks that <paramref name="batch"/> continues its stream after event <paramref name="lastSequence"/> with link
    /// <paramref name="previous"/>. Throws <see cref="StreamCorruptException"/> saying where and what otherwise.
    /// </summary>
    public static void Verify(JournalBatch batch, long lastSequence, Bytes32 previous, LedgerKey key)
    {
        if (batch.FirstSequence != lastSequence + 1 || batch.Count < 1)
        {
            throw new StreamCorruptException(
                batch.Stream, lastSequence + 1, $"the journal continues with {batch.FirstSequence} to {batch.LastSequence}: events are missing");
        }

        Bytes32 link = Link(previous, batch.Stream, batch.Epoch, batch.FirstSequence, batch.Count, batch.Body.Span);
        if (link != batch.Chain)
            throw new StreamCorruptException(batch.Stream, batch.FirstSequence, $"chain hash expected {link}, found {batch.Chain}");
        if (key.Mac(link.AsSpan()) != batch.Mac)
        {
            throw new StreamCorruptException(
                batch.Stream, batch.FirstSequence, "the batch's MAC is not of this ledger key: another key's journal, or forged");
        }
    }

    /// <summary>The HMAC of a snapshot, over stream, sequence, chain and body's SHA-256.</summary>
    public static Bytes32 SnapshotMac(StreamId stream, long sequence, Bytes32 chain, ReadOnlySpan<byte> body, LedgerKey key)
    {
        Span<byte> message = stackalloc byte[4 + 8 + 32 + 32];
        BinaryPrimitives.WriteInt32BigEndian(message, stream.Number);
        BinaryPrimitives.WriteInt64BigEndian(message[4..], sequence);
        chain.AsSpan().CopyTo(message[12..]);
        SHA256.HashData(body, message[44..]);
        return key.Mac(message);
    }

    private static Bytes32 Link(Bytes32 previous, StreamId stream, long epoch, long firstSequence, int count, ReadOnlySpan<byte> body)
    {
        Span<byte> message = stackalloc byte[32 + HeaderLength + 32];
        previous.AsSpan().CopyTo(message);
        BinaryPrimitives.WriteInt32BigEndian(message[32..], stream.Number);
        BinaryPrimitives.WriteInt64BigEndian(message[36..], epoch);
        BinaryPrimitives.WriteInt64BigEndian(message[44..], firstSequence);
        BinaryPrimitives.WriteInt32BigEndian(message[52..], count);
        SHA256.HashData(body, message[56..]);
        Bytes32 link = default;
        SHA256.HashData(message, link);
        return link;
    }
}
