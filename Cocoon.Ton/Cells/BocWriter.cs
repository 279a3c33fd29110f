using System.Buffers.Binary;
using System.Numerics;

namespace Cocoon.Ton.Cells;

/// <summary>
/// Orders a tree's distinct cells and writes them. The order is @ton/core's: depth first, references from the last to the first, a cell
/// after its references, and all of it reversed.
/// </summary>
internal sealed class BocWriter
{
    private readonly List<Entry> postOrder = new(64);
    private readonly CellPositions positions = new();

    public BocWriter(Cell root) => Visit(root);

    public byte[] Write(bool withIndex, bool withCrc)
    {
        int count = postOrder.Count;
        int referenceSize = BytesFor((ulong)count);
        long dataLength = 0;
        foreach (ref readonly Entry entry in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(postOrder))
            dataLength += 2 + entry.Cell.Data.Length + (entry.Cell.ReferenceCount * referenceSize);
        int offsetSize = BytesFor((ulong)dataLength);
        long length = 6 + (4 * referenceSize) + offsetSize + (withIndex ? count * (long)offsetSize : 0) + dataLength
            + (withCrc ? BagOfCells.CrcLength : 0);
        byte[] boc = new byte[checked((int)length)];
        BinaryPrimitives.WriteUInt32BigEndian(boc, BagOfCells.GenericMagic);
        boc[4] = (byte)((withIndex ? 0x80 : 0) | (withCrc ? 0x40 : 0) | referenceSize);
        boc[5] = (byte)offsetSize;
        Span<byte> rest = boc.AsSpan(6);
        Put(ref rest, (ulong)count, referenceSize);
        Put(ref rest, 1, referenceSize);
        Put(ref rest, 0, referenceSize);
        Put(ref rest, (ulong)dataLength, offsetSize);
        Put(ref rest, 0, referenceSize);
        if (withIndex)
            PutIndex(ref rest, referenceSize, offsetSize);
        PutCells(ref rest, referenceSize);
        if (withCrc)
            BinaryPrimitives.WriteUInt32LittleEndian(rest, Crc.Crc32C(boc.AsSpan(..^BagOfCells.CrcLength)));
        return boc;
    }

    private void Visit(Cell root)
    {
        // The way from the root to the cell at hand; a tree is at most 1,024 deep.
        Frame[] path = new Frame[root.Depth + 1];
        int top = 0;
        path[0] = new Frame(root);
        while (true)
        {
            ref Frame frame = ref path[top];
            if (frame.Remaining > 0)
            {
                Cell child = frame.Cell.Reference(--frame.Remaining);
                if (positions.TryFind(child, out int known))
                    frame.Children[frame.Remaining] = known;
                else
                    path[++top] = new Frame(child);
                continue;
            }

            int position = postOrder.Count;
            postOrder.Add(new Entry(frame.Cell, frame.Children));
            positions.Add(frame.Cell, position);
            if (top == 0)
                return;
            ref Frame parent = ref path[--top];
            parent.Children[parent.Remaining] = position;
        }
    }

    private void PutIndex(ref Span<byte> rest, int referenceSize, int offsetSize)
    {
        ulong end = 0;
        for (int index = postOrder.Count - 1; index >= 0; index--)
        {
            Cell cell = postOrder[index].Cell;
            end += (ulong)(2 + cell.Data.Length + (cell.ReferenceCount * referenceSize));
            Put(ref rest, end, offsetSize);
        }
    }

    private void PutCells(ref Span<byte> rest, int referenceSize)
    {
        ReadOnlySpan<Entry> entries = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(postOrder);
        for (int index = entries.Length - 1; index >= 0; index--)
        {
            ref readonly Entry entry = ref entries[index];
            ReadOnlySpan<byte> data = entry.Cell.Data;
            rest[0] = entry.Cell.Descriptor1;
            rest[1] = entry.Cell.Descriptor2;
            data.CopyTo(rest[2..]);
            rest = rest[(2 + data.Length)..];
            for (int reference = 0; reference < entry.Cell.ReferenceCount; reference++)
                Put(ref rest, (ulong)(entries.Length - 1 - entry.Children[reference]), referenceSize);
        }
    }

    private static int BytesFor(ulong value) => Math.Max(1, (64 - BitOperations.LeadingZeroCount(value) + 7) / 8);

    private static void Put(ref Span<byte> rest, ulong value, int length)
    {
        for (int index = length - 1; index >= 0; index--, value >>= 8)
            rest[index] = (byte)value;
        rest = rest[length..];
    }

    [System.Runtime.CompilerServices.InlineArray(Cell.MaxReferences)]
    private struct Children
    {
        private int first;
    }

    private readonly struct Entry(Cell cell, Children children)
    {
        public readonly Cell Cell = cell;
        public readonly Children Children = children;
    }

    private struct Frame(Cell cell)
    {
        public readonly Cell Cell = cell;
        public int Remaining = cell.ReferenceCount;
        public Children Children;
    }
}
