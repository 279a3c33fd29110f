using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;

namespace Cocoon.Actors.Cluster;

/// <summary>Where a stream is served.</summary>
/// <param name="Here">Its actor, when this node owns it; else null.</param>
/// <param name="Endpoint">The owner's endpoint as of the last reading of the table; empty when nobody owns it.</param>
public readonly record struct ShardPlace<TCommand>(ActorRef<TCommand>? Here, string Endpoint);

/// <summary>
/// One node's view of who serves which stream: an immutable snapshot that the shard supervisor replaces. It may be stale: the epoch, not
/// this view, decides who writes. Safe from any thread.
/// </summary>
public sealed class ShardDirectory<TCommand>
{
    private Snapshot snapshot = new(0, [], []);

    /// <summary>Rises with every change.</summary>
    public long Version => Volatile.Read(ref snapshot).Version;

    /// <summary>The live nodes as of the last reading.</summary>
    public IReadOnlyList<LiveNode> Nodes => Volatile.Read(ref snapshot).Nodes;

    /// <summary>Where <paramref name="stream"/> is served.</summary>
    public ShardPlace<TCommand> Find(StreamId stream)
        => Volatile.Read(ref snapshot).Places.TryGetValue(stream, out ShardPlace<TCommand> place) ? place : new(null, string.Empty);

    internal void Replace(IReadOnlyList<LiveNode> nodes, Dictionary<StreamId, ShardPlace<TCommand>> places)
        => Volatile.Write(ref snapshot, new Snapshot(Version + 1, nodes, places));

    private sealed record Snapshot(long Version, IReadOnlyList<LiveNode> Nodes, Dictionary<StreamId, ShardPlace<TCommand>> Places);
}
