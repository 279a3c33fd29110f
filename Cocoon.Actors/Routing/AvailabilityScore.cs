namespace Cocoon.Actors.Routing;

/// <summary>
/// The probability that a worker completes a job, as the lower bound of a Beta distribution whose evidence fades: prior Beta(30, 0.5),
/// bound = mean less one standard deviation. A failure counts three times, because it costs another worker's time as well.
/// <para>
/// The prior is high on purpose: newcomer (0.96) and proven worker (at most 1) stay within the band of near-ties, or the first worker to
/// have had any success would have all traffic at low volume. Slow start and breaker bound what a bad newcomer can do with it.
/// Five failures in a row give 0.59, ten 0.43.
/// </para>
/// </summary>
internal sealed class AvailabilityScore(TimeSpan halfLife)
{
    private const double PriorSuccesses = 30;
    private const double PriorFailures = 0.5;
    private const double FailureWeight = 3;
    private const double Lowest = 0.01;
    private double successes;
    private double failures;
    private TimeSpan updated;

    /// <summary>Adds an outcome. A failure after the first chunk weighs more than one before it, because somebody saw it.</summary>
    public void Record(TimeSpan now, bool succeeded, double weight = 1)
    {
        double factor = Decay.Factor(now - updated, halfLife);
        successes = (successes * factor) + (succeeded ? weight : 0);
        failures = (failures * factor) + (succeeded ? 0 : weight * FailureWeight);
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
