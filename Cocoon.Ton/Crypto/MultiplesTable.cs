namespace Cocoon.Ton.Crypto;

/// <summary>
/// Multiples of one point, 100 KB: with them a multiplication is 51 additions and no doubling. Entry j of row i is (j + 1) * 32^i times the
/// point.
/// </summary>
internal sealed class MultiplesTable
{
    private const int DigitBits = 5;
    private const int Rows = 51;
    private const int Columns = 1 << (DigitBits - 1);
    private readonly TablePoint[] entries = new TablePoint[Rows * Columns];

    public MultiplesTable(in CurvePoint point)
    {
        CurvePoint[] points = new CurvePoint[entries.Length];
        CurvePoint first = point;
        for (int row = 0; row < Rows; row++)
        {
            Span<CurvePoint> multiples = points.AsSpan(row * Columns, Columns);
            multiples[0] = first;
            for (int column = 1; column < Columns; column++)
                multiples[column] = multiples[column - 1].Plus(first);
            first = multiples[^1].Plus(multiples[^1]);
        }

        ToTable(points);
    }

    /// <summary><paramref name="sum"/> plus <paramref name="scalar"/> times the point; the scalar is little-endian and below 2^253.</summary>
    public CurvePoint AddMultiple(CurvePoint sum, ReadOnlySpan<byte> scalar)
    {
        // Digits from -16 to 15: a digit above is 32 less, and the next one more.
        int carry = 0;
        for (int row = 0; row < Rows; row++)
        {
            int digit = DigitOf(scalar, row * DigitBits) + carry;
            carry = digit >= Columns ? 1 : 0;
            digit -= carry << DigitBits;
            if (digit > 0)
                sum = sum.Plus(entries[(row * Columns) + digit - 1]);
            else if (digit < 0)
                sum = sum.Minus(entries[(row * Columns) - digit - 1]);
        }

        return sum;
    }

    private static int DigitOf(ReadOnlySpan<byte> scalar, int bit)
    {
        int index = bit >> 3;
        int two = scalar[index] | (index + 1 < scalar.Length ? scalar[index + 1] << 8 : 0);
        return (two >> (bit & 7)) & ((1 << DigitBits) - 1);
    }

    /// <summary>All inverses for the price of one: the product of all is inverted, and taken apart from its end.</summary>
    private void ToTable(ReadOnlySpan<CurvePoint> points)
    {
        FieldElement[] products = new FieldElement[points.Length];
        FieldElement product = FieldElement.One;
        for (int i = 0; i < points.Length; i++)
        {
            products[i] = product;
            product *= points[i].Z;
        }

        FieldElement inverse = product.Inverted();
        for (int i = points.Length - 1; i >= 0; i--)
        {
            entries[i] = points[i].ToTable(inverse * products[i]);
            inverse *= points[i].Z;
        }
    }
}
