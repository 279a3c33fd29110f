using System.Buffers;

namespace Cocoon.Actors.Runtime;

/// <summary>
/// Bytes that live about as long as a job, in arrays of the shared pool that double from 1 KiB to 64 KiB: thousands of small arrays that live so
/// long are what a collection of garbage takes its time for, and of one size the pool keeps but a few dozen.
/// </summary>
internal sealed class ByteBlocks
{
    private const int SmallestBytes = 1 << 10;
    private const int LargestBytes = 64 << 10;

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
            int doubled = Count == 0 ? SmallestBytes : Math.Min(2 * blocks[^1].Length, LargestBytes);
            blocks.Add(ArrayPool<byte>.Shared.Rent(Math.Max(doubled, bytes.Length)));
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
            ArrayPool<byte>.Shared.Return(block);
        blocks.Clear();
        filled.Clear();
    }

    private void DropOldest()
    {
        ArrayPool<byte>.Shared.Return(blocks[0]);
        blocks.RemoveAt(0);
        filled.RemoveAt(0);
    }
}
