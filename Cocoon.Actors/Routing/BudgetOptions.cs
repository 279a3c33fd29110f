namespace Cocoon.Actors.Routing;

/// <summary>How much work may be done twice.</summary>
public sealed record BudgetOptions
{
    /// <summary>Retries that every first attempt of the node allows; default 0.1.</summary>
    public double RetryShare { get; init; } = 0.1;

    /// <summary>Most retries saved up, and what a node starts with; default 10.</summary>
    public double RetriesSavedMax { get; init; } = 10;

    /// <summary>Whether a late first token may be asked for elsewhere; default false, because each hedge costs the operator money.</summary>
    public bool HedgingEnabled { get; init; }

    /// <summary>Hedges that every first attempt of the node allows; default 0.02.</summary>
    public double HedgeShare { get; init; } = 0.02;

    /// <summary>Most hedges saved up; a node starts with none; default 20.</summary>
    public double HedgesSavedMax { get; init; } = 20;

    /// <summary>The part of times to first token after which a hedge may go, 0 to 1; default 0.95.</summary>
    public double HedgeQuantile { get; init; } = 0.95;

    /// <summary>Times to first token that a model must have shown before it is hedged; default 100.</summary>
    public int HedgeSamplesMin { get; init; } = 100;

    /// <summary>Least time before a hedge; default 2 s.</summary>
    public TimeSpan HedgeDelayMin { get; init; } = TimeSpan.FromSeconds(2);
}
