namespace Cocoon.Ton.Cells;

/// <summary>What a reader of bags of cells accepts at most. Reading allocates at most about 50 bytes per input byte.</summary>
/// <param name="BytesMax">Bytes of input.</param>
/// <param name="CellsMax">Cells in the bag.</param>
/// <param name="DepthMax">Depth of each root, 0 to 1,024.</param>
public sealed record BocLimits(int BytesMax, int CellsMax, int DepthMax)
{
    /// <summary>16 MiB, 2^20 cells, depth 1,024: replies of a trusted endpoint.</summary>
    public static BocLimits Default { get; } = new(16 << 20, 1 << 20, Cell.MaxDepth);

    /// <summary>What a node accepts as an external message: 65,535 bytes, 8,192 cells, depth 512.</summary>
    public static BocLimits ExternalMessage { get; } = new(65_535, 8_192, 512);
}
