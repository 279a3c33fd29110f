using System.Runtime.CompilerServices;

namespace Cocoon.Inference.Kernels;

/// <summary>Strips times any number of tokens, in the portions that there are loops for.</summary>
internal static unsafe class StripProducts
{
    private const int TileTokens = Activations.TileTokens;

    public static void Multiply(StripMatrix matrix, int firstStrip, int strips, Activations input, int firstToken, int tokens, ProductTarget output)
    {
        int endStrip = firstStrip + strips, endToken = firstToken + tokens;
        for (int strip = firstStrip, count; strip < endStrip; strip += count)
        {
            // Many tokens go through a strip while it is in the nearest cache.
            count = tokens > TileTokens ? 1 : endStrip - strip;
            for (int token = firstToken, wanted; token < endToken; token += wanted)
            {
                int tile = token / TileTokens * TileTokens;
                wanted = Math.Min(endToken, tile + TileTokens) - token;

                // The next larger portion, begun early enough to stay inside the tile, which is always there in full.
                int portion = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)wanted);
                int first = Math.Min(token, tile + TileTokens - portion);
                StripArguments arguments = new()
                {
                    Strip = matrix.Strip(strip),
                    Input = input.Quants + ((nint)first * input.Stride),
                    InputStride = input.Stride,
                    InputFactors = input.TileFactors(first / TileTokens) + (first % TileTokens),
                    Blocks = matrix.Columns / matrix.Layout.BlockColumns,
                    Results = output.At(token, strip * StripLayout.Rows),
                    ResultStride = output.Stride * sizeof(float),
                    Strips = count,
                };
                if (portion == wanted && (strip + count) * StripLayout.Rows <= matrix.Rows)
                    NativeStripKernel.Multiply(matrix.Type, portion, &arguments);
                else
                    MultiplyApart(matrix, arguments, portion, token - first, wanted, matrix.Rows - (strip * StripLayout.Rows));
            }
        }
    }

    /// <summary>The same where the portion or the last strip gives more than is wanted: strip by strip, by way of a buffer.</summary>
    [SkipLocalsInit]
    private static void MultiplyApart(StripMatrix matrix, StripArguments arguments, int portion, int skipped, int wanted, int rows)
    {
        float* results = stackalloc float[(TileTokens * StripLayout.Rows) + 16];
        results = (float*)(((nint)results + 63) & ~63);
        float* output = arguments.Results;
        nint stride = arguments.ResultStride / sizeof(float), strips = arguments.Strips;
        for (nint strip = 0; strip < strips; strip++, output += StripLayout.Rows, rows -= StripLayout.Rows)
        {
            // Of the arguments the kernel leaves the next strip's place.
            arguments.Results = results;
            arguments.ResultStride = StripLayout.Rows * sizeof(float);
            arguments.Strips = 1;
            NativeStripKernel.Multiply(matrix.Type, portion, &arguments);
            for (int i = 0; i < wanted; i++)
            {
                int length = Math.Min(rows, StripLayout.Rows);
                new ReadOnlySpan<float>(results + ((skipped + i) * StripLayout.Rows), length).CopyTo(new Span<float>(output + (i * stride), length));
            }
        }
    }
}
