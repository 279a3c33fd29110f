using System.Runtime.CompilerServices;

namespace Cocoon.Inference.Kernels;

/// <summary>A strip times any number of tokens, in the portions that there are loops for.</summary>
internal static unsafe class StripProducts
{
    private const int TileTokens = Activations.TileTokens;

    [SkipLocalsInit]
    public static void Multiply(StripMatrix matrix, int strip, Activations input, int firstToken, int tokens, ProductTarget output)
    {
        float* results = stackalloc float[(TileTokens * StripLayout.Rows) + 16];
        results = (float*)(((nint)results + 63) & ~63);
        int firstRow = strip * StripLayout.Rows, rows = Math.Min(StripLayout.Rows, matrix.Source.Rows - firstRow);
        int endToken = firstToken + tokens;
        for (int token = firstToken; token < endToken;)
        {
            int tile = token / TileTokens * TileTokens, wanted = Math.Min(endToken, tile + TileTokens) - token;

            // The next larger portion, begun early enough to stay inside the tile, which is always there in full.
            int portion = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)wanted);
            int first = Math.Min(token, tile + TileTokens - portion);
            StripArguments arguments = new()
            {
                Strip = matrix.Strip(strip),
                Input = input.Quants + ((nint)first * input.Stride),
                InputStride = input.Stride,
                InputFactors = input.TileFactors(first / TileTokens) + (first % TileTokens),
                Blocks = matrix.Source.Columns / matrix.Layout.BlockColumns,
                Results = results,
            };
            NativeStripKernel.Multiply(matrix.Source.Type, portion, &arguments);
            for (int end = token + wanted; token < end; token++)
            {
                new ReadOnlySpan<float>(results + ((token - first) * StripLayout.Rows), rows)
                    .CopyTo(new Span<float>(output.At(token, firstRow), rows));
            }
        }
    }
}
