using Cocoon.Actors.Ports;
using Cocoon.Protocol;

namespace Cocoon.Actors.Persistence;

/// <summary>
/// One node's right to a stream, shared by the instances of its actor across restarts. It remembers a write of unknown fate, after which
/// the epoch must be raised before the stream is read again.
/// </summary>
public sealed class StreamOwnership(IShardLeases leases, Incarnation node, ShardLease lease)
{
    private bool writeIsOut;

    /// <summary>The stream.</summary>
    public StreamId Stream => Lease.Stream;

    /// <summary>The lease as it stands now.</summary>
    public ShardLease Lease { get; private set; } = lease;

    /// <summary>A write goes out under the current epoch; until its fate is known nobody may read the stream and build on it.</summary>
    internal void WriteStarted() => writeIsOut = true;

    /// <summary>The fate of the write under <paramref name="epoch"/> is known. One of an earlier epoch changes nothing.</summary>
    internal void WriteEnded(long epoch)
    {
        if (epoch == Lease.Epoch)
            writeIsOut = false;
    }

    /// <summary>
    /// Makes the stream safe to read: raises the epoch if a write may still land under the present one. Throws
    /// <see cref="StreamFencedException"/> when the stream has another owner.
    /// </summary>
    internal async ValueTask SettleAsync()
    {
        if (!writeIsOut)
            return;
        ShardLease? raised = await leases.RaiseEpochAsync(node, Lease);
        Lease = raised ?? throw new StreamFencedException(Stream, Lease.Epoch);
        writeIsOut = false;
    }
}
