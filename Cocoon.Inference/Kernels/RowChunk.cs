namespace Cocoon.Inference.Kernels;

/// <summary>
/// Up to 256 columns of one row, unpacked from the file's format to one byte a value. The value is
/// <c>scale[column / 32] × byte − minimum</c>; for Q6_K the byte is also multiplied by an integer per 16 columns, and there are 16 minima.
/// </summary>
internal unsafe struct RowChunk
{
    /// <summary>Columns of a whole chunk.</summary>
    public const int Columns = 256;

    /// <summary>One byte a column, unsigned except for Q8_0.</summary>
    public fixed byte Quants[Columns];

    /// <summary>A scale for each 32 columns; 0 past the end of the row.</summary>
    public fixed float Scales[8];

    /// <summary>What to subtract for each 32 columns, or, for Q6_K, for each 16.</summary>
    public fixed float Minima[16];

    /// <summary>For Q6_K: each 16 columns' integer scale, repeated 8 times.</summary>
    public fixed short Multipliers[128];
}
