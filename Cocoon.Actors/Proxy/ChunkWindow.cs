using System.Buffers;
using Cocoon.Protocol.Frames;

namespace Cocoon.Actors.Proxy;

/// <summary>
/// The newest chunks of a running answer: those that wait for the client's link, and behind them those that were sent and may have been
/// lost with it. Bounded in bytes; what is no longer here cannot be resumed.
/// </summary>
internal sealed class ChunkWindow(int bytesMax) : IDisposable
{
    private readonly LinkedList<HeldChunk> chunks = [];
    private LinkedListNode<HeldChunk>? next;
    private int bytes;

    /// <summary>Sequence that the next arriving chunk gets.</summary>
    public long NextSequence { get; private set; }

    /// <summary>Bytes of chunks that were not sent yet.</summary>
    public int UnsentBytes { get; private set; }

    /// <summary>Whether there is something to send.</summary>
    public bool HasUnsent => next is not null;

    /// <summary>Takes a chunk; the array comes from the shared pool and belongs to the window now.</summary>
    public void Add(ChunkFinish finish, in ChunkUsage usage, byte[] pooled, int payloadStart, int length, int attempt)
    {
        HeldChunk chunk = new(new ChunkHeader(NextSequence++, finish, usage), pooled, payloadStart, length, attempt);
        LinkedListNode<HeldChunk> node = chunks.AddLast(chunk);
        next ??= node;
        bytes += length;
        UnsentBytes += length;
    }

    /// <summary>The oldest unsent chunk.</summary>
    public HeldChunk Peek() => next!.Value;

    /// <summary>The oldest unsent chunk was sent; drops the oldest sent ones beyond the bound.</summary>
    public void Sent()
    {
        UnsentBytes -= next!.Value.Length;
        next = next.Next;
        while (bytes > bytesMax && chunks.First is { } oldest && oldest != next)
            Drop(oldest);
    }

    /// <summary>Sends from chunk <paramref name="sequence"/> on again. False when it is no longer here, or not yet.</summary>
    public bool TryRewind(long sequence)
    {
        if (sequence == NextSequence)
        {
            next = null;
            UnsentBytes = 0;
            return true;
        }

        int unsent = 0;
        for (LinkedListNode<HeldChunk>? node = chunks.Last; node is not null; node = node.Previous)
        {
            unsent += node.Value.Length;
            if (node.Value.Header.Sequence != sequence)
                continue;
            next = node;
            UnsentBytes = unsent;
            return true;
        }

        return false;
    }

    /// <summary>Gives every array back.</summary>
    public void Dispose()
    {
        while (chunks.First is { } oldest)
            Drop(oldest);
    }

    private void Drop(LinkedListNode<HeldChunk> node)
    {
        chunks.Remove(node);
        bytes -= node.Value.Length;
        ArrayPool<byte>.Shared.Return(node.Value.Pooled);
    }
}

/// <summary>A chunk as it goes to the client: the worker's payload behind the proxy's own header.</summary>
internal readonly record struct HeldChunk(ChunkHeader Header, byte[] Pooled, int PayloadStart, int Length, int Attempt)
{
    public ReadOnlyMemory<byte> Payload => Pooled.AsMemory(PayloadStart, Length - PayloadStart);
}
