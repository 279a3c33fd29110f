namespace Cocoon.Actors.Routing;

/// <summary>When a late first token may be asked for a second time.</summary>
internal static class HedgePolicy
{
    /// <summary>
    /// How long to wait for the first token before a second worker is asked; null = never: hedging is off, or the model has not shown
    /// enough first tokens to say what late is.
    /// </summary>
    public static TimeSpan? Delay(BudgetOptions options, FirstTokenHistogram history, double expectedFirstTokenSeconds)
    {
        if (!options.HedgingEnabled || history.Count < options.HedgeSamplesMin)
            return null;
        double seconds = expectedFirstTokenSeconds * history.Ratio(options.HedgeQuantile);
        TimeSpan delay = TimeSpan.FromSeconds(Math.Min(seconds, 3600));
        return delay > options.HedgeDelayMin ? delay : options.HedgeDelayMin;
    }
}
