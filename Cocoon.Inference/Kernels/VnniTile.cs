using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cocoon.Inference.Kernels;

/// <summary>Eight rows and four tokens at a time by 256-bit dot product instructions.</summary>
internal readonly unsafe struct VnniTile<TStep> : IPanelTile
    where TStep : struct, IDotStep
{
    public static string Name => "avx-vnni";

    public static void Multiply(PanelArguments* arguments, bool scalesPerHalf, float* results)
    {
        for (int part = 0; part < 4; part++)
        {
            int firstRow = part % 2 * 8, firstToken = part / 2 * 4;
            if (scalesPerHalf)
                MultiplyPart(arguments, firstRow, firstToken, results, steps: 4);
            else
                MultiplyPart(arguments, firstRow, firstToken, results, steps: 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyPart(PanelArguments* arguments, int firstRow, int firstToken, float* results, int steps)
    {
        byte* quants = arguments->Quants + (firstRow * 4);
        float* factors = arguments->Factors + firstRow;
        float* inputFactors = arguments->InputFactors + firstToken;
        nint stride = arguments->InputStride;
        sbyte* input = arguments->Input + (firstToken * stride);
        Vector256<float> total0 = default, total1 = default, total2 = default, total3 = default;
        int halves = 8 / steps;
        for (nint group = 0; group < arguments->Groups; group++)
        {
            for (int half = 0; half < halves; half++)
            {
                Vector256<int> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
                for (int step = 0; step < steps; step++)
                {
                    Vector256<byte> weights = Vector256.Load(quants);
                    sum0 = TStep.Add(sum0, weights, Four(input));
                    sum1 = TStep.Add(sum1, weights, Four(input + stride));
                    sum2 = TStep.Add(sum2, weights, Four(input + (2 * stride)));
                    sum3 = TStep.Add(sum3, weights, Four(input + (3 * stride)));
                    quants += 64;
                    input += 4;
                }

                Vector256<float> scales = Vector256.Load(factors), minima = Vector256.Load(factors + 16);
                float* sums = inputFactors + (halves == 1 ? 8 : 16 + (8 * half));
                total0 = Add(total0, sum0, scales, minima, inputFactors[0], sums[0]);
                total1 = Add(total1, sum1, scales, minima, inputFactors[1], sums[1]);
                total2 = Add(total2, sum2, scales, minima, inputFactors[2], sums[2]);
                total3 = Add(total3, sum3, scales, minima, inputFactors[3], sums[3]);
                factors += 32;
            }

            inputFactors += Activations.TileFactorFloats;
        }

        results += (firstToken * MatrixKernels.PanelRows) + firstRow;
        total0.Store(results);
        total1.Store(results + MatrixKernels.PanelRows);
        total2.Store(results + (2 * MatrixKernels.PanelRows));
        total3.Store(results + (3 * MatrixKernels.PanelRows));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Four(sbyte* input) => Vector256.Create(Unsafe.ReadUnaligned<int>(input)).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(
        Vector256<float> total, Vector256<int> sum, Vector256<float> scales, Vector256<float> minima, float inputScale, float inputSum)
    {
        total = Fma.MultiplyAdd(Vector256.ConvertToSingle(sum) * scales, Vector256.Create(inputScale), total);
        return Fma.MultiplyAddNegated(minima, Vector256.Create(inputSum), total);
    }
}
