namespace Cocoon.Actors.Runtime;

/// <summary>
/// A timer as its scheduler holds it: an intrusive list node, so that starting and cancelling allocate nothing.
/// The scheduler that a node was started on owns the fields until it fires or is cancelled.
/// </summary>
public abstract class TimerNode
{
    internal TimerNode? Next { get; set; }

    internal TimerNode? Previous { get; set; }

    /// <summary>When it is due, in the scheduler's monotonic time. Set by the scheduler.</summary>
    public TimeSpan Due { get; set; }

    /// <summary>The scheduler's place for the node (a wheel slot, a heap tag); -1 when not started.</summary>
    public long Slot { get; set; } = -1;

    /// <summary>Called once, off any actor's turn: it only enqueues.</summary>
    protected internal abstract void Fire();
}
