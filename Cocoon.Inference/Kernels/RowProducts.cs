using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// Four rows at a time from the file's layout, while the next four are prefetched. Eight partial sums a row run along the columns and are
/// added up at the end. For one token the weights go straight from memory into the products; for several, 256 columns of each row are
/// unpacked on the stack first. Both ways make the same sums in the same order.
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
            {
                int rows = Math.Min(RowsAtOnce, endRow - row);
                if (count == 1)
                    MultiplySingle(matrix, row, rows, input, firstToken + token, output);
                else
                    MultiplySeveral(matrix, row, rows, input, firstToken + token, count, output);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void MultiplySingle(MatrixView matrix, int row, int rows, Activations input, int token, ProductTarget output)
    {
        Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        RowChunk* chunk = stackalloc RowChunk[RowsAtOnce];
        float* scales = stackalloc float[RowsAtOnce * 8];

        // Rows past the end of a matrix repeat the last one; their sums are not stored.
        byte* row0 = matrix.Row(row), row1 = matrix.Row(row + Math.Min(1, rows - 1));
        byte* row2 = matrix.Row(row + Math.Min(2, rows - 1)), row3 = matrix.Row(row + Math.Min(3, rows - 1));
        nint ahead = Ahead(matrix, row);
        nint group = (nint)token * input.GroupStride;
        sbyte* quants = input.Quants + ((nint)token * input.Stride);
        for (int left = matrix.Columns / Activations.Group; left > 0; left -= 8)
        {
            int groups = Math.Min(8, left);
            Prefetch(row0 + ahead);
            Prefetch(row1 + ahead);
            Prefetch(row2 + ahead);
            Prefetch(row3 + ahead);
            Vector256<float> inputScales = Vector256.Load(input.Scales + group);
            float* inputSums = TFormat.HasMultipliers ? input.HalfSums + (2 * group) : input.Sums + group;
            sum0 = Begin(sum0, row0, groups, chunk, inputScales, inputSums, scales);
            sum1 = Begin(sum1, row1, groups, chunk + 1, inputScales, inputSums, scales + 8);
            sum2 = Begin(sum2, row2, groups, chunk + 2, inputScales, inputSums, scales + 16);
            sum3 = Begin(sum3, row3, groups, chunk + 3, inputScales, inputSums, scales + 24);
            if (groups == 8)
            {
                sum0 = AddRow(sum0, row0, chunk, quants, scales);
                sum1 = AddRow(sum1, row1, chunk + 1, quants, scales + 8);
                sum2 = AddRow(sum2, row2, chunk + 2, quants, scales + 16);
                sum3 = AddRow(sum3, row3, chunk + 3, quants, scales + 24);
            }
            else
            {
                for (int i = 0; i < groups; i++)
                {
                    Vector256<sbyte> x = Vector256.Load(quants + (32 * i));
                    sum0 = Step(sum0, TFormat.ReadGroup(row0, i), chunk, i, x, scales);
                    sum1 = Step(sum1, TFormat.ReadGroup(row1, i), chunk + 1, i, x, scales + 8);
                    sum2 = Step(sum2, TFormat.ReadGroup(row2, i), chunk + 2, i, x, scales + 16);
                    sum3 = Step(sum3, TFormat.ReadGroup(row3, i), chunk + 3, i, x, scales + 24);
                }
            }

            row0 += TFormat.ChunkBytes;
            row1 += TFormat.ChunkBytes;
            row2 += TFormat.ChunkBytes;
            row3 += TFormat.ChunkBytes;
            group += 8;
            quants += RowChunk.Columns;
        }

        Vector128<float> totals = Totals(sum0, sum1, sum2, sum3);
        for (int i = 0; i < rows; i++)
            *output.At(token, row + i) = totals[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void MultiplySeveral(MatrixView matrix, int row, int rows, Activations input, int firstToken, int tokens, ProductTarget output)
    {
        Vector256<float>* sums = stackalloc Vector256<float>[RowsAtOnce * MaxTokens];
        for (int i = 0; i < RowsAtOnce * tokens; i++)
            sums[i] = default;
        RowChunk* chunks = stackalloc RowChunk[RowsAtOnce];
        float* scales = stackalloc float[RowsAtOnce * 8];
        nint ahead = Ahead(matrix, row);
        for (int chunk = 0, left = matrix.Columns / Activations.Group; left > 0; chunk++, left -= 8)
        {
            int groups = Math.Min(8, left);
            for (int i = 0; i < RowsAtOnce; i++)
            {
                byte* source = matrix.Row(row + Math.Min(i, rows - 1)) + ((nint)chunk * TFormat.ChunkBytes);
                Prefetch(source + ahead);
                Unpack(source, groups, chunks + i);
            }

            for (int token = 0; token < tokens; token++)
                AddChunk(chunks, groups, input, firstToken + token, chunk * 8, sums + (token * RowsAtOnce), scales);
        }

        for (int token = 0; token < tokens; token++)
        {
            Vector256<float>* four = sums + (token * RowsAtOnce);
            Vector128<float> totals = Totals(four[0], four[1], four[2], four[3]);
            for (int i = 0; i < rows; i++)
                *output.At(firstToken + token, row + i) = totals[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddChunk(RowChunk* chunks, int groups, Activations input, int token, int firstGroup, Vector256<float>* sums, float* scales)
    {
        nint group = ((nint)token * input.GroupStride) + firstGroup;
        Vector256<float> inputScales = Vector256.Load(input.Scales + group);
        float* inputSums = TFormat.HasMultipliers ? input.HalfSums + (2 * group) : input.Sums + group;
        Vector256<float> sum0 = TakeMinima(sums[0], chunks, inputSums), sum1 = TakeMinima(sums[1], chunks + 1, inputSums);
        Vector256<float> sum2 = TakeMinima(sums[2], chunks + 2, inputSums), sum3 = TakeMinima(sums[3], chunks + 3, inputSums);
        (inputScales * Vector256.Load(chunks[0].Scales)).Store(scales);
        (inputScales * Vector256.Load(chunks[1].Scales)).Store(scales + 8);
        (inputScales * Vector256.Load(chunks[2].Scales)).Store(scales + 16);
        (inputScales * Vector256.Load(chunks[3].Scales)).Store(scales + 24);
        sbyte* quants = input.Quants + ((nint)token * input.Stride) + ((nint)firstGroup * Activations.Group);
        for (nint i = 0; i < groups; i++)
        {
            Vector256<sbyte> x = Vector256.Load(quants + (32 * i));
            sum0 = Step(sum0, Vector256.Load(chunks[0].Quants + (32 * i)), chunks, i, x, scales);
            sum1 = Step(sum1, Vector256.Load(chunks[1].Quants + (32 * i)), chunks + 1, i, x, scales + 8);
            sum2 = Step(sum2, Vector256.Load(chunks[2].Quants + (32 * i)), chunks + 2, i, x, scales + 16);
            sum3 = Step(sum3, Vector256.Load(chunks[3].Quants + (32 * i)), chunks + 3, i, x, scales + 24);
        }

        (sums[0], sums[1]) = (sum0, sum1);
        (sums[2], sums[3]) = (sum2, sum3);
    }

    /// <summary>Scales of a row's chunk times those of the token; its minima are taken from the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Begin(
        Vector256<float> sum, byte* row, int groups, RowChunk* chunk, Vector256<float> inputScales, float* inputSums, float* scales)
    {
        TFormat.ReadScales(row, groups, chunk);
        (inputScales * Vector256.Load(chunk->Scales)).Store(scales);
        return TakeMinima(sum, chunk, inputSums);
    }

    /// <summary>A whole chunk of one row; group numbers are constants, so that shifts and places are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddRow(Vector256<float> sum, byte* row, RowChunk* chunk, sbyte* quants, float* scales)
    {
        sum = Step(sum, TFormat.ReadGroup(row, 0), chunk, 0, Vector256.Load(quants), scales);
        sum = Step(sum, TFormat.ReadGroup(row, 1), chunk, 1, Vector256.Load(quants + 32), scales);
        sum = Step(sum, TFormat.ReadGroup(row, 2), chunk, 2, Vector256.Load(quants + 64), scales);
        sum = Step(sum, TFormat.ReadGroup(row, 3), chunk, 3, Vector256.Load(quants + 96), scales);
        sum = Step(sum, TFormat.ReadGroup(row, 4), chunk, 4, Vector256.Load(quants + 128), scales);
        sum = Step(sum, TFormat.ReadGroup(row, 5), chunk, 5, Vector256.Load(quants + 160), scales);
        sum = Step(sum, TFormat.ReadGroup(row, 6), chunk, 6, Vector256.Load(quants + 192), scales);
        return Step(sum, TFormat.ReadGroup(row, 7), chunk, 7, Vector256.Load(quants + 224), scales);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> TakeMinima(Vector256<float> sum, RowChunk* chunk, float* inputSums)
    {
        if (TFormat.IsSigned)
            return sum;
        sum = Fma.MultiplyAddNegated(Vector256.Load(chunk->Minima), Vector256.Load(inputSums), sum);
        return TFormat.HasMultipliers ? Fma.MultiplyAddNegated(Vector256.Load(chunk->Minima + 8), Vector256.Load(inputSums + 8), sum) : sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Step(Vector256<float> sum, Vector256<byte> weights, RowChunk* chunk, nint group, Vector256<sbyte> x, float* scales)
    {
        Vector256<int> product;
        if (TFormat.IsSigned)
        {
            // |w| × (x with the sign of w): both fit, and 127 × 127 × 2 does not saturate 16 bits.
            Vector256<sbyte> signed = weights.AsSByte();
            product = TStep.Multiply(Avx2.Abs(signed), Avx2.Sign(x, signed));
        }
        else if (TFormat.HasMultipliers)
        {
            product = Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(weights, x), Vector256.Load(chunk->Multipliers + (group * 16)));
        }
        else
        {
            product = TStep.Multiply(weights, x);
        }

        return Fma.MultiplyAdd(Vector256.ConvertToSingle(product), Vector256.Create(scales[group]), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Unpack(byte* source, int groups, RowChunk* chunk)
    {
        TFormat.ReadScales(source, groups, chunk);
        for (int group = 0; group < groups; group++)
            TFormat.ReadGroup(source, group).Store(chunk->Quants + (group * 32));
    }

    private static nint Ahead(MatrixView matrix, int row) => row + (2 * RowsAtOnce) <= matrix.Rows ? RowsAtOnce * matrix.RowBytes : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* chunk)
    {
        Sse.Prefetch0(chunk);
        Sse.Prefetch0(chunk + 64);
        if (TFormat.ChunkBytes > 128)
            Sse.Prefetch0(chunk + 128);
        if (TFormat.ChunkBytes > 192)
            Sse.Prefetch0(chunk + 192);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Totals(Vector256<float> sum0, Vector256<float> sum1, Vector256<float> sum2, Vector256<float> sum3)
    {
        Vector256<float> four = Avx.HorizontalAdd(Avx.HorizontalAdd(sum0, sum1), Avx.HorizontalAdd(sum2, sum3));
        return four.GetLower() + four.GetUpper();
    }
}
