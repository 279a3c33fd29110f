using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// The innermost steps: 32 products of weight bytes with signed input bytes, summed into eight 32-bit sums. Which products share a sum is
/// each implementation's affair. Weight bytes are at most 127 unless said otherwise.
/// </summary>
internal interface IDotStep
{
    /// <summary>Adds the products of four adjacent bytes to each sum; takes any weight byte where the processor has the instruction for it.</summary>
    static abstract Vector256<int> Add(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> input);

    /// <summary>Products of unsigned weights.</summary>
    static abstract Vector256<int> Multiply(Vector256<byte> weights, Vector256<sbyte> input);

    /// <summary>Products of signed weights, −127 to 127.</summary>
    static abstract Vector256<int> MultiplySigned(Vector256<sbyte> weights, Vector256<sbyte> input);

    /// <summary>Products of unsigned weights, the first and the second 16 times a multiplier that is given 8 times.</summary>
    static abstract Vector256<int> MultiplyScaled(Vector256<byte> weights, Vector256<sbyte> input, Vector256<short> multipliers);
}

/// <summary>One instruction where the processor has it (VPDPBUSD).</summary>
internal readonly struct VnniStep : IDotStep
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> input) =>
        AvxVnni.MultiplyWideningAndAdd(sums, weights, input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Multiply(Vector256<byte> weights, Vector256<sbyte> input) => Add(default, weights, input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplySigned(Vector256<sbyte> weights, Vector256<sbyte> input) =>
        Add(default, Avx2.Abs(weights), Avx2.Sign(input, weights));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyScaled(Vector256<byte> weights, Vector256<sbyte> input, Vector256<short> multipliers) =>
        Avx2Step.MultiplyScaled(weights, input, multipliers);
}

/// <summary>Two instructions of AVX2; sums of two products must fit 16 bits.</summary>
internal readonly struct Avx2Step : IDotStep
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> input) => sums + Multiply(weights, input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Multiply(Vector256<byte> weights, Vector256<sbyte> input) =>
        Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(weights, input), Vector256.Create((short)1));

    // |w| × (x with the sign of w): both fit, and 127 × 127 × 2 does not saturate 16 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplySigned(Vector256<sbyte> weights, Vector256<sbyte> input) =>
        Multiply(Avx2.Abs(weights), Avx2.Sign(input, weights));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyScaled(Vector256<byte> weights, Vector256<sbyte> input, Vector256<short> multipliers) =>
        Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(weights, input), multipliers);
}

/// <summary>Vector instructions that every processor has some form of, for example ARM's.</summary>
internal readonly struct PortableStep : IDotStep
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> input) => sums + Multiply(weights, input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Multiply(Vector256<byte> weights, Vector256<sbyte> input) => MultiplySigned(weights.AsSByte(), input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplySigned(Vector256<sbyte> weights, Vector256<sbyte> input) =>
        Folded(Vector256.WidenLower(weights) * Vector256.WidenLower(input)) + Folded(Vector256.WidenUpper(weights) * Vector256.WidenUpper(input));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyScaled(Vector256<byte> weights, Vector256<sbyte> input, Vector256<short> multipliers)
    {
        Vector256<sbyte> signed = weights.AsSByte();
        return (Folded(Vector256.WidenLower(signed) * Vector256.WidenLower(input)) * Vector256.Create((int)multipliers[0]))
            + (Folded(Vector256.WidenUpper(signed) * Vector256.WidenUpper(input)) * Vector256.Create((int)multipliers[8]));
    }

    private static Vector256<int> Folded(Vector256<short> products) => Vector256.WidenLower(products) + Vector256.WidenUpper(products);
}
