using System.Numerics;

namespace Cocoon.Ton.Crypto;

/// <summary>
/// A point of the curve of Ed25519 (RFC 8032, section 5.1) in extended coordinates: x = X/Z, y = Y/Z, x*y = T/Z. Additions and doublings are
/// those of section 5.1.4, complete for every pair of points.
/// </summary>
internal readonly struct CurvePoint(in FieldElement x, in FieldElement y, in FieldElement z, in FieldElement t)
{
    private static readonly FieldElement D = FieldElement.From(-121665 * Inverse(121666));
    private static readonly FieldElement RootOfMinusOne = FieldElement.From(BigInteger.ModPow(2, (FieldElement.Modulus - 1) / 4, FieldElement.Modulus));

    private readonly FieldElement x = x;
    private readonly FieldElement y = y;
    private readonly FieldElement z = z;
    private readonly FieldElement t = t;

    /// <summary>The neutral element.</summary>
    public static CurvePoint Neutral => new(FieldElement.Zero, FieldElement.One, FieldElement.One, FieldElement.Zero);

    /// <summary>2 d, of the curve's equation.</summary>
    public static FieldElement TwoD { get; } = D + D;

    /// <summary>The base point: y = 4/5, x even.</summary>
    public static CurvePoint Base { get; } = OfY(FieldElement.From(4 * Inverse(5)), isOdd: false)!.Value;

    public FieldElement Z => z;

    /// <summary>Reads a compressed point; null when there is none with that y.</summary>
    public static CurvePoint? TryRead(ReadOnlySpan<byte> bytes) => OfY(FieldElement.FromBytes(bytes), (bytes[^1] & 0x80) != 0);

    public CurvePoint Negated() => new(FieldElement.Zero - x, y, z, FieldElement.Zero - t);

    public CurvePoint Plus(in CurvePoint other)
    {
        FieldElement a = (y - x) * (other.y - other.x);
        FieldElement b = (y + x) * (other.y + other.x);
        FieldElement c = t * TwoD * other.t;
        FieldElement d = (z + z) * other.z;
        return Combined(b - a, d - c, d + c, b + a);
    }

    public CurvePoint Plus(in TablePoint other)
    {
        FieldElement a = (y - x) * other.Difference;
        FieldElement b = (y + x) * other.Sum;
        FieldElement c = t * other.Product;
        FieldElement d = z + z;
        return Combined(b - a, d - c, d + c, b + a);
    }

    public CurvePoint Minus(in TablePoint other)
    {
        FieldElement a = (y - x) * other.Sum;
        FieldElement b = (y + x) * other.Difference;
        FieldElement c = t * other.Product;
        FieldElement d = z + z;
        return Combined(b - a, d + c, d - c, b + a);
    }

    /// <summary>As an entry of a table, given 1/Z.</summary>
    public TablePoint ToTable(in FieldElement inverse)
    {
        (FieldElement affineX, FieldElement affineY) = (x * inverse, y * inverse);
        return new TablePoint(affineY + affineX, affineY - affineX, affineX * affineY * TwoD);
    }

    /// <summary>The compressed point, 32 bytes.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        FieldElement inverse = z.Inverted();
        (y * inverse).CopyTo(bytes);
        if ((x * inverse).IsOdd)
            bytes[^1] |= 0x80;
    }

    private static CurvePoint Combined(in FieldElement e, in FieldElement f, in FieldElement g, in FieldElement h)
        => new(e * f, g * h, f * g, e * h);

    /// <summary>x = sqrt((y^2 - 1) / (d y^2 + 1)), by section 5.1.3.</summary>
    private static CurvePoint? OfY(in FieldElement y, bool isOdd)
    {
        FieldElement square = y.Squared();
        FieldElement u = square - FieldElement.One;
        FieldElement v = (D * square) + FieldElement.One;
        FieldElement cube = v.Squared() * v;
        FieldElement x = u * cube * (u * cube.Squared() * v).ToFiveEighths();
        FieldElement check = v * x.Squared();
        if (!check.EqualTo(u))
        {
            if (!check.EqualTo(FieldElement.Zero - u))
                return null;
            x *= RootOfMinusOne;
        }

        if (x.IsOdd != isOdd)
            x = FieldElement.Zero - x;
        return new CurvePoint(x, y, FieldElement.One, x * y);
    }

    private static BigInteger Inverse(int value) => BigInteger.ModPow(value, FieldElement.Modulus - 2, FieldElement.Modulus);
}

/// <summary>An affine point as additions want it: y + x, y - x and 2 d x y.</summary>
internal readonly record struct TablePoint(FieldElement Sum, FieldElement Difference, FieldElement Product);
