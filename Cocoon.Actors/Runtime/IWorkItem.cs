namespace Cocoon.Actors.Runtime;

/// <summary>Something a scheduler runs: an actor's turn.</summary>
public interface IWorkItem : IThreadPoolWorkItem
{
    /// <summary>Who runs, for the simulator's trail; the same in every replay.</summary>
    long TraceId { get; }
}
