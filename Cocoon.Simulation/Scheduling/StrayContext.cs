namespace Cocoon.Simulation.Scheduling;

/// <summary>
/// Stands in for "no context" outside actors' turns. An await that would continue here would continue on the thread pool in production,
/// out of any actor's turn: the world reports it instead of losing its replay.
/// </summary>
internal sealed class StrayContext : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => throw Stray(d);

    public override void Send(SendOrPostCallback d, object? state) => throw Stray(d);

    public override SynchronizationContext CreateCopy() => this;

    private static InvalidOperationException Stray(SendOrPostCallback continuation)
        => new($"an await outside any actor's turn would leave the simulated thread: {continuation.Method.DeclaringType}.{continuation.Method.Name}");
}
