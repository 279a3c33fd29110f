namespace Cocoon.Actors.Runtime;

/// <summary>
/// Bytes that live about as long as a job, in blocks of 8 KiB, of which 32 MiB are kept for the next job: thousands of small arrays that live so
/// long are what a collection of garbage takes its time for.
/// </summary>
internal sealed class ByteBlocks
{
    private const int BlockBytes = 8 << 10;
    private static readonly RecycledArrays Arrays = new(BlockBytes, keptMax: (32 << 20) / BlockBytes);

    private readonly List<byte[]> blocks = [];
    private readonly List<int> filled = [];

    /// <summary>How many blocks there are.</summary>
    public int Count => blocks.Count;

    /// <summary>What was added to a block; 0 is the oldest.</summary>
    public ReadOnlySpan<byte> this[int block] => blocks[block].AsSpan(0, filled[block]);

    /// <summary>Copies the bytes, in one piece; valid until <see cref="KeepFrom"/> or <see cref="Clear"/> lets its block go.</summary>
    public ArraySegment<byte> Add(ReadOnlySpan<byte> bytes)
    {
        if (Count == 0 || blocks[^1].Length - filled[^1] < bytes.Length)
        {
            blocks.Add(Arrays.Rent(bytes.Length));
            filled.Add(0);
        }

        ArraySegment<byte> added = new(blocks[^1], filled[^1], bytes.Length);
        bytes.CopyTo(added);
        filled[^1] += bytes.Length;
        return added;
    }

    /// <summary>Lets the blocks older than this one go.</summary>
    public void KeepFrom(byte[] oldest)
    {
        while (Count > 0 && blocks[0] != oldest)
            DropOldest();
    }

    /// <summary>Lets everything go.</summary>
    public void Clear()
    {
        foreach (byte[] block in blocks)
            Arrays.Return(block);
        blocks.Clear();
        filled.Clear();
    }

    private void DropOldest()
    {
        Arrays.Return(blocks[0]);
        blocks.RemoveAt(0);
        filled.RemoveAt(0);
    }
}
