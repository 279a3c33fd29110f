using Cocoon.Simulation.Worlds;

namespace Cocoon.Host.Commands.Simulate;

/// <summary>The sums over the worlds of one run.</summary>
internal sealed class WorldTotals
{
    private readonly SortedDictionary<string, long> faults = new(StringComparer.Ordinal);

    public int Worlds { get; private set; }

    public long Steps { get; private set; }

    public TimeSpan Time { get; private set; }

    public long Submitted { get; private set; }

    public long Acknowledged { get; private set; }

    public long Resumed { get; private set; }

    public long Cancelled { get; private set; }

    public long Failed { get; private set; }

    public long Runs { get; private set; }

    public long Settlements { get; private set; }

    public long Transfers { get; private set; }

    public long LostByRestore { get; private set; }

    public IReadOnlyDictionary<string, long> Faults => faults;

    /// <summary>The last world's end: the violated one, if any.</summary>
    public WorldOutcome? Last { get; private set; }

    public string? Violation => Last?.Violation;

    public void Add(WorldReport report)
    {
        Worlds++;
        Steps += report.Outcome.Steps;
        Time += report.Outcome.Time;
        Submitted += report.Submitted;
        Acknowledged += report.Acknowledged;
        Resumed += report.Resumed;
        Cancelled += report.Cancelled;
        Failed += report.Failed.Values.Sum();
        Runs += report.Runs;
        Settlements += report.Settlements;
        Transfers += report.Transfers;
        LostByRestore += report.LostByRestore;
        Last = report.Outcome;
        foreach ((string name, long count) in report.Faults)
            faults[name] = faults.GetValueOrDefault(name) + count;
    }
}
