namespace Cocoon.Actors.Proxy;

/// <summary>
/// The newest chunks of a running answer: those that wait for the client's link, and behind them those that were sent and may have been
/// lost with it. Bounded in bytes; what is no longer here cannot be resumed. A ring, so that a chunk costs no object.
/// </summary>
internal sealed class ChunkWindow(int bytesMax) : IDisposable
{
    private const int SmallestRing = 4;

    private HeldChunk[] ring = [];
    private int first;
    private int count;

    // Of those in the ring, the newest so many were not sent.
    private int unsent;
    private int bytes;

    /// <summary>Sequence that the next arriving chunk gets.</summary>
    public long NextSequence { get; private set; }

    /// <summary>Whether there is something to send.</summary>
    public bool HasUnsent => unsent > 0;

    /// <summary>Sequence of the oldest unsent chunk.</summary>
    public long UnsentSequence => NextSequence - unsent;

    /// <summary>Takes a chunk as the next; its array comes from <see cref="ChunkArrays"/> and belongs to the window now.</summary>
    public void Add(HeldChunk chunk)
    {
        if (count == ring.Length)
            Grow();
        ring[(first + count) & (ring.Length - 1)] = chunk;
        count++;
        unsent++;
        NextSequence++;
        bytes += chunk.Length;
    }

    /// <summary>The oldest unsent chunk; there is one.</summary>
    public ref readonly HeldChunk Peek() => ref ring[(first + count - unsent) & (ring.Length - 1)];

    /// <summary>The oldest unsent chunk was sent; drops the oldest sent ones beyond the bound.</summary>
    public void Sent()
    {
        unsent--;
        while (bytes > bytesMax && count > unsent)
            DropOldest();
    }

    /// <summary>Sends from chunk <paramref name="sequence"/> on again. False when it is no longer here, or not yet.</summary>
    public bool TryRewind(long sequence)
    {
        if (sequence > NextSequence || sequence < NextSequence - count)
            return false;
        unsent = (int)(NextSequence - sequence);
        return true;
    }

    /// <summary>Gives every array back.</summary>
    public void Dispose()
    {
        while (count > 0)
            DropOldest();
        unsent = 0;
    }

    private void DropOldest()
    {
        ref HeldChunk oldest = ref ring[first];
        bytes -= oldest.Length;
        ChunkArrays.Return(oldest.Pooled);
        oldest = default;
        first = (first + 1) & (ring.Length - 1);
        count--;
    }

    private void Grow()
    {
        HeldChunk[] larger = new HeldChunk[Math.Max(SmallestRing, ring.Length * 2)];
        for (int i = 0; i < count; i++)
            larger[i] = ring[(first + i) & (ring.Length - 1)];
        ring = larger;
        first = 0;
    }
}

/// <summary>A chunk as it goes to the client: a header and the worker's payload.</summary>
/// <param name="Pooled">Where both are, an array of <see cref="ChunkArrays"/>.</param>
/// <param name="Start">Where the header begins.</param>
/// <param name="PayloadStart">Where the payload begins.</param>
/// <param name="Length">Where it ends; what the worker's link counted for it.</param>
/// <param name="Attempt">Whose chunk it is.</param>
internal readonly record struct HeldChunk(byte[] Pooled, int Start, int PayloadStart, int Length, int Attempt)
{
    /// <summary>Header and payload.</summary>
    public ReadOnlyMemory<byte> Body => Pooled.AsMemory(Start, Length - Start);

    /// <summary>The payload alone.</summary>
    public ReadOnlySpan<byte> Payload => Pooled.AsSpan(PayloadStart, Length - PayloadStart);
}
