using System.Buffers;
using Cocoon.Protocol.Frames;

namespace Cocoon.Protocol.Link;

/// <summary>Whole frames in the order they will leave, in one pooled array that goes back to the pool when they have left.</summary>
internal sealed class OutputBuffer
{
    private const int SmallestArray = 1024;

    private byte[] array = [];
    private int start;
    private int end;

    /// <summary>Bytes waiting, headers included.</summary>
    public int Length => end - start;

    /// <summary>The waiting bytes; the front is a frame's header. Writable, because sequence and load are filled in when a frame leaves.</summary>
    public Span<byte> Waiting => array.AsSpan(start, end - start);

    /// <summary>Appends a frame's header and gives the place of its body, which the caller must fill.</summary>
    public Span<byte> Append(FrameHeader header)
    {
        int size = FrameHeader.Size + header.Length;
        if (array.Length - end < size)
            MakeRoom(size);
        Span<byte> frame = array.AsSpan(end, size);
        header.Write(frame);
        end += size;
        return frame[FrameHeader.Size..];
    }

    /// <summary>Drops bytes from the front.</summary>
    public void Advance(int bytes)
    {
        start += bytes;
        if (start == end)
            Clear();
    }

    /// <summary>Drops every frame but the first.</summary>
    public void KeepFirst() => end = start + FrameHeader.Size + FrameHeader.Read(Waiting).Length;

    /// <summary>Drops everything.</summary>
    public void Clear()
    {
        if (array.Length > 0)
            ArrayPool<byte>.Shared.Return(array);
        array = [];
        start = 0;
        end = 0;
    }

    private void MakeRoom(int size)
    {
        int waiting = end - start;
        if (waiting + size <= array.Length && start >= waiting)
        {
            Waiting.CopyTo(array);
        }
        else
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(SmallestArray, 2 * (waiting + size)));
            Waiting.CopyTo(larger);
            if (array.Length > 0)
                ArrayPool<byte>.Shared.Return(array);
            array = larger;
        }

        start = 0;
        end = waiting;
    }
}
