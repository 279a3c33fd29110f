namespace Cocoon.Actors.Routing;

/// <summary>
/// The probability that a worker completes a job, as the lower bound of a Beta distribution whose evidence fades: prior Beta(8, 1),
/// bound = mean less one standard deviation. A newcomer has 0.79, fifty successes 0.97, five failures in a row 0.44.
/// </summary>
internal sealed class AvailabilityScore(TimeSpan halfLife)
{
    private const double PriorSuccesses = 8;
    private const double PriorFailures = 1;
    private const double Lowest = 0.01;
    private double successes;
    private double failures;
    private TimeSpan updated;

    /// <summary>Adds an outcome. A failure after the first chunk weighs more than one before it, because somebody saw it.</summary>
    public void Record(TimeSpan now, bool succeeded, double weight = 1)
    {
        double factor = Decay.Factor(now - updated, halfLife);
        successes = (successes * factor) + (succeeded ? weight : 0);
        failures = (failures * factor) + (succeeded ? 0 : weight);
        updated = now;
    }

    /// <summary>The lower bound, 0.01 to 1.</summary>
    public double LowerBound(TimeSpan now)
    {
        double factor = Decay.Factor(now - updated, halfLife);
        double alpha = PriorSuccesses + (successes * factor);
        double beta = PriorFailures + (failures * factor);
        double total = alpha + beta;
        double mean = alpha / total;
        double deviation = Math.Sqrt(mean * (1 - mean) / (total + 1));
        return Math.Max(Lowest, mean - deviation);
    }
}
