using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Kernels;

/// <summary>Brings rows of the file into the form of <see cref="StripLayout"/>.</summary>
internal static unsafe class StripPacker
{
    private const int Rows = StripLayout.Rows;
    private const int StepBytes = 64;

    /// <summary>Packs the 16 rows from <paramref name="firstRow"/> on; past the matrix' end the last row is repeated.</summary>
    public static void Pack(MatrixView matrix, int firstRow, byte* target)
    {
        switch (matrix.Type)
        {
            case GgufTensorType.Q8_0:
                Pack<Q8OffsetFormat>(matrix, firstRow, target);
                break;
            case GgufTensorType.Q4_0:
                Pack<Q4Format>(matrix, firstRow, target);
                break;
            case GgufTensorType.Q4_K:
                Pack<Q4KFormat>(matrix, firstRow, target);
                break;
            case GgufTensorType.Q5_K:
                Pack<Q5KFormat>(matrix, firstRow, target);
                break;
            case GgufTensorType.Q6_K:
                Pack<Q6KFormat>(matrix, firstRow, target);
                break;
            default:
                throw new InvalidOperationException($"{matrix.Type} has no strips");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void Pack<TFormat>(MatrixView matrix, int firstRow, byte* target)
        where TFormat : struct, IRowFormat
    {
        StripLayout layout = StripLayout.Of(matrix.Type, matrix.Columns)!.Value;
        int blockGroups = layout.BlockColumns / Activations.Group;
        byte** rows = stackalloc byte*[Rows];
        for (int i = 0; i < Rows; i++)
            rows[i] = matrix.Row(Math.Min(firstRow + i, matrix.Rows - 1));
        byte* bytes = stackalloc byte[Rows * 32];
        byte* steps = stackalloc byte[(8 * StepBytes) + 64];
        steps = (byte*)(((nint)steps + 63) & ~63);
        for (int block = 0; block < matrix.Columns / layout.BlockColumns; block++)
        {
            PackHeader(matrix.Type, rows, blockGroups, target);
            target += layout.HeaderBytes;
            for (int group = 0; group < blockGroups; group++)
            {
                for (int i = 0; i < Rows; i++)
                    TFormat.ReadGroup(rows[i], group).Store(bytes + (i * 32));
                PanelLayout.Transpose(bytes, 32, steps, StepBytes);
                PanelLayout.Transpose(bytes + (8 * 32), 32, steps + 32, StepBytes);
                PackQuants(matrix.Type, steps, target);
                target += layout.GroupBytes;
            }

            for (int i = 0; i < Rows; i++)
                rows[i] += TFormat.ChunkBytes * blockGroups / 8;
        }
    }

    private static void PackHeader(GgufTensorType type, byte** rows, int groups, byte* target)
    {
        for (int row = 0; row < Rows; row++)
        {
            byte* source = rows[row];
            if (type is GgufTensorType.Q8_0 or GgufTensorType.Q4_0)
            {
                int stride = type == GgufTensorType.Q8_0 ? 34 : 18;
                for (int group = 0; group < groups; group++)
                    ((ushort*)target)[(group * Rows) + row] = Unsafe.ReadUnaligned<ushort>(source + (group * stride));
                continue;
            }

            bool isSix = type == GgufTensorType.Q6_K;
            ((ushort*)target)[row] = Unsafe.ReadUnaligned<ushort>(source + (isSix ? 208 : 0));
            ((ushort*)target)[Rows + row] = isSix ? (ushort)0 : Unsafe.ReadUnaligned<ushort>(source + 2);
            ulong first, second;
            if (isSix)
                (first, second) = (Unsafe.ReadUnaligned<ulong>(source + 192), Unsafe.ReadUnaligned<ulong>(source + 200));
            else
                (first, second) = Q4KFormat.ScalesAndMinima(source);
            byte* scales = target + 64 + row;
            for (int i = 0; i < 8; i++)
            {
                // Q6_K has sixteen scales in a row, two for each 32 columns; the others eight scales and eight minima.
                int place = isSix ? i : 2 * i;
                scales[place * Rows] = (byte)(first >> (8 * i));
                scales[(place + (isSix ? 8 : 1)) * Rows] = (byte)(second >> (8 * i));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PackQuants(GgufTensorType type, byte* steps, byte* target)
    {
        if (type == GgufTensorType.Q8_0)
        {
            Unsafe.CopyBlockUnaligned(target, steps, 8 * StepBytes);
            return;
        }

        if (type == GgufTensorType.Q5_K)
        {
            HighBits(steps, 8, 1).Store(target);
            target += StepBytes;
        }

        for (int pair = 0; pair < 4; pair++)
        {
            if (type == GgufTensorType.Q6_K && pair % 2 == 0)
            {
                HighBits(steps + (pair * 2 * StepBytes), 4, 2).Store(target);
                target += StepBytes;
            }

            Vector512<byte> low = Step(steps, 2 * pair) & Vector512.Create((byte)15), high = Step(steps, (2 * pair) + 1) & Vector512.Create((byte)15);
            (low | Vector512.ShiftLeft(high.AsUInt16(), 4).AsByte()).Store(target);
            target += StepBytes;
        }
    }

    /// <summary>The bits above the fourth of so many steps, side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> HighBits(byte* steps, int count, int width)
    {
        Vector512<byte> bits = default;
        for (int step = 0; step < count; step++)
            bits |= Vector512.ShiftLeft(Vector512.ShiftRightLogical(Step(steps, step) & Vector512.Create((byte)0xf0), 4).AsUInt16(), width * step).AsByte();
        return bits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Step(byte* steps, int step) => Vector512.Load(steps + (step * StepBytes));
}
