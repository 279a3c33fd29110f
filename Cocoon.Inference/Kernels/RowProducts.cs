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
                TFormat.ReadScales(source, 8, chunk);
                sum = AddMapped(sum, source, chunk, input, group, quants, scales);
                source += TFormat.ChunkBytes;
                group += 8;
                quants += RowChunk.Columns;
            }

            if (left > 0)
            {
                Unpack(source, left, chunk);
                sum = AddUnpacked(sum, chunk, input, group, quants, scales);
                source += left * (TFormat.ChunkBytes / 8);
            }

            results[row] = Total(sum);
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
        float* scales = stackalloc float[8];

        // The next four rows are fetched in the order of memory: that is what the processor's own prefetching understands.
        byte* next = matrix.Row(row) + (RowsAtOnce * matrix.RowBytes);
        for (int chunk = 0, left = matrix.Columns / Activations.Group; left > 0; chunk++, left -= 8)
        {
            int groups = Math.Min(8, left);
            for (int i = 0; i < RowsAtOnce; i++)
            {
                // Rows past the end of a matrix repeat the last one; their sums are not stored.
                byte* source = matrix.Row(row + Math.Min(i, rows - 1)) + ((nint)chunk * TFormat.ChunkBytes);
                Prefetch(next);
                next += TFormat.ChunkBytes;
                Unpack(source, groups, chunks + i);
            }

            for (int token = 0; token < tokens; token++)
            {
                nint group = ((nint)(firstToken + token) * input.GroupStride) + (chunk * 8);
                sbyte* quants = input.Quants + ((nint)(firstToken + token) * input.Stride) + ((nint)chunk * RowChunk.Columns);
                Vector256<float>* four = sums + (token * RowsAtOnce);
                four[0] = AddUnpacked(four[0], chunks, input, group, quants, scales);
                four[1] = AddUnpacked(four[1], chunks + 1, input, group, quants, scales);
                four[2] = AddUnpacked(four[2], chunks + 2, input, group, quants, scales);
                four[3] = AddUnpacked(four[3], chunks + 3, input, group, quants, scales);
            }
        }

        for (int token = 0; token < tokens; token++)
        {
            for (int i = 0; i < rows; i++)
                *output.At(firstToken + token, row + i) = Total(sums[(token * RowsAtOnce) + i]);
        }
    }

    /// <summary>A chunk of one row from the file's bytes. Four partial sums, because one would wait for itself; numbers of groups are constants, so that shifts are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddMapped(
        Vector256<float> sum, byte* row, RowChunk* chunk, Activations input, nint group, sbyte* quants, float* scales)
    {
        (Vector256.Load(input.Scales + group) * Vector256.Load(chunk->Scales)).Store(scales);
        Vector256<float> a = Step(Minima(chunk, input, group), TFormat.ReadGroup(row, 0), chunk, 0, quants, scales);
        Vector256<float> b = Step(default, TFormat.ReadGroup(row, 1), chunk, 1, quants, scales);
        Vector256<float> c = Step(default, TFormat.ReadGroup(row, 2), chunk, 2, quants, scales);
        Vector256<float> d = Step(default, TFormat.ReadGroup(row, 3), chunk, 3, quants, scales);
        a = Step(a, TFormat.ReadGroup(row, 4), chunk, 4, quants, scales);
        b = Step(b, TFormat.ReadGroup(row, 5), chunk, 5, quants, scales);
        c = Step(c, TFormat.ReadGroup(row, 6), chunk, 6, quants, scales);
        d = Step(d, TFormat.ReadGroup(row, 7), chunk, 7, quants, scales);
        return sum + (a + b + (c + d));
    }

    /// <summary>The same sums from an unpacked chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddUnpacked(Vector256<float> sum, RowChunk* chunk, Activations input, nint group, sbyte* quants, float* scales)
    {
        (Vector256.Load(input.Scales + group) * Vector256.Load(chunk->Scales)).Store(scales);
        byte* row = chunk->Quants;
        Vector256<float> a = Step(Minima(chunk, input, group), Vector256.Load(row), chunk, 0, quants, scales);
        Vector256<float> b = Step(default, Vector256.Load(row + 32), chunk, 1, quants, scales);
        Vector256<float> c = Step(default, Vector256.Load(row + 64), chunk, 2, quants, scales);
        Vector256<float> d = Step(default, Vector256.Load(row + 96), chunk, 3, quants, scales);
        a = Step(a, Vector256.Load(row + 128), chunk, 4, quants, scales);
        b = Step(b, Vector256.Load(row + 160), chunk, 5, quants, scales);
        c = Step(c, Vector256.Load(row + 192), chunk, 6, quants, scales);
        d = Step(d, Vector256.Load(row + 224), chunk, 7, quants, scales);
        return sum + (a + b + (c + d));
    }

    /// <summary>What the chunk's minima take away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Minima(RowChunk* chunk, Activations input, nint group)
    {
        if (TFormat.IsSigned)
            return default;
        if (!TFormat.HasMultipliers)
            return -(Vector256.Load(chunk->Minima) * Vector256.Load(input.Sums + group));
        Vector256<float> first = Vector256.Load(chunk->Minima) * Vector256.Load(input.HalfSums + (2 * group));
        return -Vector256.FusedMultiplyAdd(Vector256.Load(chunk->Minima + 8), Vector256.Load(input.HalfSums + (2 * group) + 8), first);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Step(Vector256<float> sum, Vector256<byte> weights, RowChunk* chunk, int group, sbyte* quants, float* scales)
    {
        Vector256<sbyte> x = Vector256.Load(quants + (32 * group));
        Vector256<int> product = TFormat.IsSigned
            ? TStep.MultiplySigned(weights.AsSByte(), x)
            : TFormat.HasMultipliers
                ? TStep.MultiplyScaled(weights, x, Vector256.Load(chunk->Multipliers + (group * 16)))
                : TStep.Multiply(weights, x);
        return Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(product), Vector256.Create(scales[group]), sum);
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
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(chunk);
        Sse.Prefetch0(chunk + 64);
        if (TFormat.ChunkBytes > 128)
            Sse.Prefetch0(chunk + 128);
        if (TFormat.ChunkBytes > 192)
            Sse.Prefetch0(chunk + 192);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Total(Vector256<float> sum)
    {
        Vector128<float> four = sum.GetLower() + sum.GetUpper();
        return four[0] + four[1] + (four[2] + four[3]);
    }
}
