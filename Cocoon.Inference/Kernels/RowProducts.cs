using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// Rows in the file's layout. For one token they are read in the order of memory, straight into the products: then decoding runs at
/// memory's speed. For several tokens 256 columns of four rows are unpacked on the stack and multiplied with every token.
/// Eight partial sums a row run along the columns and are added up at the end; both ways make the same sums in the same order.
/// </summary>
internal static unsafe class RowProducts<TFormat, TStep>
    where TFormat : struct, IRowFormat
    where TStep : struct, IDotStep
{
    /// <summary>Tokens whose partial sums are kept on the stack at once.</summary>
    private const int MaxTokens = 32;

    private const int RowsAtOnce = 4;

    /// <summary>How far ahead of the products memory is fetched; measured, flat between 1 and 4 KiB.</summary>
    private const int PrefetchBytes = 2048;

    public static void Multiply(MatrixView matrix, int firstRow, int endRow, Activations input, int firstToken, int tokens, ProductTarget output)
    {
        for (int token = 0; token < tokens; token += MaxTokens)
        {
            int count = Math.Min(MaxTokens, tokens - token);
            if (count == 1)
            {
                MultiplySingle(matrix, firstRow, endRow, input, firstToken + token, output);
                continue;
            }

            for (int row = firstRow; row < endRow; row += RowsAtOnce)
                MultiplySeveral(matrix, row, Math.Min(RowsAtOnce, endRow - row), input, firstToken + token, count, output);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void MultiplySingle(MatrixView matrix, int firstRow, int endRow, Activations input, int token, ProductTarget output)
    {
        RowChunk* chunk = stackalloc RowChunk[1];
        float* scales = stackalloc float[8];
        nint firstGroup = (nint)token * input.GroupStride;
        sbyte* firstQuants = input.Quants + ((nint)token * input.Stride);
        float* results = output.At(token, 0);
        byte* source = matrix.Row(firstRow);
        for (int row = firstRow; row < endRow; row++)
        {
            Vector256<float> sum = default;
            nint group = firstGroup;
            sbyte* quants = firstQuants;
            int left = matrix.Columns / Activations.Group;
            for (; left >= 8; left -= 8)
            {
                Prefetch(source + PrefetchBytes);
                sum = Begin(sum, source, 8, chunk, input, group, scales);
                sum = AddRow(sum, source, chunk, quants, scales);
                source += TFormat.ChunkBytes;
                group += 8;
                quants += RowChunk.Columns;
            }

            if (left > 0)
            {
                sum = Begin(sum, source, left, chunk, input, group, scales);
                for (int i = 0; i < left; i++)
                    sum = Step(sum, TFormat.ReadGroup(source, i), chunk, i, Vector256.Load(quants + (32 * i)), scales);
                source += left * (TFormat.ChunkBytes / 8);
            }

            results[row] = Totals(sum, sum, sum, sum)[0];
        }
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
        // The next four rows are fetched in the order of memory: that is what the processor's own prefetching understands.
        byte* next = matrix.Row(row) + (RowsAtOnce * matrix.RowBytes);
        for (int chunk = 0, left = matrix.Columns / Activations.Group; left > 0; chunk++, left -= 8)
        {
            int groups = Math.Min(8, left);
            for (int i = 0; i < RowsAtOnce; i++)
            {
                byte* source = matrix.Row(row + Math.Min(i, rows - 1)) + ((nint)chunk * TFormat.ChunkBytes);
                Prefetch(next);
                next += TFormat.ChunkBytes;
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
    private static Vector256<float> Begin(Vector256<float> sum, byte* row, int groups, RowChunk* chunk, Activations input, nint group, float* scales)
    {
        TFormat.ReadScales(row, groups, chunk);
        (Vector256.Load(input.Scales + group) * Vector256.Load(chunk->Scales)).Store(scales);
        return TakeMinima(sum, chunk, TFormat.HasMultipliers ? input.HalfSums + (2 * group) : input.Sums + group);
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
