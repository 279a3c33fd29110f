namespace Cocoon.Actors.Routing;

/// <summary>Exponential forgetting.</summary>
internal static class Decay
{
    /// <summary>What is left of a weight after <paramref name="elapsed"/>: 1 at once, a half after one half-life.</summary>
    public static double Factor(TimeSpan elapsed, TimeSpan halfLife)
        => elapsed <= TimeSpan.Zero ? 1 : Math.Pow(0.5, elapsed / halfLife);
}

/// <summary>A mean that forgets, pulled toward a prior as if that had been seen a few times.</summary>
internal sealed class DecayedMean(TimeSpan halfLife, double priorWeight)
{
    private double sum;
    private double weight;
    private TimeSpan updated;

    /// <summary>Adds one observation.</summary>
    public void Add(TimeSpan now, double value)
    {
        double factor = Decay.Factor(now - updated, halfLife);
        sum = (sum * factor) + value;
        weight = (weight * factor) + 1;
        updated = now;
    }

    /// <summary>The mean; <paramref name="prior"/> where nothing has been seen.</summary>
    public double Value(TimeSpan now, double prior)
    {
        double factor = Decay.Factor(now - updated, halfLife);
        return ((sum * factor) + (prior * priorWeight)) / ((weight * factor) + priorWeight);
    }
}
