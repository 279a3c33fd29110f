namespace Cocoon.Ton.Cells;

/// <summary>Builds the edges of a dictionary from its entries, with the shortest label of each (ties: short, long, same).</summary>
internal sealed class HashmapWriter<TValue>(int keyBits, DictionaryValue<TValue> values)
{
    private readonly List<(byte[] Key, TValue Value)> entries = [];

    public void Add(CellBuilder key, TValue value)
    {
        if (key.BitLength != keyBits || key.ReferenceCount != 0)
            throw new InvalidOperationException($"a key of {keyBits} bits was stored in {key.BitLength} bits");
        entries.Add((key.EndCell().BeginParse().LoadBits(keyBits), value));
    }

    public Cell Write()
    {
        entries.Sort((left, right) => left.Key.AsSpan().SequenceCompareTo(right.Key));
        return WriteEdge(0, entries.Count, 0);
    }

    private Cell WriteEdge(int first, int end, int prefixBits)
    {
        byte[] key = entries[first].Key;

        // Sorted, so what the first and the last have in common all have.
        int labelBits = CommonBits(key, entries[end - 1].Key, prefixBits) - prefixBits;
        CellBuilder edge = CellBuilder.BeginCell();
        WriteLabel(edge, key, prefixBits, labelBits);
        int fork = prefixBits + labelBits;
        if (fork == keyBits)
        {
            values.Store(edge, entries[first].Value);
            return edge.EndCell();
        }

        int middle = first;
        while (BitSpan.Read(entries[middle].Key, fork, 1) == 0)
            middle++;
        return edge.StoreRef(WriteEdge(first, middle, fork + 1)).StoreRef(WriteEdge(middle, end, fork + 1)).EndCell();
    }

    private int CommonBits(byte[] left, byte[] right, int from)
    {
        int position = from;
        while (position < keyBits && BitSpan.Read(left, position, 1) == BitSpan.Read(right, position, 1))
            position++;
        return position;
    }

    private void WriteLabel(CellBuilder edge, byte[] key, int position, int length)
    {
        int lengthBits = HashmapReader.LengthBits(keyBits - position);
        int shortBits = 2 + (2 * length);
        int longBits = 2 + lengthBits + length;
        int sameBits = IsSame(key, position, length) ? 3 + lengthBits : int.MaxValue;
        if (sameBits < Math.Min(shortBits, longBits))
        {
            edge.StoreUInt(0b11, 2).StoreUInt(BitSpan.Read(key, position, 1), 1).StoreUInt((ulong)length, lengthBits);
            return;
        }

        if (longBits < shortBits)
        {
            edge.StoreUInt(0b10, 2).StoreUInt((ulong)length, lengthBits);
        }
        else
        {
            edge.StoreBit(false);
            for (int index = 0; index < length; index++)
                edge.StoreBit(true);
            edge.StoreBit(false);
        }

        for (int index = 0; index < length; index++)
            edge.StoreUInt(BitSpan.Read(key, position + index, 1), 1);
    }

    private static bool IsSame(byte[] key, int position, int length)
    {
        for (int index = 1; index < length; index++)
        {
            if (BitSpan.Read(key, position + index, 1) != BitSpan.Read(key, position, 1))
                return false;
        }

        return length > 0;
    }
}
