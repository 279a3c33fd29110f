using System.Buffers.Binary;

namespace Cocoon.Ton.Cells;

/// <summary>The header of a bag of cells, with every count checked against the input's length before anything is allocated.</summary>
internal readonly ref struct BocHeader
{
    private const int ReservedFlags = 0x18;

    /// <summary>Reads and checks everything before the cells.</summary>
    /// <exception cref="BocException">Something is not as TON defines it.</exception>
    public BocHeader(ReadOnlySpan<byte> boc, BocLimits limits)
    {
        if (boc.Length > limits.BytesMax)
            throw new BocException(BocError.TooLarge, $"{boc.Length} bytes, at most {limits.BytesMax} are accepted");
        if (boc.Length < 6)
            throw new BocException(BocError.Truncated, $"{boc.Length} bytes are less than any header");
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(boc);
        bool generic = magic == BagOfCells.GenericMagic;
        if (!generic && magic is not (BagOfCells.IndexedMagic or BagOfCells.IndexedCrcMagic))
            throw new BocException(BocError.UnknownMagic, $"it starts with {magic:x8}");
        int flags = generic ? boc[4] & 0xf8 : magic == BagOfCells.IndexedMagic ? 0x80 : 0xc0;
        HasIndex = (flags & 0x80) != 0;
        HasCrc = (flags & 0x40) != 0;
        HasCacheBits = (flags & 0x20) != 0;
        if ((flags & ReservedFlags) != 0 || (HasCacheBits && !HasIndex))
            throw new BocException(BocError.InvalidFlags, $"flags are {flags:x2}");
        ReferenceSize = generic ? boc[4] & 7 : boc[4];
        OffsetSize = boc[5];
        if (ReferenceSize is < 1 or > 4 || OffsetSize is < 1 or > 8)
            throw new BocException(BocError.InvalidSizes, $"references of {ReferenceSize} bytes, offsets of {OffsetSize}");

        ReadOnlySpan<byte> rest = boc[6..];
        ulong cells = Take(ref rest, ReferenceSize);
        ulong roots = Take(ref rest, ReferenceSize);
        ulong absent = Take(ref rest, ReferenceSize);
        ulong dataLength = Take(ref rest, OffsetSize);
        CheckCounts(cells, roots, absent, dataLength, rest.Length, limits);
        CellCount = (int)cells;

        // The older forms have one root, the first cell, and do not name it.
        Roots = generic ? TakeBytes(ref rest, (long)roots * ReferenceSize) : [];
        if (!generic && roots != 1)
            throw new BocException(BocError.InvalidCounts, $"{roots} roots in a form that has one");
        Index = HasIndex ? TakeBytes(ref rest, (long)cells * OffsetSize) : [];
        Data = TakeBytes(ref rest, (long)dataLength);
        ReadOnlySpan<byte> crc = HasCrc ? TakeBytes(ref rest, BagOfCells.CrcLength) : [];
        if (!rest.IsEmpty)
            throw new BocException(BocError.TrailingBytes, $"{rest.Length} bytes follow");
        if (HasCrc && BinaryPrimitives.ReadUInt32LittleEndian(crc) != Crc.Crc32C(boc[..^BagOfCells.CrcLength]))
            throw new BocException(BocError.ChecksumMismatch, "the CRC-32C at the end is another");
    }

    public bool HasIndex { get; }

    public bool HasCrc { get; }

    public bool HasCacheBits { get; }

    public int ReferenceSize { get; }

    public int OffsetSize { get; }

    public int CellCount { get; }

    public ReadOnlySpan<byte> Roots { get; }

    public ReadOnlySpan<byte> Index { get; }

    public ReadOnlySpan<byte> Data { get; }

    private void CheckCounts(ulong cells, ulong roots, ulong absent, ulong dataLength, int available, BocLimits limits)
    {
        if (absent != 0)
            throw new BocException(BocError.AbsentCells, $"{absent} cells are declared absent");
        if (roots == 0 || roots > cells)
            throw new BocException(BocError.InvalidCounts, $"{cells} cells and {roots} roots");
        if (cells > (ulong)limits.CellsMax)
            throw new BocException(BocError.TooManyCells, $"{cells} cells, at most {limits.CellsMax} are accepted");
        if (dataLength > (ulong)available)
            throw new BocException(BocError.Truncated, $"{dataLength} bytes of cells declared, {available} are there");

        // Two descriptors each, and every cell that is no root is referred to.
        if (dataLength < (2 * cells) + ((cells - roots) * (ulong)ReferenceSize))
            throw new BocException(BocError.InvalidCounts, $"{cells} cells do not fit {dataLength} bytes");
    }

    private static ulong Take(scoped ref ReadOnlySpan<byte> rest, int length) => BagOfCells.ReadBigEndian(TakeBytes(ref rest, length));

    private static ReadOnlySpan<byte> TakeBytes(scoped ref ReadOnlySpan<byte> rest, long length)
    {
        if (length > rest.Length)
            throw new BocException(BocError.Truncated, $"{length} bytes expected, {rest.Length} left");
        ReadOnlySpan<byte> taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }
}
