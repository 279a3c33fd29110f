using Cocoon.Actors.Runtime;

namespace Cocoon.Actors.Proxy;

/// <summary>
/// The newest chunks of a running answer: those that wait for the client's link, and behind them those that were sent and may have been
/// lost with it. Bounded in bytes; what is no longer here cannot be resumed. A ring, so that a chunk costs no object.
/// </summary>
internal sealed class ChunkWindow(int bytesMax) : IDisposable
{
    private const int SmallestRing = 4;

    private readonly ByteBlocks blocks = new();
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

    /// <summary>Takes a copy of a chunk as the next.</summary>
    /// <param name="body">The header as it goes to the client, and the worker's payload.</param>
    /// <param name="payloadStart">Where in it the payload begins.</param>
    /// <param name="counted">Bytes that the worker's link counted for it; a header that was cut is shorter than the worker's.</param>
    /// <param name="attempt">Whose chunk it is.</param>
    public void Add(ReadOnlySpan<byte> body, int payloadStart, int counted, int attempt)
    {
        if (count == ring.Length)
            Grow();
        ring[(first + count) & (ring.Length - 1)] = new HeldChunk(blocks.Add(body), payloadStart, counted, attempt);
        count++;
        unsent++;
        NextSequence++;
        bytes += body.Length;
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

    /// <summary>Lets every chunk go.</summary>
    public void Dispose()
    {
        blocks.Clear();
        (ring, first, count, unsent) = ([], 0, 0, 0);
    }

    private void DropOldest()
    {
        bytes -= ring[first].Body.Count;
        ring[first] = default;
        first = (first + 1) & (ring.Length - 1);
        count--;
        // The newest block stays open for what comes next.
        if (count > 0)
            blocks.KeepFrom(ring[first].Body.Array!);
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
/// <param name="Body">Header and payload.</param>
/// <param name="PayloadStart">Where in the body the payload begins.</param>
/// <param name="Counted">Bytes that the worker's link counted for it.</param>
/// <param name="Attempt">Whose chunk it is.</param>
internal readonly record struct HeldChunk(ArraySegment<byte> Body, int PayloadStart, int Counted, int Attempt)
{
    /// <summary>The payload alone.</summary>
    public ReadOnlySpan<byte> Payload => Body.AsSpan(PayloadStart);
}
