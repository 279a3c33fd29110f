namespace Cocoon.Actors.Runtime;

/// <summary>Something a scheduler runs: an actor's turn.</summary>
public interface IWorkItem : IThreadPoolWorkItem
{
    /// <summary>Who runs, for the simulator's trail; the same in every replay.</summary>
    long TraceId { get; }

    /// <summary>What the turn would take first, for a trail that people read; null when nothing waits.</summary>
    object? Peek();
}
