using System.Buffers;

namespace Cocoon.Protocol.Link;

/// <summary>Feeds a link with bytes as they come, in pieces of any size, and keeps what is not a whole frame yet.</summary>
public sealed class LinkFeed(Link link)
{
    private byte[] held = [];
    private int length;

    /// <summary>Bytes held until the rest of their frame comes; never more than one frame's.</summary>
    public int Held => length;

    /// <summary>Hands <paramref name="bytes"/> to the link, behind what is held.</summary>
    public void Receive(ReadOnlySpan<byte> bytes, long nowMs)
    {
        if (held.Length < length + bytes.Length)
            Array.Resize(ref held, length + bytes.Length);
        bytes.CopyTo(held.AsSpan(length));
        length += bytes.Length;

        ReadOnlySequence<byte> all = new(held, 0, length);
        SequencePosition rest = link.Receive(all, nowMs);
        int taken = (int)all.Slice(0, rest).Length;
        held.AsSpan(taken, length - taken).CopyTo(held);
        length -= taken;
    }
}
