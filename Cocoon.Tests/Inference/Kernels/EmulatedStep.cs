using System.Runtime.Intrinsics;
using Cocoon.Inference.Kernels;

namespace Cocoon.Tests.Inference.Kernels;

/// <summary>What VPDPBUSD computes, one product after the other.</summary>
internal readonly struct EmulatedStep : IDotStep
{
    public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> unsigned, Vector256<sbyte> signed)
    {
        Span<int> result = stackalloc int[8];
        for (int i = 0; i < 32; i++)
            result[i / 4] += unsigned[i] * signed[i];
        return sums + Vector256.Create<int>(result);
    }

    public static Vector256<int> Multiply(Vector256<byte> unsigned, Vector256<sbyte> signed) => Add(default, unsigned, signed);

    public static Vector256<int> MultiplySigned(Vector256<sbyte> weights, Vector256<sbyte> input) =>
        Add(default, Vector256.Abs(weights).AsByte(), Vector256.ConditionalSelect(Vector256.LessThan(weights, default), -input, Vector256.ConditionalSelect(Vector256.Equals(weights, default), default, input)));

    public static Vector256<int> MultiplyScaled(Vector256<byte> weights, Vector256<sbyte> input, Vector256<short> multipliers) =>
        PortableStep.MultiplyScaled(weights, input, multipliers);
}
