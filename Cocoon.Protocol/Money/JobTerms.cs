namespace Cocoon.Protocol.Money;

/// <summary>What one class of usage costs.</summary>
/// <param name="Class">The class.</param>
/// <param name="NanoTonPerMillion">NanoTON for a million units, 0 to <see cref="JobTerms.RateMax"/>, before the worker's coefficient.</param>
public readonly record struct Rate(UsageClass Class, long NanoTonPerMillion);

/// <summary>
/// The price of one job, locked at its admission. Everything is exact: products are summed in 128 bits and rounded once.
/// <para>
/// The one rounding: a job's price is <c>ceil(sum(amount * rate) * coefficient / 10^9)</c> nanoTON over its whole cumulative usage, and the
/// commission is <c>floor(price * basis points / 10^4)</c> of that price. An instalment is the difference of two such sums, so cutting a
/// job into instalments changes neither figure.
/// </para>
/// </summary>
public sealed class JobTerms
{
    /// <summary>Highest rate: 10^15 nanoTON (a million TON) for a million units.</summary>
    public const long RateMax = 1_000_000_000_000_000;

    /// <summary>Most units of one class in one job: 10^12.</summary>
    public const long AmountMax = 1_000_000_000_000;

    /// <summary>Highest coefficient: a thousand times the reference price.</summary>
    public const int CoefficientMax = 1_000_000;

    /// <summary>The whole price, in basis points.</summary>
    public const int WholeBasisPoints = 10_000;

    /// <summary>Most classes in one job.</summary>
    public const int ClassesMax = 16;

    private const long CoefficientOne = 1_000;
    private const long Million = 1_000_000;

    private readonly Rate[] rates;

    /// <summary>Terms with the given rates; throws <see cref="ArgumentException"/> when a figure is out of range or a class is there twice.</summary>
    /// <param name="rates">Rates by class; a class that is not listed costs nothing and may not be used.</param>
    /// <param name="coefficientThousandths">The worker's coefficient: 1000 is the reference price; 0 to <see cref="CoefficientMax"/>.</param>
    /// <param name="commissionBasisPoints">The operator's part in hundredths of a percent; 0 to 10,000. 500 is 5 %.</param>
    public JobTerms(IEnumerable<Rate> rates, int coefficientThousandths, int commissionBasisPoints)
    {
        this.rates = [.. rates];
        if (this.rates.Length is 0 or > ClassesMax)
            throw new ArgumentException($"a price has 1 to {ClassesMax} classes, this has {this.rates.Length}", nameof(rates));
        for (int i = 0; i < this.rates.Length; i++)
        {
            if (this.rates[i].NanoTonPerMillion is < 0 or > RateMax)
                throw new ArgumentException($"rate of {this.rates[i].Class} is outside 0..{RateMax}", nameof(rates));
            for (int j = 0; j < i; j++)
            {
                if (this.rates[j].Class == this.rates[i].Class)
                    throw new ArgumentException($"{this.rates[i].Class} has two rates", nameof(rates));
            }
        }

        ArgumentOutOfRangeException.ThrowIfNegative(coefficientThousandths);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(coefficientThousandths, CoefficientMax);
        ArgumentOutOfRangeException.ThrowIfNegative(commissionBasisPoints);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(commissionBasisPoints, WholeBasisPoints);
        CoefficientThousandths = coefficientThousandths;
        CommissionBasisPoints = commissionBasisPoints;
    }

    /// <summary>The rates, in the order given.</summary>
    public IReadOnlyList<Rate> Rates => rates;

    /// <summary>The worker's coefficient in thousandths.</summary>
    public int CoefficientThousandths { get; }

    /// <summary>The operator's commission in hundredths of a percent.</summary>
    public int CommissionBasisPoints { get; }

    /// <summary>Nothing may be charged under a class without a rate.</summary>
    public bool TryGetRate(UsageClass usageClass, out long nanoTonPerMillion)
    {
        foreach (Rate rate in rates)
        {
            if (rate.Class == usageClass)
            {
                nanoTonPerMillion = rate.NanoTonPerMillion;
                return true;
            }
        }

        nanoTonPerMillion = 0;
        return false;
    }

    /// <summary>
    /// The price of <paramref name="usage"/>, by the one rounding. Throws <see cref="ArgumentException"/> for a class without a rate or an
    /// amount outside 0..<see cref="AmountMax"/>, and <see cref="OverflowException"/> when the price exceeds <see cref="long"/>.
    /// </summary>
    public NanoTon Price(ReadOnlySpan<UsageAmount> usage)
    {
        if (usage.Length > ClassesMax)
            throw new ArgumentException($"a job uses at most {ClassesMax} classes, this uses {usage.Length}", nameof(usage));
        Int128 weighted = 0;
        foreach (UsageAmount used in usage)
        {
            if (!TryGetRate(used.Class, out long rate))
                throw new ArgumentException($"{used.Class} has no rate in this job's price", nameof(usage));
            if (used.Amount is < 0 or > AmountMax)
                throw new ArgumentException($"{used.Amount} units of {used.Class} are outside 0..{AmountMax}", nameof(usage));
            weighted += (Int128)used.Amount * rate;
        }

        return Round(weighted);
    }

    /// <summary>The operator's part of a price, by the one rounding. The rest is the worker's.</summary>
    public NanoTon Commission(NanoTon price) => CommissionOf(price, CommissionBasisPoints);

    /// <summary>The operator's part of a price at <paramref name="basisPoints"/>, by the one rounding.</summary>
    public static NanoTon CommissionOf(NanoTon price, int basisPoints)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(price.Value);
        return new NanoTon((long)((Int128)price.Value * basisPoints / WholeBasisPoints));
    }

    /// <summary>
    /// What to hold back for a job: every prompt unit at the highest prompt rate, every output unit at the highest output rate.
    /// Throws as <see cref="Price"/> does.
    /// </summary>
    /// <param name="promptBound">Most prompt tokens it can have, 0 to <see cref="AmountMax"/>.</param>
    /// <param name="mediaBound">Bounds of its media units, by class; empty for text.</param>
    /// <param name="outputMax">Most output tokens of one choice, 0 and up.</param>
    /// <param name="choices">Number of choices, 1 and up.</param>
    public NanoTon Reservation(long promptBound, ReadOnlySpan<UsageAmount> mediaBound, long outputMax, int choices) =>
        Round(Weigh(promptBound, mediaBound) + ((Int128)CheckedOutput(outputMax, choices) * OutputRate()));

    /// <summary>
    /// The largest output bound of one choice whose reservation fits into <paramref name="available"/>, at most
    /// <paramref name="outputMax"/>; -1 when even the prompt does not fit.
    /// </summary>
    public long AffordableOutput(NanoTon available, long promptBound, ReadOnlySpan<UsageAmount> mediaBound, long outputMax, int choices)
    {
        CheckedOutput(outputMax, choices);
        Int128 fixedPart = Weigh(promptBound, mediaBound);
        // ceil(w * c / 10^9) <= a holds exactly when w * c <= a * 10^9.
        Int128 budget = (Int128)available.Value * (Million * CoefficientOne);
        if (available.Value < 0 || fixedPart * CoefficientThousandths > budget)
            return -1;
        Int128 each = (Int128)OutputRate() * choices * CoefficientThousandths;
        if (each == 0)
            return outputMax;
        Int128 most = (budget - (fixedPart * CoefficientThousandths)) / each;
        return most < outputMax ? (long)most : outputMax;
    }

    private static long CheckedOutput(long outputMax, int choices)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outputMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(choices);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(outputMax, AmountMax / choices);
        return outputMax * choices;
    }

    private Int128 Weigh(long promptBound, ReadOnlySpan<UsageAmount> mediaBound)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(promptBound);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(promptBound, AmountMax);
        TryGetRate(UsageClass.Prompt, out long promptRate);
        TryGetRate(UsageClass.Cached, out long cachedRate);
        Int128 weighted = (Int128)promptBound * Math.Max(promptRate, cachedRate);
        foreach (UsageAmount media in mediaBound)
        {
            if (!TryGetRate(media.Class, out long rate))
                throw new ArgumentException($"{media.Class} has no rate in this job's price", nameof(mediaBound));
            if (media.Amount is < 0 or > AmountMax)
                throw new ArgumentException($"{media.Amount} units of {media.Class} are outside 0..{AmountMax}", nameof(mediaBound));
            weighted += (Int128)media.Amount * rate;
        }

        return weighted;
    }

    private long OutputRate()
    {
        TryGetRate(UsageClass.Completion, out long completion);
        TryGetRate(UsageClass.Reasoning, out long reasoning);
        return Math.Max(completion, reasoning);
    }

    private NanoTon Round(Int128 weighted)
    {
        const long divisor = Million * CoefficientOne;
        Int128 exact = weighted * CoefficientThousandths;
        return new NanoTon(checked((long)((exact + (divisor - 1)) / divisor)));
    }
}
