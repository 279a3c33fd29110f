namespace Cocoon.Simulation.Scheduling;

/// <summary>
/// Stands in for "no context" outside actors' turns. An await that would continue here would continue on the thread pool in production,
/// out of any actor's turn: the world reports it instead of losing its replay. What is posted never runs.
/// </summary>
internal sealed class StrayContext : SynchronizationContext
{
    /// <summary>Whether anything strayed.</summary>
    public bool HasStrays { get; private set; }

    // Throwing here would surface on a thread of the pool.
    public override void Post(SendOrPostCallback d, object? state) => HasStrays = true;

    public override void Send(SendOrPostCallback d, object? state) => HasStrays = true;

    public override SynchronizationContext CreateCopy() => this;
}
