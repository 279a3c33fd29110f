using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Cocoon.Ton.Crypto;

/// <summary>
/// A number modulo p = 2^255 - 19 in five limbs of 51 bits, each kept below 2^54. Runs in time that depends on its operands: for public
/// values alone.
/// </summary>
internal readonly struct FieldElement
{
    public const int Length = 32;

    private const ulong LimbMask = (1UL << 51) - 1;

    private readonly ulong limb0;
    private readonly ulong limb1;
    private readonly ulong limb2;
    private readonly ulong limb3;
    private readonly ulong limb4;

    private FieldElement(ulong limb0, ulong limb1, ulong limb2, ulong limb3, ulong limb4)
    {
        this.limb0 = limb0;
        this.limb1 = limb1;
        this.limb2 = limb2;
        this.limb3 = limb3;
        this.limb4 = limb4;
    }

    /// <summary>2^255 - 19.</summary>
    public static BigInteger Modulus { get; } = BigInteger.Pow(2, 255) - 19;

    public static FieldElement Zero => default;

    public static FieldElement One => new(1, 0, 0, 0, 0);

    /// <summary>Whether the canonical encoding is odd: the sign of an x coordinate.</summary>
    public bool IsOdd
    {
        get
        {
            Span<byte> bytes = stackalloc byte[Length];
            CopyTo(bytes);
            return (bytes[0] & 1) != 0;
        }
    }

    public static FieldElement operator +(in FieldElement a, in FieldElement b)
        => new(a.limb0 + b.limb0, a.limb1 + b.limb1, a.limb2 + b.limb2, a.limb3 + b.limb3, a.limb4 + b.limb4);

    /// <summary>Adds 16 p first, so that no limb goes below zero.</summary>
    public static FieldElement operator -(in FieldElement a, in FieldElement b)
    {
        const ulong lowest = ((1UL << 51) - 19) << 4;
        const ulong other = LimbMask << 4;
        return Carried(
            a.limb0 + lowest - b.limb0, a.limb1 + other - b.limb1, a.limb2 + other - b.limb2, a.limb3 + other - b.limb3, a.limb4 + other - b.limb4);
    }

    public static FieldElement operator *(in FieldElement a, in FieldElement b)
    {
        (ulong a0, ulong a1, ulong a2, ulong a3, ulong a4) = (a.limb0, a.limb1, a.limb2, a.limb3, a.limb4);
        (ulong b0, ulong b1, ulong b2, ulong b3, ulong b4) = (b.limb0, b.limb1, b.limb2, b.limb3, b.limb4);
        (ulong c1, ulong c2, ulong c3, ulong c4) = (19 * b1, 19 * b2, 19 * b3, 19 * b4);
        Wide sum0 = Wide.Of(a0, b0).Plus(a1, c4).Plus(a2, c3).Plus(a3, c2).Plus(a4, c1);
        Wide sum1 = Wide.Of(a0, b1).Plus(a1, b0).Plus(a2, c4).Plus(a3, c3).Plus(a4, c2);
        Wide sum2 = Wide.Of(a0, b2).Plus(a1, b1).Plus(a2, b0).Plus(a3, c4).Plus(a4, c3);
        Wide sum3 = Wide.Of(a0, b3).Plus(a1, b2).Plus(a2, b1).Plus(a3, b0).Plus(a4, c4);
        Wide sum4 = Wide.Of(a0, b4).Plus(a1, b3).Plus(a2, b2).Plus(a3, b1).Plus(a4, b0);
        return Reduced(sum0, sum1, sum2, sum3, sum4);
    }

    public static FieldElement FromBytes(ReadOnlySpan<byte> littleEndian)
    {
        ulong word0 = BinaryPrimitives.ReadUInt64LittleEndian(littleEndian);
        ulong word1 = BinaryPrimitives.ReadUInt64LittleEndian(littleEndian[8..]);
        ulong word2 = BinaryPrimitives.ReadUInt64LittleEndian(littleEndian[16..]);
        ulong word3 = BinaryPrimitives.ReadUInt64LittleEndian(littleEndian[24..]);
        return new FieldElement(
            word0 & LimbMask,
            ((word0 >> 51) | (word1 << 13)) & LimbMask,
            ((word1 >> 38) | (word2 << 26)) & LimbMask,
            ((word2 >> 25) | (word3 << 39)) & LimbMask,
            (word3 >> 12) & LimbMask);
    }

    public static FieldElement From(BigInteger value)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes.Clear();
        (((value % Modulus) + Modulus) % Modulus).TryWriteBytes(bytes, out _, isUnsigned: true);
        return FromBytes(bytes);
    }

    public FieldElement Squared()
    {
        (ulong a0, ulong a1, ulong a2, ulong a3, ulong a4) = (limb0, limb1, limb2, limb3, limb4);
        (ulong twice0, ulong twice1) = (2 * a0, 2 * a1);
        (ulong by19A3, ulong by19A4) = (19 * a3, 19 * a4);
        Wide sum0 = Wide.Of(a0, a0).Plus(twice1, by19A4).Plus(2 * a2, by19A3);
        Wide sum1 = Wide.Of(twice0, a1).Plus(2 * a2, by19A4).Plus(a3, by19A3);
        Wide sum2 = Wide.Of(twice0, a2).Plus(a1, a1).Plus(2 * a3, by19A4);
        Wide sum3 = Wide.Of(twice0, a3).Plus(twice1, a2).Plus(a4, by19A4);
        Wide sum4 = Wide.Of(twice0, a4).Plus(twice1, a3).Plus(a2, a2);
        return Reduced(sum0, sum1, sum2, sum3, sum4);
    }

    public FieldElement Squared(int times)
    {
        FieldElement result = this;
        for (int i = 0; i < times; i++)
            result = result.Squared();
        return result;
    }

    /// <summary>This to the power of p - 2; zero of zero.</summary>
    public FieldElement Inverted()
    {
        FieldElement most = ToTwoTo250Minus1(out FieldElement eleventh);
        return most.Squared(5) * eleventh;
    }

    /// <summary>This to the power of (p - 5) / 8.</summary>
    public FieldElement ToFiveEighths()
        => ToTwoTo250Minus1(out _).Squared(2) * this;

    /// <summary>The one encoding: below p, little-endian.</summary>
    public void CopyTo(Span<byte> littleEndian)
    {
        FieldElement once = Carried(limb0, limb1, limb2, limb3, limb4);
        // One more round leaves a number below 2p; adding 19 tells by its carry out of the top whether p is to be taken off.
        FieldElement small = Carried(once.limb0, once.limb1, once.limb2, once.limb3, once.limb4);
        ulong quotient = (small.limb0 + 19) >> 51;
        quotient = (small.limb1 + quotient) >> 51;
        quotient = (small.limb2 + quotient) >> 51;
        quotient = (small.limb3 + quotient) >> 51;
        quotient = (small.limb4 + quotient) >> 51;
        ulong low = small.limb0 + (19 * quotient);
        ulong second = small.limb1 + (low >> 51);
        ulong third = small.limb2 + (second >> 51);
        ulong fourth = small.limb3 + (third >> 51);
        ulong top = (small.limb4 + (fourth >> 51)) & LimbMask;
        (low, second, third, fourth) = (low & LimbMask, second & LimbMask, third & LimbMask, fourth & LimbMask);
        BinaryPrimitives.WriteUInt64LittleEndian(littleEndian, low | (second << 51));
        BinaryPrimitives.WriteUInt64LittleEndian(littleEndian[8..], (second >> 13) | (third << 38));
        BinaryPrimitives.WriteUInt64LittleEndian(littleEndian[16..], (third >> 26) | (fourth << 25));
        BinaryPrimitives.WriteUInt64LittleEndian(littleEndian[24..], (fourth >> 39) | (top << 12));
    }

    /// <summary>Whether both are the same number, however they are represented.</summary>
    public bool EqualTo(in FieldElement other)
    {
        Span<byte> mine = stackalloc byte[Length];
        Span<byte> theirs = stackalloc byte[Length];
        CopyTo(mine);
        other.CopyTo(theirs);
        return mine.SequenceEqual(theirs);
    }

    /// <summary>This to the power of 2^250 - 1, and to the power of 11 on the way.</summary>
    private FieldElement ToTwoTo250Minus1(out FieldElement eleventh)
    {
        FieldElement second = Squared();
        FieldElement ninth = second.Squared(2) * this;
        eleventh = ninth * second;
        FieldElement ones5 = eleventh.Squared() * ninth;
        FieldElement ones10 = ones5.Squared(5) * ones5;
        FieldElement ones20 = ones10.Squared(10) * ones10;
        FieldElement ones40 = ones20.Squared(20) * ones20;
        FieldElement ones50 = ones40.Squared(10) * ones10;
        FieldElement ones100 = ones50.Squared(50) * ones50;
        FieldElement ones200 = ones100.Squared(100) * ones100;
        return ones200.Squared(50) * ones50;
    }

    /// <summary>Limbs of up to 64 bits brought below 2^51 + 2^18.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement Carried(ulong limb0, ulong limb1, ulong limb2, ulong limb3, ulong limb4) => new(
        (limb0 & LimbMask) + (19 * (limb4 >> 51)),
        (limb1 & LimbMask) + (limb0 >> 51),
        (limb2 & LimbMask) + (limb1 >> 51),
        (limb3 & LimbMask) + (limb2 >> 51),
        (limb4 & LimbMask) + (limb3 >> 51));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement Reduced(Wide sum0, Wide sum1, Wide sum2, Wide sum3, Wide sum4)
    {
        sum1 = sum1.Plus(sum0.High51);
        sum2 = sum2.Plus(sum1.High51);
        sum3 = sum3.Plus(sum2.High51);
        sum4 = sum4.Plus(sum3.High51);
        ulong limb0 = (sum0.Low & LimbMask) + (19 * sum4.High51);
        return new FieldElement(
            limb0 & LimbMask, (sum1.Low & LimbMask) + (limb0 >> 51), sum2.Low & LimbMask, sum3.Low & LimbMask, sum4.Low & LimbMask);
    }

    /// <summary>A sum of products, below 2^115 in all.</summary>
    private readonly struct Wide(ulong high, ulong low)
    {
        public ulong Low
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => low;
        }

        /// <summary>What is above the lowest 51 bits.</summary>
        public ulong High51
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => (high << 13) | (low >> 51);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Wide Of(ulong a, ulong b) => new(High(a, b), a * b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Wide Plus(ulong a, ulong b)
        {
            ulong more = a * b;
            ulong sum = low + more;
            return new Wide(high + High(a, b) + (sum < more ? 1UL : 0), sum);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Wide Plus(ulong more)
        {
            ulong sum = low + more;
            return new Wide(high + (sum < more ? 1UL : 0), sum);
        }

        /// <summary>Not both halves at once: that goes through memory, and takes three times as long.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static ulong High(ulong a, ulong b) => Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(a, b) : Math.BigMul(a, b, out _);
    }
}
