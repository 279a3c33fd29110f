using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Cocoon.Ton.Cells;

/// <summary>
/// Reads the cells of one bag. References point forward only, so the cells are built from the last to the first without recursion.
/// </summary>
internal readonly ref struct BocReader
{
    private const byte StoredHashesFlag = 16;
    private const byte ExoticFlag = 8;

    private readonly BocHeader header;
    private readonly BocLimits limits;

    // One copy of the input's data; the cells are views of it.
    private readonly byte[] data;

    public BocReader(ReadOnlySpan<byte> boc, BocLimits limits)
    {
        header = new BocHeader(boc, limits);
        this.limits = limits;
        data = header.Data.ToArray();
    }

    public Cell[] ReadRoots()
    {
        int count = header.CellCount;
        int[] starts = ArrayPool<int>.Shared.Rent(count);
        Cell[] cells = ArrayPool<Cell>.Shared.Rent(count);
        try
        {
            Span<int> used = starts.AsSpan(0, count);
            LocateCells(used);
            for (int index = count - 1; index >= 0; index--)
                cells[index] = ReadCell(index, used, cells);
            return TakeRoots(used, cells);
        }
        finally
        {
            Array.Clear(cells, 0, count);
            ArrayPool<Cell>.Shared.Return(cells);
            ArrayPool<int>.Shared.Return(starts);
        }
    }

    /// <summary>Finds where each cell starts, and that the cells and the index agree with the data's length.</summary>
    private void LocateCells(Span<int> starts)
    {
        int position = 0;
        for (int index = 0; index < starts.Length; index++)
        {
            starts[index] = position;
            if (data.Length - position < 2)
                throw new BocException(BocError.Truncated, $"cell {index} has no descriptors");
            byte descriptor = data[position];
            if ((descriptor & 7) > Cell.MaxReferences)
                throw new BocException(BocError.InvalidDescriptor, $"cell {index} has descriptor {descriptor:x2}");
            position += 2 + StoredLevelsLength(descriptor) + ((data[position + 1] + 1) >> 1) + ((descriptor & 7) * header.ReferenceSize);
            if (position > data.Length)
                throw new BocException(BocError.Truncated, $"cell {index} reaches past the end");
            if (header.HasIndex)
                CheckIndex(index, (ulong)position);
        }

        if (position != data.Length)
            throw new BocException(BocError.TrailingBytes, $"{data.Length - position} bytes of cell data belong to no cell");
    }

    private void CheckIndex(int index, ulong end)
    {
        ulong entry = BagOfCells.ReadBigEndian(header.Index.Slice(index * header.OffsetSize, header.OffsetSize));
        if ((header.HasCacheBits ? entry >> 1 : entry) != end)
            throw new BocException(BocError.InvalidIndex, $"entry {index} is {entry}, the cell ends at {end}");
    }

    private Cell ReadCell(int index, Span<int> starts, Cell[] cells)
    {
        int position = starts[index] & int.MaxValue;
        byte descriptor = data[position];
        int levels = position + 2;
        int start = levels + StoredLevelsLength(descriptor);
        int bits = BitLength(index, data[position + 1], start);
        int next = start + ((bits + 7) >> 3);
        int referenceCount = descriptor & 7;
        Cell.CellReferences references = default;
        for (int reference = 0; reference < referenceCount; reference++)
        {
            ulong target = BagOfCells.ReadBigEndian(data.AsSpan(next, header.ReferenceSize));
            next += header.ReferenceSize;
            if (target <= (ulong)index || target >= (ulong)header.CellCount)
                throw new BocException(BocError.InvalidReference, $"cell {index} refers to cell {target} of {header.CellCount}");
            references[reference] = cells[target];

            // The sign bit marks a cell as referred to.
            starts[(int)target] |= int.MinValue;
        }

        Cell cell = Build(index, start, bits, references, referenceCount, (descriptor & ExoticFlag) != 0);
        if (cell.LevelMask != descriptor >> 5)
            throw new BocException(BocError.LevelMismatch, $"cell {index} states level mask {descriptor >> 5}, it is {cell.LevelMask}");
        if ((descriptor & StoredHashesFlag) != 0)
            CheckStoredLevels(index, cell, levels);
        return cell;
    }

    private Cell Build(int index, int start, int bits, in Cell.CellReferences references, int referenceCount, bool isExotic)
    {
        try
        {
            return new Cell(data, start, bits, references, referenceCount, isExotic);
        }
        catch (TonFormatException problem)
        {
            throw new BocException(BocError.InvalidCell, $"cell {index}: {problem.Message}", problem);
        }
    }

    private int BitLength(int index, byte descriptor, int start)
    {
        int bytes = (descriptor + 1) >> 1;
        if ((descriptor & 1) == 0)
            return 8 * bytes;

        // The lowest set bit of the last byte ends the data; a byte with only its highest bit set would carry none.
        int last = data[start + bytes - 1];
        if ((last & 0x7f) == 0)
            throw new BocException(BocError.InvalidPadding, $"cell {index} ends with byte {last:x2}");
        return (8 * bytes) - 1 - BitOperations.TrailingZeroCount(last);
    }

    private void CheckStoredLevels(int index, Cell cell, int position)
    {
        int count = StoredLevels(data[position - 2]);
        ReadOnlySpan<byte> hashes = data.AsSpan(position, count * Bits256.Length);
        ReadOnlySpan<byte> depths = data.AsSpan(position + hashes.Length, count * 2);
        int stored = 0;
        for (int level = 0; level <= 3; level++)
        {
            if (level != 0 && (cell.LevelMask & (1 << (level - 1))) == 0)
                continue;
            Bits256 hash = new(hashes.Slice(stored * Bits256.Length, Bits256.Length));
            if (hash != cell.HashAt(level) || BinaryPrimitives.ReadUInt16BigEndian(depths[(2 * stored)..]) != cell.DepthAt(level))
                throw new BocException(BocError.StoredHashMismatch, $"cell {index} at level {level}");
            stored++;
        }
    }

    private Cell[] TakeRoots(Span<int> starts, Cell[] cells)
    {
        int rootCount = Math.Max(1, header.Roots.Length / header.ReferenceSize);
        Cell[] roots = new Cell[rootCount];
        for (int index = 0; index < rootCount; index++)
        {
            ulong root = header.Roots.IsEmpty
                ? 0
                : BagOfCells.ReadBigEndian(header.Roots.Slice(index * header.ReferenceSize, header.ReferenceSize));
            if (root >= (ulong)header.CellCount)
                throw new BocException(BocError.InvalidRoot, $"root {index} is cell {root} of {header.CellCount}");
            roots[index] = cells[root];
            if (roots[index].Depth > limits.DepthMax)
                throw new BocException(BocError.InvalidCell, $"root {index} is {roots[index].Depth} deep, at most {limits.DepthMax} is accepted");
            starts[(int)root] |= int.MinValue;
        }

        for (int index = 0; index < starts.Length; index++)
        {
            if (starts[index] >= 0)
                throw new BocException(BocError.UnreachableCell, $"nothing refers to cell {index}");
        }

        return roots;
    }

    private static int StoredLevels(byte descriptor) => BitOperations.PopCount((uint)descriptor >> 5) + 1;

    private static int StoredLevelsLength(byte descriptor) =>
        (descriptor & StoredHashesFlag) == 0 ? 0 : StoredLevels(descriptor) * (Bits256.Length + 2);
}
