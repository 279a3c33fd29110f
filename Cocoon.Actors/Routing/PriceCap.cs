using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Routing;

/// <summary>Turns a client's price caps into what workers are compared by: a coefficient.</summary>
public static class PriceCap
{
    /// <summary>
    /// The highest coefficient, in thousandths, at which no class costs more than its cap; <see cref="int.MaxValue"/> without caps,
    /// -1 when even a coefficient of 0 is refused (a negative cap).
    /// </summary>
    /// <param name="rates">The operator's rates for the model.</param>
    /// <param name="caps">The client's caps by class; a class without a rate is ignored.</param>
    public static int Coefficient(IReadOnlyList<Rate> rates, IReadOnlyList<Rate> caps)
    {
        Int128 lowest = int.MaxValue;
        foreach (Rate cap in caps)
        {
            foreach (Rate rate in rates)
            {
                if (rate.Class != cap.Class)
                    continue;
                if (cap.NanoTonPerMillion < 0)
                    return -1;
                if (rate.NanoTonPerMillion > 0)
                    lowest = Int128.Min(lowest, (Int128)cap.NanoTonPerMillion * 1000 / rate.NanoTonPerMillion);
            }
        }

        return (int)lowest;
    }
}
