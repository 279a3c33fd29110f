using System.Globalization;

namespace Cocoon.Ton;

/// <summary>
/// An amount of TON (the coin is also called Gram) or of a jetton, in its smallest unit: TL-B <c>VarUInteger 16</c>, 0 to 2^120 - 1.
/// One TON is 10^9 nano. Never a floating-point number.
/// </summary>
public readonly record struct Coins : IComparable<Coins>
{
    /// <summary>Decimal places of TON: 1 TON = 10^9 nano.</summary>
    public const int TonDecimals = 9;

    /// <summary>The largest amount: 2^120 - 1.</summary>
    public static readonly Coins MaxValue = new((UInt128.One << 120) - 1);

    /// <summary>Nothing.</summary>
    public static readonly Coins Zero;

    /// <summary>Creates an amount from its smallest units.</summary>
    /// <exception cref="OverflowException"><paramref name="nano"/> is 2^120 or more.</exception>
    public Coins(UInt128 nano)
    {
        if (nano >> 120 != 0)
            throw new OverflowException($"{nano} is more than the largest amount, 2^120 - 1");
        Nano = nano;
    }

    /// <summary>The amount in the smallest units (nano for TON).</summary>
    public UInt128 Nano { get; }

    /// <summary>An amount in nano.</summary>
    /// <exception cref="OverflowException"><paramref name="nano"/> is negative.</exception>
    public static Coins FromNano(long nano) =>
        nano >= 0 ? new Coins((UInt128)nano) : throw new OverflowException($"an amount of coins is not negative: {nano}");

    /// <summary>The amount in nano as a signed 64-bit number.</summary>
    /// <exception cref="OverflowException">The amount is 2^63 nano (9.2 thousand million TON) or more.</exception>
    public long ToInt64() => checked((long)Nano);

    /// <summary>
    /// Reads a decimal number with a point and at most <paramref name="decimals"/> places, such as "1.5". No sign, exponent, spaces or
    /// grouping, whatever the culture.
    /// </summary>
    /// <exception cref="TonFormatException">The text is not such a number or is too large.</exception>
    public static Coins Parse(string text, int decimals = TonDecimals) =>
        TryParse(text, decimals, out Coins coins)
            ? coins
            : throw new TonFormatException($"\"{text}\" is not an amount: digits, and at most {decimals} more after a point");

    /// <summary>Reads a decimal number as <see cref="Parse"/> does; false when it is none.</summary>
    public static bool TryParse(string? text, int decimals, out Coins coins)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)decimals, 36u, nameof(decimals));
        coins = default;
        if (string.IsNullOrEmpty(text))
            return false;
        int point = text.IndexOf('.', StringComparison.Ordinal);
        ReadOnlySpan<char> whole = point < 0 ? text : text.AsSpan(0, point);
        ReadOnlySpan<char> fraction = point < 0 ? [] : text.AsSpan(point + 1);
        if (whole.IsEmpty || (point >= 0 && fraction.IsEmpty) || fraction.Length > decimals || whole.Length + decimals > 60)
            return false;
        UInt128 nano = 0;
        if (!TryAppend(ref nano, whole) || !TryAppend(ref nano, fraction) || !TryAppend(ref nano, new string('0', decimals - fraction.Length)))
            return false;
        coins = new Coins(nano);
        return true;
    }

    /// <summary>The amount as a decimal number in TON without trailing zeros: "1.5".</summary>
    public override string ToString() => ToString(TonDecimals);

    /// <summary>The amount as a decimal number with <paramref name="decimals"/> places at most, without trailing zeros.</summary>
    public string ToString(int decimals)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)decimals, 36u, nameof(decimals));
        string digits = Nano.ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        string fraction = digits[^decimals..].TrimEnd('0');
        return fraction.Length == 0 ? digits[..^decimals] : $"{digits[..^decimals]}.{fraction}";
    }

    /// <inheritdoc/>
    public int CompareTo(Coins other) => Nano.CompareTo(other.Nano);

    /// <summary>The sum; throws <see cref="OverflowException"/> past the largest amount.</summary>
    public static Coins operator +(Coins left, Coins right) => new(checked(left.Nano + right.Nano));

    /// <summary>The difference; throws <see cref="OverflowException"/> below zero.</summary>
    public static Coins operator -(Coins left, Coins right) => new(checked(left.Nano - right.Nano));

    /// <summary>Whether less.</summary>
    public static bool operator <(Coins left, Coins right) => left.Nano < right.Nano;

    /// <summary>Whether more.</summary>
    public static bool operator >(Coins left, Coins right) => left.Nano > right.Nano;

    /// <summary>Whether less or equal.</summary>
    public static bool operator <=(Coins left, Coins right) => left.Nano <= right.Nano;

    /// <summary>Whether more or equal.</summary>
    public static bool operator >=(Coins left, Coins right) => left.Nano >= right.Nano;

    private static bool TryAppend(ref UInt128 number, ReadOnlySpan<char> digits)
    {
        foreach (char digit in digits)
        {
            if (!char.IsAsciiDigit(digit))
                return false;
            number = (number * 10) + (UInt128)(digit - '0');
            if (number >> 120 != 0)
                return false;
        }

        return true;
    }
}
