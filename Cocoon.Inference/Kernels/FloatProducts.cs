using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Kernels;

/// <summary>Rows of floats and half floats times float vectors: a stretch of a row is widened once and multiplied with every token.</summary>
internal static unsafe class FloatProducts
{
    private const int Stretch = 256;
    private const int MaxTokens = 32;

    [SkipLocalsInit]
    public static void Multiply(MatrixView matrix, int firstRow, int endRow, Activations input, int firstToken, int tokens, ProductTarget output)
    {
        float* weights = stackalloc float[Stretch];
        Vector256<float>* sums = stackalloc Vector256<float>[2 * MaxTokens];
        for (int start = 0; start < tokens; start += MaxTokens)
        {
            int count = Math.Min(MaxTokens, tokens - start);
            for (int row = firstRow; row < endRow; row++)
                MultiplyRow(matrix, row, input, firstToken + start, count, output, weights, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRow(
        MatrixView matrix, int row, Activations input, int firstToken, int tokens, ProductTarget output, float* weights, Vector256<float>* sums)
    {
        for (int i = 0; i < 2 * tokens; i++)
            sums[i] = default;
        byte* source = matrix.Row(row);
        int width = matrix.Type == GgufTensorType.F32 ? 4 : 2;
        for (int column = 0; column < matrix.Columns; column += Stretch)
        {
            int count = Math.Min(Stretch, matrix.Columns - column);
            float* stretch = weights;
            if (matrix.Type == GgufTensorType.F32)
                stretch = (float*)source;
            else if (matrix.Type == GgufTensorType.F16)
                HalfBits.ToSingle((ushort*)source, weights, count);
            else
                WidenBrain((ushort*)source, weights, count);
            source += count * width;
            for (int token = 0; token < tokens; token++)
                AddStretch(stretch, input.Values + ((nint)(firstToken + token) * input.Stride) + column, count, sums + (2 * token));
        }

        for (int token = 0; token < tokens; token++)
            *output.At(firstToken + token, row) = Vector256.Sum(sums[2 * token] + sums[(2 * token) + 1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddStretch(float* weights, float* values, int count, Vector256<float>* sums)
    {
        Vector256<float> even = sums[0], odd = sums[1];
        for (int i = 0; i < count; i += 16)
        {
            even = Vector256.FusedMultiplyAdd(Vector256.Load(weights + i), Vector256.Load(values + i), even);
            odd = Vector256.FusedMultiplyAdd(Vector256.Load(weights + i + 8), Vector256.Load(values + i + 8), odd);
        }

        (sums[0], sums[1]) = (even, odd);
    }

    private static void WidenBrain(ushort* source, float* target, int count)
    {
        for (int i = 0; i < count; i += 8)
        {
            (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(Vector128.Load(source + i));
            Vector256.ShiftLeft(Vector256.Create(low, high), 16).AsSingle().Store(target + i);
        }
    }
}
