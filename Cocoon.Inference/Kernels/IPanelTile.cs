namespace Cocoon.Inference.Kernels;

/// <summary>Multiplies a packed panel with eight tokens.</summary>
internal unsafe interface IPanelTile
{
    /// <summary>Fills 8 tokens × 16 rows of <paramref name="results"/>.</summary>
    static abstract void Multiply(PanelArguments* arguments, bool scalesPerHalf, float* results);
}

/// <summary>What a tile is computed from. The native code reads these fields by their places.</summary>
internal unsafe struct PanelArguments
{
    /// <summary>The panel's bytes.</summary>
    public byte* Quants;

    /// <summary>The panel's scales and minima.</summary>
    public float* Factors;

    /// <summary>The first token's bytes.</summary>
    public sbyte* Input;

    /// <summary>Bytes from one token to the next.</summary>
    public nint InputStride;

    /// <summary>Scales and sums of the eight tokens, see <see cref="Activations.TileFactors"/>.</summary>
    public float* InputFactors;

    /// <summary>Number of 32-column groups.</summary>
    public nint Groups;
}
