using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// The work of <see cref="AttentionMath"/> on rows of halves as the cache keeps them, for two queries that share the keys and values: nothing is
/// written between memory and the products. The same operations in the same order, so the same bits. Sizes are multiples of 32.
/// </summary>
internal static unsafe class HalfAttention
{
    private const float ExponentShift = 5.192296858534828e33f;

    /// <summary>True where the processor has the instructions.</summary>
    public static bool IsSupported => Avx512F.IsSupported;

    /// <summary>
    /// Scores of <paramref name="count"/> rows for both queries. Rows up to the next multiple of four must be there; their scores are written too.
    /// Row by row, memory at <paramref name="next"/> is asked for: the rows that are read afterwards.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scores(float* query, float* secondQuery, ushort* rows, ushort* next, int count, int size, float scale, float* scores, float* secondScores)
    {
        for (int row = 0; row < count; row += 4, rows += 4 * size, next += 4 * size)
        {
            Prefetch(next, 4 * size);
            Vector512<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
            for (int column = 0; column < size; column += 32)
            {
                Vector512<float> low = Vector512.Load(query + column), high = Vector512.Load(query + column + 16);
                Vector512<float> secondLow = Vector512.Load(secondQuery + column), secondHigh = Vector512.Load(secondQuery + column + 16);
                ushort* place = rows + column;
                Vector512<float> left = Widen(place), right = Widen(place + 16);
                a = Vector512.FusedMultiplyAdd(high, right, Vector512.FusedMultiplyAdd(low, left, a));
                e = Vector512.FusedMultiplyAdd(secondHigh, right, Vector512.FusedMultiplyAdd(secondLow, left, e));
                (left, right) = (Widen(place + size), Widen(place + size + 16));
                b = Vector512.FusedMultiplyAdd(high, right, Vector512.FusedMultiplyAdd(low, left, b));
                f = Vector512.FusedMultiplyAdd(secondHigh, right, Vector512.FusedMultiplyAdd(secondLow, left, f));
                place += 2 * size;
                (left, right) = (Widen(place), Widen(place + 16));
                c = Vector512.FusedMultiplyAdd(high, right, Vector512.FusedMultiplyAdd(low, left, c));
                g = Vector512.FusedMultiplyAdd(secondHigh, right, Vector512.FusedMultiplyAdd(secondLow, left, g));
                (left, right) = (Widen(place + size), Widen(place + size + 16));
                d = Vector512.FusedMultiplyAdd(high, right, Vector512.FusedMultiplyAdd(low, left, d));
                h = Vector512.FusedMultiplyAdd(secondHigh, right, Vector512.FusedMultiplyAdd(secondLow, left, h));
            }

            (AttentionMath.Sums(a, b, c, d) * scale).Store(scores + row);
            (AttentionMath.Sums(e, f, g, h) * scale).Store(secondScores + row);
        }
    }

    /// <summary>Adds each row times its weight to both targets, and asks for memory as <see cref="Scores"/> does.</summary>
    public static void AddWeightedRows(float* target, float* secondTarget, ushort* rows, ushort* next, float* weights, float* secondWeights, int count, int size)
    {
        int column = 0;
        Prefetch(next, count * size);
        for (; column + 64 <= size; column += 64)
            AddFour(target + column, secondTarget + column, rows + column, weights, secondWeights, count, size);
        for (; column < size; column += 32)
            AddTwo(target + column, secondTarget + column, rows + column, weights, secondWeights, count, size);
    }

    /// <summary>Into the second cache: the first one waits for few lines at once, and asking it took attention 2.6 ms of a token instead of 1.6.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(ushort* memory, int count)
    {
        for (int i = 0; i < count; i += 32)
            Sse.Prefetch1(memory + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddFour(float* target, float* secondTarget, ushort* rows, float* weights, float* secondWeights, int count, int size)
    {
        Vector512<float> a = Vector512.Load(target), b = Vector512.Load(target + 16), c = Vector512.Load(target + 32), d = Vector512.Load(target + 48);
        Vector512<float> e = Vector512.Load(secondTarget), f = Vector512.Load(secondTarget + 16);
        Vector512<float> g = Vector512.Load(secondTarget + 32), h = Vector512.Load(secondTarget + 48);
        for (int i = 0; i < count; i++, rows += size)
        {
            Vector512<float> weight = Vector512.Create(weights[i]), second = Vector512.Create(secondWeights[i]);
            Vector512<float> value = Widen(rows);
            a = Vector512.FusedMultiplyAdd(weight, value, a);
            e = Vector512.FusedMultiplyAdd(second, value, e);
            value = Widen(rows + 16);
            b = Vector512.FusedMultiplyAdd(weight, value, b);
            f = Vector512.FusedMultiplyAdd(second, value, f);
            value = Widen(rows + 32);
            c = Vector512.FusedMultiplyAdd(weight, value, c);
            g = Vector512.FusedMultiplyAdd(second, value, g);
            value = Widen(rows + 48);
            d = Vector512.FusedMultiplyAdd(weight, value, d);
            h = Vector512.FusedMultiplyAdd(second, value, h);
        }

        a.Store(target);
        b.Store(target + 16);
        c.Store(target + 32);
        d.Store(target + 48);
        e.Store(secondTarget);
        f.Store(secondTarget + 16);
        g.Store(secondTarget + 32);
        h.Store(secondTarget + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTwo(float* target, float* secondTarget, ushort* rows, float* weights, float* secondWeights, int count, int size)
    {
        Vector512<float> a = Vector512.Load(target), b = Vector512.Load(target + 16), c = Vector512.Load(secondTarget), d = Vector512.Load(secondTarget + 16);
        for (int i = 0; i < count; i++, rows += size)
        {
            Vector512<float> weight = Vector512.Create(weights[i]), second = Vector512.Create(secondWeights[i]);
            Vector512<float> low = Widen(rows), high = Widen(rows + 16);
            a = Vector512.FusedMultiplyAdd(weight, low, a);
            b = Vector512.FusedMultiplyAdd(weight, high, b);
            c = Vector512.FusedMultiplyAdd(second, low, c);
            d = Vector512.FusedMultiplyAdd(second, high, d);
        }

        a.Store(target);
        b.Store(target + 16);
        c.Store(secondTarget);
        d.Store(secondTarget + 16);
    }

    /// <summary>Sixteen finite halves, as in <see cref="HalfBits"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widen(ushort* source)
    {
        Vector512<int> wide = Avx512F.ConvertToVector512Int32(Vector256.Load((short*)source));
        return (Vector512.ShiftLeft(wide, 13) & Vector512.Create(unchecked((int)0x8fffe000))).AsSingle() * Vector512.Create(ExponentShift);
    }
}
