using Cocoon.Protocol;

namespace Cocoon.Actors.Ports;

/// <summary>One life of one node. A restart is a new incarnation; a dead one never returns.</summary>
/// <param name="Number">Unique in the cluster, rising with every join.</param>
public readonly record struct Incarnation(long Number);

/// <summary>The right to write one stream, until a higher epoch exists.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Epoch">The fence: 1 and up, raised by every claim and after every unknown write.</param>
public readonly record struct ShardLease(StreamId Stream, long Epoch);

/// <summary>Who owns a stream now, as one consistent reading of the table.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Owner">The owning incarnation, or null when free.</param>
/// <param name="Epoch">The current epoch.</param>
/// <param name="Endpoint">Where the owner listens; empty when free.</param>
public readonly record struct ShardOwner(StreamId Stream, Incarnation? Owner, long Epoch, string Endpoint);

/// <summary>One incarnation whose lease has not run out.</summary>
/// <param name="Node">The incarnation.</param>
/// <param name="Endpoint">Where it listens.</param>
public readonly record struct LiveNode(Incarnation Node, string Endpoint);

/// <summary>The whole lease table, as one consistent reading by the store's clock.</summary>
/// <param name="Nodes">The live nodes, oldest incarnation first.</param>
/// <param name="Streams">Every stream, sorted; an owner that is not alive reads as none.</param>
public sealed record LeaseTable(IReadOnlyList<LiveNode> Nodes, IReadOnlyList<ShardOwner> Streams);

/// <summary>
/// The lease table: one expiring lease per node, one epoch per stream (the treasury among them). Every operation is one atomic step
/// of the store and may throw <see cref="JournalUnavailableException"/>, after which its effect is unknown.
/// </summary>
public interface IShardLeases
{
    /// <summary>Length of a node's lease by the store's clock. Nodes renew at a third of it and fall silent at 0.7 of it.</summary>
    TimeSpan Term { get; }

    /// <summary>Enters a node under a new incarnation with a fresh lease.</summary>
    ValueTask<Incarnation> JoinAsync(string endpoint);

    /// <summary>Extends the node's lease by the term; false when that incarnation is dead.</summary>
    ValueTask<bool> RenewAsync(Incarnation node);

    /// <summary>Takes up to <paramref name="limit"/> streams that are free or whose owner's lease ran out, each under a raised epoch.</summary>
    ValueTask<IReadOnlyList<ShardLease>> ClaimAsync(Incarnation node, int limit);

    /// <summary>Raises the epoch of a stream the node still owns under <paramref name="lease"/>; null when it no longer does.</summary>
    ValueTask<ShardLease?> RaiseEpochAsync(Incarnation node, ShardLease lease);

    /// <summary>Frees a stream at once, if the node still owns it under <paramref name="lease"/>.</summary>
    ValueTask ReleaseAsync(Incarnation node, ShardLease lease);

    /// <summary>The whole table.</summary>
    ValueTask<LeaseTable> ReadAsync();
}
