using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cocoon.Inference.Kernels;

/// <summary>Short float loops that every processor runs in vectors of eight.</summary>
internal static unsafe class VectorMath
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(float* left, float* right, int count)
    {
        Vector256<float> even = default, odd = default;
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            even = Vector256.FusedMultiplyAdd(Vector256.Load(left + i), Vector256.Load(right + i), even);
            odd = Vector256.FusedMultiplyAdd(Vector256.Load(left + i + 8), Vector256.Load(right + i + 8), odd);
        }

        float sum = Vector256.Sum(even + odd);
        for (; i < count; i++)
            sum += left[i] * right[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(float* target, float* source, float factor, int count)
    {
        Vector256<float> factors = Vector256.Create(factor);
        int i = 0;
        for (; i + 8 <= count; i += 8)
            Vector256.FusedMultiplyAdd(Vector256.Load(source + i), factors, Vector256.Load(target + i)).Store(target + i);
        for (; i < count; i++)
            target[i] += source[i] * factor;
    }

    /// <summary>target = source × weight / sqrt(mean(source²) + epsilon).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RmsNorm(float* source, float* weight, float* target, int count, float epsilon)
    {
        float scale = 1 / MathF.Sqrt((Dot(source, source, count) / count) + epsilon);
        Vector256<float> scales = Vector256.Create(scale);
        int i = 0;
        for (; i + 8 <= count; i += 8)
            (Vector256.Load(source + i) * scales * Vector256.Load(weight + i)).Store(target + i);
        for (; i < count; i++)
            target[i] = source[i] * scale * weight[i];
    }

    /// <summary>target = gate / (1 + exp(−gate)) × up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SwiGlu(float* gate, float* up, float* target, int count)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Vector256<float> x = Vector256.Load(gate + i);
            (x / (Vector256<float>.One + Vector256.Exp(-x)) * Vector256.Load(up + i)).Store(target + i);
        }

        for (; i < count; i++)
            target[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
    }

    /// <summary>Turns scores into weights that sum to one, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Softmax(float* scores, int count)
    {
        Vector256<float> peaks = Vector256.Create(float.NegativeInfinity), sums = default;
        int i = 0;
        for (; i + 8 <= count; i += 8)
            peaks = Vector256.Max(peaks, Vector256.Load(scores + i));
        float largest = float.NegativeInfinity;
        for (int lane = 0; lane < 8; lane++)
            largest = MathF.Max(largest, peaks[lane]);
        for (; i < count; i++)
            largest = MathF.Max(largest, scores[i]);
        Vector256<float> peak = Vector256.Create(largest);
        for (i = 0; i + 8 <= count; i += 8)
        {
            Vector256<float> weights = Vector256.Exp(Vector256.Load(scores + i) - peak);
            weights.Store(scores + i);
            sums += weights;
        }

        float sum = Vector256.Sum(sums);
        for (; i < count; i++)
        {
            scores[i] = MathF.Exp(scores[i] - largest);
            sum += scores[i];
        }

        float inverse = 1 / sum;
        for (i = 0; i + 8 <= count; i += 8)
            (Vector256.Load(scores + i) * Vector256.Create(inverse)).Store(scores + i);
        for (; i < count; i++)
            scores[i] *= inverse;
    }

    public static void Add(float* target, float* source, int count) => AddScaled(target, source, 1, count);

    /// <summary>False when a value is infinite or no number.</summary>
    public static bool IsFinite(ReadOnlySpan<float> values)
    {
        // Zero times anything finite is zero; anything else spoils the sum for good.
        Vector256<float> sums = default;
        int i = 0;
        for (; i + 8 <= values.Length; i += 8)
            sums += Vector256.Create(values.Slice(i, 8)) * Vector256<float>.Zero;
        float sum = Vector256.Sum(sums);
        for (; i < values.Length; i++)
            sum += values[i] * 0;
        return sum == 0;
    }
}
