namespace Cocoon.Actors.Routing;

/// <summary>
/// How far a worker's accounting is believed: 1 for a clean record, falling with every violation, forgotten in days rather than
/// minutes. Twenty violations of weight 1, or two of weight 10, bring a worker to one half, where it gets nothing.
/// </summary>
internal sealed class IntegrityScore(TimeSpan halfLife)
{
    private const double Credit = 20;
    private double violations;
    private TimeSpan updated;

    /// <summary>Adds a violation of the usage bounds, or a failed check, of this weight (0 and up; 1 = within a tenth of the bound).</summary>
    public void Record(TimeSpan now, double weight)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(weight);
        violations = (violations * Decay.Factor(now - updated, halfLife)) + weight;
        updated = now;
    }

    /// <summary>The score, above 0 and at most 1.</summary>
    public double Value(TimeSpan now) => Credit / (Credit + (violations * Decay.Factor(now - updated, halfLife)));
}
