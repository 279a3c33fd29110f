using System.Buffers;
using Cocoon.Protocol.V1;

namespace Cocoon.Protocol.Frames;

/// <summary>Takes frames off a sequence of bytes. Keeps nothing but the expected sequence number and allocates nothing.</summary>
public struct FrameReader
{
    private uint expected;

    /// <summary>
    /// Takes one frame off the front of <paramref name="input"/>. False with <see cref="LinkReason.None"/>: more bytes are needed. False
    /// with another reason: the bytes are not acceptable and nothing after them can be read. The length is judged before the body arrives.
    /// </summary>
    public bool TryRead(ref ReadOnlySequence<byte> input, out FrameHeader header, out ReadOnlySequence<byte> body, out LinkReason reason)
    {
        body = default;
        reason = LinkReason.None;
        if (input.Length < FrameHeader.Size)
        {
            header = default;
            return false;
        }

        header = ReadHeader(input);
        if (header.Length > FrameHeader.MaxBody)
            reason = LinkReason.FrameTooLong;
        else if (header.Sequence != expected)
            reason = (int)(header.Sequence - expected) < 0 ? LinkReason.DuplicateFrame : LinkReason.OutOfOrder;
        if (reason != LinkReason.None || input.Length < FrameHeader.Size + header.Length)
            return false;

        body = input.Slice(FrameHeader.Size, header.Length);
        input = input.Slice(body.End);
        expected++;
        return true;
    }

    private static FrameHeader ReadHeader(in ReadOnlySequence<byte> input)
    {
        ReadOnlySpan<byte> first = input.FirstSpan;
        if (first.Length >= FrameHeader.Size)
            return FrameHeader.Read(first);
        Span<byte> copy = stackalloc byte[FrameHeader.Size];
        input.Slice(0, FrameHeader.Size).CopyTo(copy);
        return FrameHeader.Read(copy);
    }
}
