namespace Cocoon.Inference.Tokenizers;

/// <summary>Which pairs of symbols merge, in what order, and into what: a hash table with open addressing, keyed by two ids.</summary>
internal sealed class MergeTable
{
    private const ulong Empty = ulong.MaxValue;

    private readonly ulong[] keys;
    private readonly ulong[] values;
    private readonly int mask;

    public MergeTable(int count)
    {
        int size = 16;
        while (size < count * 2L)
            size = checked(size * 2);
        keys = new ulong[size];
        values = new ulong[size];
        Array.Fill(keys, Empty);
        mask = size - 1;
    }

    /// <summary>Adds a merge; the first of two for the same pair stays.</summary>
    public void Add(int left, int right, int rank, int merged)
    {
        ulong key = ((ulong)(uint)left << 32) | (uint)right;
        int slot = Slot(key);
        while (keys[slot] != Empty)
        {
            if (keys[slot] == key)
                return;
            slot = (slot + 1) & mask;
        }

        keys[slot] = key;
        values[slot] = ((ulong)(uint)rank << 32) | (uint)merged;
    }

    /// <summary>Rank in the high and merged id in the low half (so that comparing compares ranks), or <see cref="ulong.MaxValue"/>.</summary>
    public ulong Find(int left, int right)
    {
        ulong key = ((ulong)(uint)left << 32) | (uint)right;
        int slot = Slot(key);
        while (true)
        {
            ulong found = keys[slot];
            if (found == key)
                return values[slot];
            if (found == Empty)
                return Empty;
            slot = (slot + 1) & mask;
        }
    }

    private int Slot(ulong key) => (int)((key * 0x9E3779B97F4A7C15UL) >> 32) & mask;
}
