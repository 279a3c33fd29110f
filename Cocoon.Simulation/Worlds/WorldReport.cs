using System.Globalization;

namespace Cocoon.Simulation.Worlds;

/// <summary>What a world did.</summary>
/// <param name="Outcome">Its end.</param>
/// <param name="Faults">Faults by kind.</param>
public sealed record WorldReport(WorldOutcome Outcome, IReadOnlyDictionary<string, long> Faults)
{
    /// <summary>Jobs sent.</summary>
    public long Submitted { get; init; }

    /// <summary>Jobs whose settlement reached their client.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Times that a job was sent again.</summary>
    public long Retried { get; init; }

    /// <summary>Jobs refused for good.</summary>
    public long Refused { get; init; }

    /// <summary>Jobs interrupted after an instalment.</summary>
    public long Interrupted { get; init; }

    /// <summary>Instalments in the journal.</summary>
    public long Settlements { get; init; }

    /// <summary>Transfers between streams that arrived.</summary>
    public long Transfers { get; init; }

    /// <summary>Acknowledged jobs lost by a restored backup.</summary>
    public long LostByRestore { get; init; }

    /// <summary>One line for people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"seed {Outcome.Seed}: {Outcome.Steps} steps, {Outcome.Time.TotalSeconds:0} s, {Acknowledged} of {Submitted} jobs acknowledged, {Retried} retried, {Settlements} settlements, {Transfers} transfers, {Faults.Values.Sum()} faults");
}
