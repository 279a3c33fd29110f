using Cocoon.Inference.Kernels;

namespace Cocoon.Tests.Inference.Kernels;

public sealed unsafe class HalfAttentionTests
{
    [Theory]
    [InlineData(1, 32)]
    [InlineData(5, 64)]
    [InlineData(30, 96)]
    [InlineData(32, 128)]
    public void Halves_as_they_lie_give_the_bits_of_halves_converted_before(int count, int size)
    {
        Assert.SkipUnless(HalfAttention.IsSupported, "needs AVX-512");
        const int Rows = 32;
        Random random = new(7);
        float[] queries = Randoms(random, 2 * size), wide = Randoms(random, Rows * size);
        ushort[] halves = Array.ConvertAll(wide, HalfBits.FromSingle);
        wide = Array.ConvertAll(halves, HalfBits.ToSingle);
        float[] scores = new float[Rows], expectedScores = new float[Rows], second = new float[Rows], expectedSecond = new float[Rows];
        float[] sums = Randoms(random, 2 * size), expectedSums = [.. sums];
        fixed (float* query = queries, rows = wide, left = scores, right = second, leftExpected = expectedScores, rightExpected = expectedSecond, sum = sums, sumExpected = expectedSums)
        fixed (ushort* narrow = halves)
        {
            AttentionMath.Scores(query, rows, count, size, 0.3f, leftExpected);
            AttentionMath.Scores(query + size, rows, count, size, 0.3f, rightExpected);
            HalfAttention.Scores(query, query + size, narrow, narrow, count, size, 0.3f, left, right);
            AttentionMath.AddWeightedRows(sumExpected, rows, leftExpected, count, size);
            AttentionMath.AddWeightedRows(sumExpected + size, rows, rightExpected, count, size);
            HalfAttention.AddWeightedRows(sum, sum + size, narrow, narrow, left, right, count, size);
        }

        Assert.Equal(expectedScores[..count], scores[..count]);
        Assert.Equal(expectedSecond[..count], second[..count]);
        Assert.Equal(expectedSums, sums);
    }

    private static float[] Randoms(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
