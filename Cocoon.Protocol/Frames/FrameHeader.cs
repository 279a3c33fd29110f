using System.Buffers.Binary;

namespace Cocoon.Protocol.Frames;

/// <summary>
/// The sixteen bytes before every body, all little-endian: body length (3 bytes), kind (7 bits) and end flag (1 bit), frame sequence (4),
/// stream (4), running jobs (2), most running jobs (2).
/// </summary>
/// <param name="Length">Bytes of body, 0 to <see cref="MaxBody"/>.</param>
/// <param name="Kind">What the body is; may be a number that this version does not know.</param>
/// <param name="End">Whether this is the sender's last data or message on the stream.</param>
/// <param name="Sequence">Rises by one per frame and direction from 0, modulo 2^32: nothing is lost, doubled or reordered unseen.</param>
/// <param name="Stream">The stream, 0 for the link itself.</param>
/// <param name="Running">Jobs the sender runs now; with <paramref name="MaxRunning"/> 0 it reports nothing.</param>
/// <param name="MaxRunning">Jobs it can run at once.</param>
public readonly record struct FrameHeader(
    int Length, FrameKind Kind, bool End, uint Sequence, uint Stream, ushort Running, ushort MaxRunning)
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 16;

    /// <summary>Most bytes of a body.</summary>
    public const int MaxBody = 65_536;

    private const uint EndFlag = 0x8000_0000;

    /// <summary>Writes the header into the first <see cref="Size"/> bytes of <paramref name="destination"/>.</summary>
    public void Write(Span<byte> destination)
    {
        uint first = (uint)Length | (uint)Kind << 24 | (End ? EndFlag : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], Running | (uint)MaxRunning << 16);
        BinaryPrimitives.WriteUInt32LittleEndian(destination, first);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Stream);
    }

    /// <summary>Reads <see cref="Size"/> bytes. Every bit pattern is a header; whether it is acceptable is for the reader to say.</summary>
    public static FrameHeader Read(ReadOnlySpan<byte> source)
    {
        uint load = BinaryPrimitives.ReadUInt32LittleEndian(source[12..]);
        uint first = BinaryPrimitives.ReadUInt32LittleEndian(source);
        return new FrameHeader(
            (int)(first & 0x00FF_FFFF),
            (FrameKind)(first >> 24 & 0x7F),
            (first & EndFlag) != 0,
            BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[8..]),
            (ushort)load,
            (ushort)(load >> 16));
    }
}
