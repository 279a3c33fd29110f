using Cocoon.Actors.Ports;

namespace Cocoon.Actors.Cluster;

/// <summary>What a shard supervisor hears.</summary>
public abstract record ShardEvent
{
    private ShardEvent()
    {
    }

    internal sealed record Joined(Incarnation Node) : ShardEvent;

    internal sealed record Died(Incarnation Node) : ShardEvent;

    internal sealed record Due : ShardEvent
    {
        public static readonly Due Now = new();
    }

    /// <summary>Gives every stream back, for a node that is about to leave. Nothing is claimed afterwards.</summary>
    public sealed record Leave : ShardEvent;
}
