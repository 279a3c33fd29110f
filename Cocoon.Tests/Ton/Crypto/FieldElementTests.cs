using System.Numerics;
using Cocoon.Ton.Crypto;

namespace Cocoon.Tests.Ton.Crypto;

/// <summary>Arithmetic modulo 2^255 - 19 beside <see cref="BigInteger"/>'s, with the numbers at which carries go wrong.</summary>
public sealed class FieldElementTests
{
    private static readonly BigInteger Top = BigInteger.Pow(2, 255) - 1;

    [Fact]
    public void Every_operation_agrees_with_big_integers()
    {
        BigInteger[] numbers = [.. Edges(), .. Randoms(40)];
        foreach (BigInteger left in numbers)
        {
            FieldElement a = Read(left);
            Same(left, a);
            Same(left * left, a.Squared());
            Same(BigInteger.ModPow(left, FieldElement.Modulus - 2, FieldElement.Modulus), a.Inverted());
            Same(BigInteger.ModPow(left, (FieldElement.Modulus - 5) / 8, FieldElement.Modulus), a.ToFiveEighths());
            foreach (BigInteger right in numbers)
            {
                FieldElement b = Read(right);
                Same(left + right, a + b);
                Same(left - right, a - b);
                Same(left * right, a * b);

                // As large as a limb becomes between two carries: sums on both sides of a product.
                Same((left + right) * (left + left), (a + b) * (a + a));
                Same((left + right) * (left + right), (a + b).Squared());
                Same(left + left - (right + right), a + a - (b + b));
            }
        }
    }

    /// <summary>Also what is not below the modulus: 19 numbers have two encodings, and are read as what they stand for.</summary>
    private static IEnumerable<BigInteger> Edges()
    {
        for (int i = 0; i <= 19; i++)
            yield return Top - i;
        for (int limb = 0; limb < 5; limb++)
        {
            BigInteger one = BigInteger.One << (51 * limb);
            yield return one;
            yield return one - 1;
            yield return ((BigInteger.One << 51) - 1) * one;
            yield return Top - one;
        }
    }

    private static IEnumerable<BigInteger> Randoms(int count)
    {
        Random random = new(25519);
        byte[] bytes = new byte[FieldElement.Length];
        for (int i = 0; i < count; i++)
        {
            random.NextBytes(bytes);
            yield return new BigInteger(bytes, isUnsigned: true) & Top;
        }
    }

    private static FieldElement Read(BigInteger number)
    {
        byte[] bytes = new byte[FieldElement.Length];
        Assert.True(number.TryWriteBytes(bytes, out _, isUnsigned: true));
        return FieldElement.FromBytes(bytes);
    }

    private static void Same(BigInteger expected, FieldElement actual)
    {
        byte[] bytes = new byte[FieldElement.Length];
        actual.CopyTo(bytes);
        Assert.Equal(((expected % FieldElement.Modulus) + FieldElement.Modulus) % FieldElement.Modulus, new BigInteger(bytes, isUnsigned: true));
    }
}
