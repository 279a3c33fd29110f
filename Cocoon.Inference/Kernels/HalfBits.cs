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

    public static unsafe void FromSingle(float* source, ushort* target, int count)
    {
        for (int i = 0; i < count; i++)
            target[i] = FromSingle(source[i]);
    }
}
