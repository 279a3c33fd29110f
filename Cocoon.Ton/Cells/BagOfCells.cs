namespace Cocoon.Ton.Cells;

/// <summary>
/// Reads and writes bags of cells (TON documentation, "Bag of cells"; boc.tlb). The reader accepts what the reference node accepts and
/// refuses, besides, trailing bytes, reserved flags, absent and unreachable cells. What it writes equals @ton/core's bytes.
/// </summary>
public static class BagOfCells
{
    internal const uint GenericMagic = 0xb5ee9c72;
    internal const uint IndexedMagic = 0x68ff65f3;
    internal const uint IndexedCrcMagic = 0xacc3a728;
    internal const int CrcLength = 4;

    /// <summary>Reads all roots, in the order the bag states them.</summary>
    /// <exception cref="BocException">The bytes are not a valid bag of cells or exceed the limits.</exception>
    public static Cell[] Parse(ReadOnlySpan<byte> boc, BocLimits? limits = null)
    {
        BocReader reader = new(boc, limits ?? BocLimits.Default);
        return reader.ReadRoots();
    }

    /// <summary>Reads a bag that must have one root.</summary>
    /// <exception cref="BocException">The bytes are not such a bag or exceed the limits.</exception>
    public static Cell ParseSingle(ReadOnlySpan<byte> boc, BocLimits limits)
    {
        Cell[] roots = Parse(boc, limits);
        return roots.Length == 1 ? roots[0] : throw new BocException(BocError.NotOneRoot, $"{roots.Length} roots where one is expected");
    }

    /// <summary>Writes a tree: one root, every distinct cell once, parents before children.</summary>
    /// <param name="root">The root.</param>
    /// <param name="withIndex">Whether to write the index of cell ends, for readers that jump.</param>
    /// <param name="withCrc">Whether to end with the CRC-32C.</param>
    public static byte[] Serialize(Cell root, bool withIndex = false, bool withCrc = true)
    {
        ArgumentNullException.ThrowIfNull(root);
        return new BocWriter(root).Write(withIndex, withCrc);
    }

    internal static ulong ReadBigEndian(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        foreach (byte part in bytes)
            value = (value << 8) | part;
        return value;
    }
}
