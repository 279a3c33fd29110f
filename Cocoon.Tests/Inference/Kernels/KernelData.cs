using Cocoon.Inference.Gguf;
using Cocoon.Inference.Kernels;

namespace Cocoon.Tests.Inference.Kernels;

/// <summary>Random matrices and vectors for tests of kernels.</summary>
internal static unsafe class KernelData
{
    public static byte[] Weights(GgufTensorType type, int rows, int columns)
    {
        int rowBytes = (int)GgufTensorTypes.RowBytes(type, columns);
        byte[] weights = new byte[rowBytes * rows];
        fixed (byte* target = weights)
        {
            for (int row = 0; row < rows; row++)
            {
                fixed (float* values = Values(row, columns))
                    RowQuantizer.Encode(type, values, target + (row * rowBytes), columns);
            }
        }

        return weights;
    }

    public static Activations Input(int tokens, int columns)
    {
        Activations input = new(tokens, columns);
        for (int token = 0; token < tokens; token++)
        {
            Values(1000 + token, columns).CopyTo(new Span<float>(input.Row(token), columns));
            input.Quantize(token, columns);
        }

        return input;
    }

    public static float[] Values(int seed, int count)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    public static void AssertNear(float[] expected, float[] actual, string what)
    {
        double scale = Math.Sqrt(expected.Average(value => (double)value * value));
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) < scale * 1e-4, $"{what} at {i}: {actual[i]} instead of {expected[i]}");
    }
}
