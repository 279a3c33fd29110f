using System.Globalization;

namespace Cocoon.Simulation.Worlds;

/// <summary>What a world did.</summary>
/// <param name="Outcome">Its end.</param>
/// <param name="Faults">Faults by kind.</param>
public sealed record WorldReport(WorldOutcome Outcome, IReadOnlyDictionary<string, long> Faults)
{
    /// <summary>Jobs sent.</summary>
    public long Submitted { get; init; }

    /// <summary>Jobs whose whole answer and settlement reached their client.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Times that a job was asked for again after a reconnect.</summary>
    public long Resumed { get; init; }

    /// <summary>Jobs that their users cancelled.</summary>
    public long Cancelled { get; init; }

    /// <summary>Jobs that ended with an error, by its code.</summary>
    public IReadOnlyDictionary<string, long> Failed { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>Runs of engines: attempts, retries and hedges.</summary>
    public long Runs { get; init; }

    /// <summary>Instalments in the journal.</summary>
    public long Settlements { get; init; }

    /// <summary>Transfers between streams that arrived.</summary>
    public long Transfers { get; init; }

    /// <summary>Acknowledged jobs lost by a restored backup.</summary>
    public long LostByRestore { get; init; }

    /// <summary>Clients that found that their proxy's ledger had been rolled back.</summary>
    public long RollbacksFound { get; init; }

    /// <summary>Jobs that a purse of two gateways had nothing left for.</summary>
    public long PursesUsedUp { get; init; }

    /// <summary>One line for people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"seed {Outcome.Seed}: {Outcome.Steps} steps, {Outcome.Time.TotalSeconds:0} s, {Acknowledged} of {Submitted} jobs acknowledged, {Failed.Values.Sum()} failed, {Cancelled} cancelled, {Resumed} resumed, {Runs} runs, {Settlements} settlements, {Transfers} transfers, {Faults.Values.Sum()} faults");
}
