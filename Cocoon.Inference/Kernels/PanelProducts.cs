using System.Runtime.CompilerServices;

namespace Cocoon.Inference.Kernels;

/// <summary>Packs a panel and runs it over all tiles of eight tokens that hold wanted ones.</summary>
internal static unsafe class PanelProducts<TFormat, TTile>
    where TFormat : struct, IRowFormat
    where TTile : struct, IPanelTile
{
    [SkipLocalsInit]
    public static void Multiply(
        MatrixView matrix, int firstRow, int endRow, Activations input, int firstToken, int tokens, ProductTarget output, byte* scratch)
    {
        float* factors = (float*)scratch;
        byte* quants = scratch + ((nint)matrix.Columns / Activations.Group * PanelLayout.FactorBytes<TFormat>());
        PanelLayout.Pack<TFormat>(matrix, firstRow, endRow, quants, factors);
        float* results = stackalloc float[(Activations.TileTokens * MatrixKernels.PanelRows) + 16];
        results = (float*)(((nint)results + 63) & ~63);
        int rows = endRow - firstRow, endToken = firstToken + tokens;
        for (int tile = firstToken / Activations.TileTokens * Activations.TileTokens; tile < endToken; tile += Activations.TileTokens)
        {
            PanelArguments arguments = new()
            {
                Quants = quants,
                Factors = factors,
                Input = input.Quants + ((nint)tile * input.Stride),
                InputStride = input.Stride,
                InputFactors = input.TileFactors(tile / Activations.TileTokens),
                Groups = matrix.Columns / Activations.Group,
            };
            TTile.Multiply(&arguments, TFormat.HasMultipliers, results);
            for (int token = Math.Max(tile, firstToken); token < Math.Min(tile + Activations.TileTokens, endToken); token++)
            {
                new ReadOnlySpan<float>(results + ((token - tile) * MatrixKernels.PanelRows), rows)
                    .CopyTo(new Span<float>(output.At(token, firstRow), rows));
            }
        }
    }
}
