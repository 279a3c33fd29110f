namespace Cocoon.Actors.Routing;

/// <summary>
/// How times to first token compare with what was expected: a histogram of the ratio in steps of a quarter octave from 1/8 to 32, halved
/// now and then so that it forgets. One for each model; it turns an expectation into a percentile.
/// </summary>
internal sealed class FirstTokenHistogram
{
    private const int StepsPerOctave = 4;
    private const int LowestOctave = -3;
    private const int Buckets = 8 * StepsPerOctave;
    private const int HalveAt = 2048;
    private readonly int[] counts = new int[Buckets];
    private int total;

    /// <summary>Observations kept.</summary>
    public int Count => total;

    /// <summary>Adds one pair; ignored when nothing was expected.</summary>
    public void Add(double actualSeconds, double expectedSeconds)
    {
        if (!(actualSeconds > 0) || !(expectedSeconds > 0))
            return;
        double octave = Math.Log2(actualSeconds / expectedSeconds) - LowestOctave;
        counts[(int)Math.Clamp(octave * StepsPerOctave, 0, Buckets - 1)]++;
        if (++total >= HalveAt)
            Halve();
    }

    /// <summary>The ratio that a part <paramref name="quantile"/> of the observations does not exceed: the upper end of its bucket.</summary>
    public double Ratio(double quantile)
    {
        double wanted = quantile * total;
        int seen = 0;
        for (int i = 0; i < Buckets; i++)
        {
            seen += counts[i];
            if (seen >= wanted && seen > 0)
                return Math.Pow(2, LowestOctave + ((i + 1.0) / StepsPerOctave));
        }

        return Math.Pow(2, LowestOctave + ((double)Buckets / StepsPerOctave));
    }

    private void Halve()
    {
        total = 0;
        for (int i = 0; i < Buckets; i++)
        {
            counts[i] /= 2;
            total += counts[i];
        }
    }
}
