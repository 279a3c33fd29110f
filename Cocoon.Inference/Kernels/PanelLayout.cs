using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// Sixteen rows unpacked so that one vector holds four columns of every row: for each four columns 16 × 4 bytes, and for each 32 columns
/// (or 16, for formats with a scale per 16) the 16 rows' scales and then their minima.
/// </summary>
internal static unsafe class PanelLayout
{
    /// <summary>Bytes of scales and minima for 32 columns: twice <see cref="MatrixKernels.PanelRows"/> floats, twice over where scales are per 16.</summary>
    public static int FactorBytes<TFormat>()
        where TFormat : struct, IRowFormat => TFormat.HasMultipliers ? 256 : 128;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Pack<TFormat>(MatrixView matrix, int firstRow, int endRow, byte* quants, float* factors)
        where TFormat : struct, IRowFormat
    {
        RowChunk* chunks = stackalloc RowChunk[MatrixKernels.PanelRows];
        for (int column = 0; column < matrix.Columns; column += RowChunk.Columns)
        {
            int groups = Math.Min(8, (matrix.Columns - column) / Activations.Group);
            nint offset = (nint)(column / RowChunk.Columns) * TFormat.ChunkBytes;
            for (int i = 0; i < MatrixKernels.PanelRows; i++)
            {
                byte* source = matrix.Row(Math.Min(firstRow + i, endRow - 1)) + offset;
                Sse.Prefetch0(source + (MatrixKernels.PanelRows * matrix.RowBytes));
                TFormat.ReadScales(source, groups, chunks + i);
                for (int group = 0; group < groups; group++)
                    TFormat.ReadGroup(source, group).Store(chunks[i].Quants + (group * 32));
            }

            for (int group = 0; group < groups; group++)
            {
                byte* target = quants + ((nint)(column + (group * 32)) * MatrixKernels.PanelRows);
                Transpose(chunks[0].Quants + (group * 32), sizeof(RowChunk), target, 64);
                Transpose(chunks[8].Quants + (group * 32), sizeof(RowChunk), target + 32, 64);
            }

            PackFactors<TFormat>(chunks, groups, factors);
            factors += groups * FactorBytes<TFormat>() / sizeof(float);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PackFactors<TFormat>(RowChunk* chunks, int groups, float* factors)
        where TFormat : struct, IRowFormat
    {
        // Eight groups at a time by the same transposition; the places of groups past the end of a row are never read.
        float* table = stackalloc float[8 * MatrixKernels.PanelRows * 4];
        int halves = TFormat.HasMultipliers ? 2 : 1;
        for (int side = 0; side < 2; side++)
        {
            RowChunk* rows = chunks + (8 * side);
            for (int half = 0; half < halves; half++)
            {
                byte* minima = (byte*)(table + (half * 256) + 128) + (side * 32);
                Transpose((byte*)(rows[0].Minima + (8 * half)), sizeof(RowChunk), minima, 64);
                if (!TFormat.HasMultipliers)
                    Transpose((byte*)rows[0].Scales, sizeof(RowChunk), (byte*)table + (side * 32), 64);
            }
        }

        for (int group = 0; group < groups; group++)
        {
            for (int half = 0; half < halves; half++)
            {
                // With multipliers the table's two halves hold the first and the second eight of sixteen.
                int entry = TFormat.HasMultipliers ? (2 * group) + half : group;
                float* minima = table + (entry / 8 * 256) + 128 + (entry % 8 * 16);
                float* scales = table + (entry % 8 * 16);
                for (int i = 0; i < 16; i += 8)
                {
                    Vector256<float> minimum = Vector256.Load(minima + i);
                    Vector256<float> scale = TFormat.HasMultipliers ? minimum * Vector256.Create(1f / 32) : Vector256.Load(scales + i);
                    scale.Store(factors + i);
                    minimum.Store(factors + 16 + i);
                }

                factors += 32;
            }
        }
    }

    /// <summary>Turns 8 rows of eight 32-bit values into 8 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(byte* source, nint sourceStride, byte* target, nint targetStride)
    {
        Vector256<float> r0 = Row(source, 0, sourceStride), r1 = Row(source, 1, sourceStride), r2 = Row(source, 2, sourceStride), r3 = Row(source, 3, sourceStride);
        Vector256<float> r4 = Row(source, 4, sourceStride), r5 = Row(source, 5, sourceStride), r6 = Row(source, 6, sourceStride), r7 = Row(source, 7, sourceStride);
        Vector256<float> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1), a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> a4 = Avx.UnpackLow(r4, r5), a5 = Avx.UnpackHigh(r4, r5), a6 = Avx.UnpackLow(r6, r7), a7 = Avx.UnpackHigh(r6, r7);
        Vector256<float> b0 = Avx.Shuffle(a0, a2, 0x44), b1 = Avx.Shuffle(a0, a2, 0xee), b2 = Avx.Shuffle(a1, a3, 0x44), b3 = Avx.Shuffle(a1, a3, 0xee);
        Vector256<float> b4 = Avx.Shuffle(a4, a6, 0x44), b5 = Avx.Shuffle(a4, a6, 0xee), b6 = Avx.Shuffle(a5, a7, 0x44), b7 = Avx.Shuffle(a5, a7, 0xee);
        Avx.Permute2x128(b0, b4, 0x20).AsByte().Store(target);
        Avx.Permute2x128(b1, b5, 0x20).AsByte().Store(target + targetStride);
        Avx.Permute2x128(b2, b6, 0x20).AsByte().Store(target + (2 * targetStride));
        Avx.Permute2x128(b3, b7, 0x20).AsByte().Store(target + (3 * targetStride));
        Avx.Permute2x128(b0, b4, 0x31).AsByte().Store(target + (4 * targetStride));
        Avx.Permute2x128(b1, b5, 0x31).AsByte().Store(target + (5 * targetStride));
        Avx.Permute2x128(b2, b6, 0x31).AsByte().Store(target + (6 * targetStride));
        Avx.Permute2x128(b3, b7, 0x31).AsByte().Store(target + (7 * targetStride));
    }

    private static Vector256<float> Row(byte* source, int row, nint stride) => Vector256.Load((float*)(source + (row * stride)));
}
