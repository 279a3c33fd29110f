using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// One query against rows of keys, and weighted sums of rows of values. Sizes are multiples of 32. A result's sums run in the same order
/// whatever rows are computed with it.
/// </summary>
internal static unsafe class AttentionMath
{
    /// <summary>scores[i] = query · rows[i] × scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scores(float* query, float* rows, int count, int size, float scale, float* scores)
    {
        int row = 0;
        if (Avx512F.IsSupported)
        {
            for (; row + 4 <= count; row += 4)
                (FourDots(query, rows + ((nint)row * size), size, size) * scale).Store(scores + row);
            for (; row < count; row++)
                scores[row] = FourDots(query, rows + ((nint)row * size), 0, size)[0] * scale;
            return;
        }

        for (; row < count; row++)
            scores[row] = VectorMath.Dot(query, rows + ((nint)row * size), size) * scale;
    }

    /// <summary>Adds each of <paramref name="count"/> rows times its weight to <paramref name="target"/>.</summary>
    public static void AddWeightedRows(float* target, float* rows, float* weights, int count, int size)
    {
        int column = 0;
        if (Avx512F.IsSupported)
        {
            for (; column + 128 <= size; column += 128)
                AddEight(target + column, rows + column, weights, count, size);
        }

        for (; column < size; column += 32)
            AddFour(target + column, rows + column, weights, count, size);
    }

    /// <summary>The sum of each vector, always added in the same order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        Vector256<float> e = a.GetLower() + a.GetUpper(), f = b.GetLower() + b.GetUpper(), g = c.GetLower() + c.GetUpper(), h = d.GetLower() + d.GetUpper();
        Vector256<float> first = Avx.UnpackLow(e, f) + Avx.UnpackHigh(e, f), second = Avx.UnpackLow(g, h) + Avx.UnpackHigh(g, h);
        Vector256<float> sums = Avx.Shuffle(first, second, 0x44) + Avx.Shuffle(first, second, 0xee);
        return sums.GetLower() + sums.GetUpper();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> FourDots(float* query, float* rows, nint stride, int size)
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        for (int column = 0; column < size; column += 32)
        {
            Vector512<float> low = Vector512.Load(query + column), high = Vector512.Load(query + column + 16);
            float* row = rows + column;
            a = Vector512.FusedMultiplyAdd(high, Vector512.Load(row + 16), Vector512.FusedMultiplyAdd(low, Vector512.Load(row), a));
            row += stride;
            b = Vector512.FusedMultiplyAdd(high, Vector512.Load(row + 16), Vector512.FusedMultiplyAdd(low, Vector512.Load(row), b));
            row += stride;
            c = Vector512.FusedMultiplyAdd(high, Vector512.Load(row + 16), Vector512.FusedMultiplyAdd(low, Vector512.Load(row), c));
            row += stride;
            d = Vector512.FusedMultiplyAdd(high, Vector512.Load(row + 16), Vector512.FusedMultiplyAdd(low, Vector512.Load(row), d));
        }

        return Sums(a, b, c, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddEight(float* target, float* rows, float* weights, int count, int size)
    {
        Vector512<float> a = Vector512.Load(target), b = Vector512.Load(target + 16), c = Vector512.Load(target + 32), d = Vector512.Load(target + 48);
        Vector512<float> e = Vector512.Load(target + 64), f = Vector512.Load(target + 80), g = Vector512.Load(target + 96), h = Vector512.Load(target + 112);
        for (int i = 0; i < count; i++, rows += size)
        {
            Vector512<float> weight = Vector512.Create(weights[i]);
            a = Vector512.FusedMultiplyAdd(weight, Vector512.Load(rows), a);
            b = Vector512.FusedMultiplyAdd(weight, Vector512.Load(rows + 16), b);
            c = Vector512.FusedMultiplyAdd(weight, Vector512.Load(rows + 32), c);
            d = Vector512.FusedMultiplyAdd(weight, Vector512.Load(rows + 48), d);
            e = Vector512.FusedMultiplyAdd(weight, Vector512.Load(rows + 64), e);
            f = Vector512.FusedMultiplyAdd(weight, Vector512.Load(rows + 80), f);
            g = Vector512.FusedMultiplyAdd(weight, Vector512.Load(rows + 96), g);
            h = Vector512.FusedMultiplyAdd(weight, Vector512.Load(rows + 112), h);
        }

        a.Store(target);
        b.Store(target + 16);
        c.Store(target + 32);
        d.Store(target + 48);
        e.Store(target + 64);
        f.Store(target + 80);
        g.Store(target + 96);
        h.Store(target + 112);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddFour(float* target, float* rows, float* weights, int count, int size)
    {
        Vector256<float> a = Vector256.Load(target), b = Vector256.Load(target + 8), c = Vector256.Load(target + 16), d = Vector256.Load(target + 24);
        for (int i = 0; i < count; i++, rows += size)
        {
            Vector256<float> weight = Vector256.Create(weights[i]);
            a = Vector256.FusedMultiplyAdd(weight, Vector256.Load(rows), a);
            b = Vector256.FusedMultiplyAdd(weight, Vector256.Load(rows + 8), b);
            c = Vector256.FusedMultiplyAdd(weight, Vector256.Load(rows + 16), c);
            d = Vector256.FusedMultiplyAdd(weight, Vector256.Load(rows + 24), d);
        }

        a.Store(target);
        b.Store(target + 8);
        c.Store(target + 16);
        d.Store(target + 24);
    }
}
