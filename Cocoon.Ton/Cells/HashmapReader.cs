using System.Numerics;

namespace Cocoon.Ton.Cells;

/// <summary>Walks the edges of a dictionary (TL-B <c>hm_edge</c>, <c>HmLabel</c>) and hands out each key with its leaf.</summary>
internal sealed class HashmapReader(int keyBits, int entriesMax, Action<Slice, Slice> onEntry)
{
    private readonly byte[] key = new byte[((keyBits + 7) >> 3) + 9];
    private int entries;
    private int edges;

    public void Read(Cell root) => ReadEdge(root, 0);

    /// <summary>As deep as the key has bits, 1,023 at most, because every edge below the root takes one.</summary>
    private void ReadEdge(Cell edge, int prefixBits)
    {
        if (edge.IsExotic)
            return;

        // A full tree has fewer forks than leaves, but one whose branches are all pruned has forks only.
        if (++edges > (2L * entriesMax) + 1)
            throw TooMany();
        Slice slice = edge.BeginParse();
        int labelBits = ReadLabel(slice, prefixBits);
        int known = prefixBits + labelBits;
        if (known == keyBits)
        {
            if (++entries > entriesMax)
                throw TooMany();
            onEntry(CellBuilder.BeginCell().StoreBits(key, keyBits).EndCell().BeginParse(), slice);
            return;
        }

        Cell left = slice.LoadRef();
        Cell right = slice.LoadRef();
        Truncate(known);
        ReadEdge(left, known + 1);
        Truncate(known);
        BitSpan.Write(key, known, 1, 1);
        ReadEdge(right, known + 1);
    }

    private int ReadLabel(Slice slice, int prefixBits)
    {
        int room = keyBits - prefixBits;
        int lengthBits = LengthBits(room);
        int length;
        if (!slice.LoadBit())
        {
            length = 0;
            while (slice.LoadBit())
                length++;
            CheckLength(length, room);
            CopyBits(slice, prefixBits, length);
        }
        else if (!slice.LoadBit())
        {
            length = (int)slice.LoadUInt(lengthBits);
            CheckLength(length, room);
            CopyBits(slice, prefixBits, length);
        }
        else
        {
            bool bit = slice.LoadBit();
            length = (int)slice.LoadUInt(lengthBits);
            CheckLength(length, room);
            for (int index = 0; bit && index < length; index++)
                BitSpan.Write(key, prefixBits + index, 1, 1);
        }

        return length;
    }

    /// <summary>Bits of a length from 0 to <paramref name="room"/>: TL-B <c>#&lt;= m</c>.</summary>
    internal static int LengthBits(int room) => 32 - BitOperations.LeadingZeroCount((uint)room);

    private void CopyBits(Slice slice, int position, int length) => BitSpan.Copy(key, position, slice.LoadBits(length), 0, length);

    private void Truncate(int bits)
    {
        key.AsSpan((bits + 7) >> 3).Clear();
        if ((bits & 7) != 0)
            key[bits >> 3] &= (byte)(0xff << (8 - (bits & 7)));
    }

    private static void CheckLength(int length, int room)
    {
        if (length > room)
            throw new TonFormatException($"a dictionary label of {length} bits where {room} are left of the key");
    }

    private TonFormatException TooMany() => new($"a dictionary of more than {entriesMax} entries");
}
