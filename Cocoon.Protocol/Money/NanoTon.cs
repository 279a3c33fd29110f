using System.Globalization;

namespace Cocoon.Protocol.Money;

/// <summary>
/// An amount of money in nanoTON (10^-9 TON, called Gram since 2026). Signed: postings are negative on one side.
/// Arithmetic is checked: a sum that leaves <see cref="long"/> throws <see cref="OverflowException"/> rather than wrap.
/// </summary>
/// <param name="Value">The amount in nanoTON; all TON in existence is 5.1e18, which fits.</param>
public readonly record struct NanoTon(long Value) : IComparable<NanoTon>
{
    /// <summary>NanoTON in one TON.</summary>
    public const long PerTon = 1_000_000_000;

    /// <summary>No money.</summary>
    public static readonly NanoTon Zero;

    /// <summary>The sum. Throws <see cref="OverflowException"/> outside the range of <see cref="long"/>.</summary>
    public static NanoTon operator +(NanoTon left, NanoTon right) => new(checked(left.Value + right.Value));

    /// <summary>The difference. Throws <see cref="OverflowException"/> outside the range of <see cref="long"/>.</summary>
    public static NanoTon operator -(NanoTon left, NanoTon right) => new(checked(left.Value - right.Value));

    /// <summary>The amount with the other sign.</summary>
    public static NanoTon operator -(NanoTon amount) => new(checked(-amount.Value));

    /// <summary>Whether the left amount is the smaller.</summary>
    public static bool operator <(NanoTon left, NanoTon right) => left.Value < right.Value;

    /// <summary>Whether the left amount is the larger.</summary>
    public static bool operator >(NanoTon left, NanoTon right) => left.Value > right.Value;

    /// <summary>Whether the left amount is not the larger.</summary>
    public static bool operator <=(NanoTon left, NanoTon right) => left.Value <= right.Value;

    /// <summary>Whether the left amount is not the smaller.</summary>
    public static bool operator >=(NanoTon left, NanoTon right) => left.Value >= right.Value;

    /// <summary>The smaller of two amounts.</summary>
    public static NanoTon Min(NanoTon left, NanoTon right) => left < right ? left : right;

    /// <summary>The larger of two amounts.</summary>
    public static NanoTon Max(NanoTon left, NanoTon right) => left > right ? left : right;

    /// <inheritdoc/>
    public int CompareTo(NanoTon other) => Value.CompareTo(other.Value);

    /// <summary>
    /// Reads a decimal amount of TON such as <c>1</c>, <c>0.25</c> or <c>-3.000000001</c>: at most nine decimals, no exponent, no
    /// thousands separator, always a dot.
    /// </summary>
    public static bool TryParseTon(ReadOnlySpan<char> text, out NanoTon amount)
    {
        amount = Zero;
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(text, style, CultureInfo.InvariantCulture, out decimal ton))
            return false;
        if (Math.Abs(ton) > long.MaxValue / (decimal)PerTon)
            return false;
        decimal nano = ton * PerTon;
        if (nano != decimal.Truncate(nano))
            return false;
        amount = new NanoTon((long)nano);
        return true;
    }

    /// <summary>The amount in TON, without trailing zeros: <c>0.02 TON</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value / (decimal)PerTon:0.#########} TON");
}
