using Cocoon.Protocol.Frames;

namespace Cocoon.Tests.Protocol.Link;

/// <summary>Frames made by hand, as a peer would send them that does not keep the rules. Takes over an end's numbering.</summary>
internal sealed class Script(End takenOver)
{
    private readonly MemoryStream bytes = new();
    private uint sequence = takenOver.Sent;

    public Script Add(FrameKind kind, uint stream, byte[] body, bool end = false, int? length = null, uint? number = null)
    {
        Span<byte> header = stackalloc byte[FrameHeader.Size];
        new FrameHeader(length ?? body.Length, kind, end, number ?? sequence++, stream, 0, 0).Write(header);
        bytes.Write(header);
        bytes.Write(body);
        return this;
    }

    public void SendTo(End end) => end.Receive(bytes.ToArray());
}
