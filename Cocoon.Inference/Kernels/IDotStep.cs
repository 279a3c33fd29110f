using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cocoon.Inference.Kernels;

/// <summary>The innermost step: sums of four products of unsigned and signed bytes, added to eight 32-bit sums.</summary>
internal interface IDotStep
{
    /// <summary>True when any unsigned byte may be given; false when it must not exceed 127, or 16-bit sums would saturate.</summary>
    static abstract bool TakesAnyByte { get; }

    static abstract Vector256<int> Add(Vector256<int> sums, Vector256<byte> unsigned, Vector256<sbyte> signed);

    /// <summary>The same with nothing to add to.</summary>
    static abstract Vector256<int> Multiply(Vector256<byte> unsigned, Vector256<sbyte> signed);
}

/// <summary>One instruction where the processor has it (VPDPBUSD).</summary>
internal readonly struct VnniStep : IDotStep
{
    public static bool TakesAnyByte => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        AvxVnni.MultiplyWideningAndAdd(sums, unsigned, signed);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Multiply(Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        AvxVnni.MultiplyWideningAndAdd(default, unsigned, signed);
}

/// <summary>Three instructions of AVX2.</summary>
internal readonly struct Avx2Step : IDotStep
{
    public static bool TakesAnyByte => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        sums + Multiply(unsigned, signed);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Multiply(Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(unsigned, signed), Vector256.Create((short)1));
}
