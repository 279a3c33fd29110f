using Cocoon.Actors.Runtime;
using Cocoon.Protocol;

namespace Cocoon.Actors.Persistence;

/// <summary>A stored stream contradicts itself. Nothing may be built on it: the shard stops until an operator has looked.</summary>
public sealed class StreamCorruptException(StreamId stream, long sequence, string problem)
    : ActorStopException($"{stream}, event {sequence}: {problem}. Run 'cocoon ledger verify' and restore from a backup")
{
    /// <summary>The stream.</summary>
    public StreamId Stream { get; } = stream;

    /// <summary>The first event that cannot be trusted.</summary>
    public long Sequence { get; } = sequence;
}

/// <summary>Another owner writes the stream now. This actor's memory is stale and goes with it.</summary>
public sealed class StreamFencedException(StreamId stream, long epoch)
    : ActorStopException($"{stream} is no longer owned under epoch {epoch}")
{
    /// <summary>The stream.</summary>
    public StreamId Stream { get; } = stream;
}

/// <summary>A batch was not acknowledged. The actor restarts from the journal; what it held back is never sent.</summary>
public sealed class StreamInterruptedException(StreamId stream, string reason) : Exception($"{stream}: {reason}")
{
    /// <summary>The stream.</summary>
    public StreamId Stream { get; } = stream;
}
