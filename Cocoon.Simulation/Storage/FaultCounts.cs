namespace Cocoon.Simulation.Storage;

/// <summary>How often the database misbehaved, by kind.</summary>
internal sealed class FaultCounts
{
    private readonly long[] counts = new long[5];

    public long this[RequestFate fate] => counts[(int)fate];

    public void Add(RequestFate fate) => counts[(int)fate]++;
}
