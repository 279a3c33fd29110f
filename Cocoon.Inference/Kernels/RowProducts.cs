using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// Four rows at a time from the file's layout: 256 columns of each are unpacked on the stack and multiplied with every token, while the next
/// four rows are prefetched. Eight partial sums a row run along the columns and are added up at the end.
/// </summary>
internal static unsafe class RowProducts<TFormat, TStep>
    where TFormat : struct, IRowFormat
    where TStep : struct, IDotStep
{
    /// <summary>Tokens whose partial sums are kept on the stack at once.</summary>
    private const int MaxTokens = 32;

    private const int RowsAtOnce = 4;

    public static void Multiply(MatrixView matrix, int firstRow, int endRow, Activations input, int firstToken, int tokens, ProductTarget output)
    {
        for (int token = 0; token < tokens; token += MaxTokens)
        {
            int count = Math.Min(MaxTokens, tokens - token);
            for (int row = firstRow; row < endRow; row += RowsAtOnce)
                MultiplyFour(matrix, row, Math.Min(RowsAtOnce, endRow - row), input, firstToken + token, count, output);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void MultiplyFour(MatrixView matrix, int row, int rows, Activations input, int firstToken, int tokens, ProductTarget output)
    {
        Vector256<float>* sums = stackalloc Vector256<float>[RowsAtOnce * MaxTokens];
        for (int i = 0; i < RowsAtOnce * tokens; i++)
            sums[i] = default;
        RowChunk* chunks = stackalloc RowChunk[RowsAtOnce];
        float* scales = stackalloc float[RowsAtOnce * 8];

        // Rows past the end of a matrix repeat the last one; their sums are not stored.
        byte* row0 = matrix.Row(row), row1 = matrix.Row(row + Math.Min(1, rows - 1));
        byte* row2 = matrix.Row(row + Math.Min(2, rows - 1)), row3 = matrix.Row(row + Math.Min(3, rows - 1));
        nint ahead = row + (2 * RowsAtOnce) <= matrix.Rows ? RowsAtOnce * matrix.RowBytes : 0;
        for (int column = 0; column < matrix.Columns; column += RowChunk.Columns)
        {
            int groups = Math.Min(8, (matrix.Columns - column) / Activations.Group);
            Prefetch(row0 + ahead);
            Prefetch(row1 + ahead);
            Prefetch(row2 + ahead);
            Prefetch(row3 + ahead);
            TFormat.Unpack(row0, groups, ref chunks[0]);
            TFormat.Unpack(row1, groups, ref chunks[1]);
            TFormat.Unpack(row2, groups, ref chunks[2]);
            TFormat.Unpack(row3, groups, ref chunks[3]);
            for (int token = 0; token < tokens; token++)
                AddChunk(chunks, groups, input, firstToken + token, column, sums + (token * RowsAtOnce), scales);
            row0 += TFormat.ChunkBytes;
            row1 += TFormat.ChunkBytes;
            row2 += TFormat.ChunkBytes;
            row3 += TFormat.ChunkBytes;
        }

        for (int token = 0; token < tokens; token++)
        {
            for (int i = 0; i < rows; i++)
                *output.At(firstToken + token, row + i) = Vector256.Sum(sums[(token * RowsAtOnce) + i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* chunk)
    {
        for (int offset = 0; offset < TFormat.ChunkBytes; offset += 64)
            Sse.Prefetch0(chunk + offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddChunk(RowChunk* chunks, int groups, Activations input, int token, int column, Vector256<float>* sums, float* scales)
    {
        nint group = ((nint)token * input.GroupStride) + (column / Activations.Group);
        Vector256<float> inputScales = Vector256.Load(input.Scales + group);
        Vector256<float> sum0 = sums[0], sum1 = sums[1], sum2 = sums[2], sum3 = sums[3];
        (inputScales * Vector256.Load(chunks[0].Scales)).Store(scales);
        (inputScales * Vector256.Load(chunks[1].Scales)).Store(scales + 8);
        (inputScales * Vector256.Load(chunks[2].Scales)).Store(scales + 16);
        (inputScales * Vector256.Load(chunks[3].Scales)).Store(scales + 24);
        if (!TFormat.IsSigned)
        {
            float* inputSums = TFormat.HasMultipliers ? input.HalfSums + (2 * group) : input.Sums + group;
            sum0 = TakeMinima(sum0, chunks[0].Minima, inputSums);
            sum1 = TakeMinima(sum1, chunks[1].Minima, inputSums);
            sum2 = TakeMinima(sum2, chunks[2].Minima, inputSums);
            sum3 = TakeMinima(sum3, chunks[3].Minima, inputSums);
        }

        sbyte* quants = input.Quants + ((nint)token * input.Stride) + column;
        for (int i = 0; i < groups; i++)
        {
            Vector256<sbyte> x = Vector256.Load(quants + (32 * i));
            sum0 = Fma.MultiplyAdd(Vector256.ConvertToSingle(Product(ref chunks[0], i, x)), Vector256.Create(scales[i]), sum0);
            sum1 = Fma.MultiplyAdd(Vector256.ConvertToSingle(Product(ref chunks[1], i, x)), Vector256.Create(scales[i + 8]), sum1);
            sum2 = Fma.MultiplyAdd(Vector256.ConvertToSingle(Product(ref chunks[2], i, x)), Vector256.Create(scales[i + 16]), sum2);
            sum3 = Fma.MultiplyAdd(Vector256.ConvertToSingle(Product(ref chunks[3], i, x)), Vector256.Create(scales[i + 24]), sum3);
        }

        (sums[0], sums[1]) = (sum0, sum1);
        (sums[2], sums[3]) = (sum2, sum3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> TakeMinima(Vector256<float> sum, float* minima, float* inputSums)
    {
        sum = Fma.MultiplyAddNegated(Vector256.Load(minima), Vector256.Load(inputSums), sum);
        return TFormat.HasMultipliers ? Fma.MultiplyAddNegated(Vector256.Load(minima + 8), Vector256.Load(inputSums + 8), sum) : sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Product(ref RowChunk chunk, int group, Vector256<sbyte> x)
    {
        Vector256<byte> weights = Unsafe.ReadUnaligned<Vector256<byte>>(ref chunk.Quants[group * 32]);
        if (TFormat.IsSigned)
        {
            // |w| × (x with the sign of w): both fit, and 127 × 127 × 2 does not saturate 16 bits.
            Vector256<sbyte> signed = weights.AsSByte();
            return TStep.Add(default, Avx2.Abs(signed), Avx2.Sign(x, signed));
        }

        if (TFormat.HasMultipliers)
        {
            Vector256<short> multipliers = Unsafe.ReadUnaligned<Vector256<short>>(ref Unsafe.As<short, byte>(ref chunk.Multipliers[group * 16]));
            return Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(weights, x), multipliers);
        }

        return TStep.Add(default, weights, x);
    }
}
