using System.Numerics;
using System.Runtime.InteropServices;

namespace Cocoon.Inference.Sampling;

/// <summary>Passes over all logits of a vocabulary, vectorised.</summary>
internal static class LogitMath
{
    /// <summary>The greatest value, ignoring NaN; negative infinity when there is none.</summary>
    public static float Max(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> most = new(float.NegativeInfinity);
        foreach (Vector<float> vector in vectors)
            most = Vector.ConditionalSelect(Vector.GreaterThan(vector, most), vector, most);
        float result = float.NegativeInfinity;
        for (int lane = 0; lane < Vector<float>.Count; lane++)
            result = Math.Max(result, most[lane]);
        foreach (float value in values[(vectors.Length * Vector<float>.Count)..])
        {
            if (value > result)
                result = value;
        }

        return result;
    }

    /// <summary>The first index of the greatest value; 0 when all are negative infinity or NaN.</summary>
    public static int IndexOfMax(ReadOnlySpan<float> values) => Math.Max(0, values.IndexOf(Max(values)));

    /// <summary>Fills weights with exp((value - greatest) * scale), zero where value is under the least, and gives their sum.</summary>
    public static double Exponentials(ReadOnlySpan<float> values, Span<float> weights, float greatest, float scale, float least)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Span<Vector<float>> targets = MemoryMarshal.Cast<float, Vector<float>>(weights);
        Vector<float> greatestVector = new(greatest);
        Vector<float> scaleVector = new(scale);
        Vector<float> leastVector = new(least);
        double total = 0;
        for (int index = 0; index < vectors.Length; index++)
        {
            Vector<float> vector = vectors[index];
            Vector<float> weight = Vector.Exp((vector - greatestVector) * scaleVector);
            weight = Vector.ConditionalSelect(Vector.GreaterThanOrEqual(vector, leastVector), weight, Vector<float>.Zero);
            targets[index] = weight;
            total += Vector.Sum(weight);
        }

        for (int index = vectors.Length * Vector<float>.Count; index < values.Length; index++)
        {
            weights[index] = values[index] >= least ? MathF.Exp((values[index] - greatest) * scale) : 0;
            total += weights[index];
        }

        return total;
    }

    /// <summary>The greatest threshold at which the weights not under it still have a mass: a search over the bits of floats from 0 to 1.</summary>
    public static float MassThreshold(ReadOnlySpan<float> weights, double mass)
    {
        int low = 0;
        int high = BitConverter.SingleToInt32Bits(1);
        while (low < high)
        {
            int middle = low + (high - low + 1) / 2;
            if (MassFrom(weights, BitConverter.Int32BitsToSingle(middle)) >= mass)
                low = middle;
            else
                high = middle - 1;
        }

        return BitConverter.Int32BitsToSingle(low);
    }

    /// <summary>The sum of the values that are not under a threshold.</summary>
    public static double MassFrom(ReadOnlySpan<float> weights, float threshold)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(weights);
        Vector<float> least = new(threshold);
        double mass = 0;
        foreach (Vector<float> vector in vectors)
            mass += Vector.Sum(Vector.ConditionalSelect(Vector.GreaterThanOrEqual(vector, least), vector, Vector<float>.Zero));
        foreach (float weight in weights[(vectors.Length * Vector<float>.Count)..])
            mass += weight >= threshold ? weight : 0;
        return mass;
    }

    /// <summary>
    /// The so many greatest values, greatest first, smaller index first among equals. A heap of the best so far; blocks of values that
    /// are all below its least are skipped with one comparison.
    /// </summary>
    public static List<Candidate> Top(ReadOnlySpan<float> values, int count)
    {
        PriorityQueue<int, (float Value, int Index)> heap = new(Math.Min(count, 1024));
        float least = float.NegativeInfinity;
        int width = Vector<float>.Count;
        for (int start = 0; start < values.Length; start += width)
        {
            if (start + width <= values.Length && !Vector.GreaterThanAny(new Vector<float>(values[start..]), new Vector<float>(least)))
                continue;
            int end = Math.Min(start + width, values.Length);
            for (int index = start; index < end; index++)
            {
                float value = values[index];
                if (!(value > least))
                    continue;
                if (heap.Count == count)
                    heap.EnqueueDequeue(index, (value, -index));
                else
                    heap.Enqueue(index, (value, -index));
                if (heap.Count == count && heap.TryPeek(out _, out (float Value, int Index) lowest))
                    least = lowest.Value;
            }
        }

        List<Candidate> best = new(heap.Count);
        while (heap.TryDequeue(out int index, out (float Value, int Index) priority))
            best.Add(new Candidate(index, priority.Value));
        best.Reverse();
        return best;
    }

    internal readonly record struct Candidate(int Token, float Logit);
}
