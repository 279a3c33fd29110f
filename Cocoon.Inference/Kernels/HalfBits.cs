using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cocoon.Inference.Kernels;

/// <summary>Halves as their bits: moving exponent and mantissa into place and scaling by 2^112 converts every finite half exactly, without a branch.</summary>
internal static class HalfBits
{
    private const float ExponentShift = 5.192296858534828e33f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToSingle(ushort bits) =>
        BitConverter.Int32BitsToSingle(((short)bits << 13) & unchecked((int)0x8fffe000)) * ExponentShift;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe float Read(byte* bits) => ToSingle(Unsafe.ReadUnaligned<ushort>(bits));

    public static ushort FromSingle(float value) => BitConverter.HalfToUInt16Bits((Half)value);

    public static unsafe void ToSingle(ushort* source, float* target, int count)
    {
        int i = 0;
        if (Avx512F.IsSupported)
        {
            for (; i + 16 <= count; i += 16)
            {
                Vector512<int> wide = Avx512F.ConvertToVector512Int32(Vector256.Load((short*)source + i));
                Vector512<int> placed = Vector512.ShiftLeft(wide, 13) & Vector512.Create(unchecked((int)0x8fffe000));
                (placed.AsSingle() * Vector512.Create(ExponentShift)).Store(target + i);
            }
        }

        if (Vector256.IsHardwareAccelerated)
        {
            for (; i + 8 <= count; i += 8)
                Vector256.Store(Widen(source + i), target + i);
        }

        for (; i < count; i++)
            target[i] = ToSingle(source[i]);
    }

    /// <summary>Eight halves as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector256<float> Widen(ushort* source) => Widen(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Widen(Vector128<ushort> halves)
    {
        Vector128<short> bits = halves.AsInt16();
        Vector256<int> wide = Avx2.IsSupported ? Avx2.ConvertToVector256Int32(bits) : Vector256.Create(Vector128.WidenLower(bits), Vector128.WidenUpper(bits));
        Vector256<int> placed = Vector256.ShiftLeft(wide, 13)
            & Vector256.Create(unchecked((int)0x8fffe000));
        return placed.AsSingle() * Vector256.Create(ExponentShift);
    }

    /// <summary>Rounds to the nearest half, ties to even, as the conversion of single values does.</summary>
    public static unsafe void FromSingle(float* source, ushort* target, int count)
    {
        int i = 0;
        for (; i + 16 <= count; i += 16)
            Vector256.Narrow(Narrow(Vector256.Load(source + i)), Narrow(Vector256.Load(source + i + 8))).Store(target + i);
        for (; i < count; i++)
            target[i] = FromSingle(source[i]);
    }

    /// <summary>The bits of eight halves. Normal ones are rounded as whole numbers, small ones by adding a float whose last place is theirs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Narrow(Vector256<float> values)
    {
        const uint Infinity = 255u << 23, TooLarge = (127u + 16) << 23, SmallestNormal = 113u << 23, LastPlace = 126u << 23;
        Vector256<uint> bits = values.AsUInt32(), sign = bits & Vector256.Create(0x80000000u), size = bits ^ sign;
        Vector256<uint> isOdd = Vector256.ShiftRightLogical(size, 13) & Vector256<uint>.One;
        Vector256<uint> normal = Vector256.ShiftRightLogical(size + isOdd + Vector256.Create(unchecked(((15u - 127) << 23) + 0xfff)), 13);
        Vector256<uint> small = (size.AsSingle() + Vector256.Create(LastPlace).AsSingle()).AsUInt32() - Vector256.Create(LastPlace);
        Vector256<uint> large = Vector256.ConditionalSelect(Vector256.GreaterThan(size, Vector256.Create(Infinity)), Vector256.Create(0x7e00u), Vector256.Create(0x7c00u));
        Vector256<uint> half = Vector256.ConditionalSelect(Vector256.LessThan(size, Vector256.Create(SmallestNormal)), small, normal);
        half = Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(size, Vector256.Create(TooLarge)), large, half);
        return half | Vector256.ShiftRightLogical(sign, 16);
    }
}
