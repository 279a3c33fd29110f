using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>Either end of a link that is made only to become ready: the dialer's leaves at once.</summary>
internal sealed class Visitor(ILink link, Action? ready) : ILinkHandler
{
    public void OnPeer(LinkPeer peer) => link.Admit();

    public void OnReady()
    {
        if (ready is null)
            return;
        ready();
        link.Close(LinkReason.Done, "only a visitor");
    }

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end)
    {
    }

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end)
    {
    }

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end)
    {
    }

    public void OnReset(uint stream, LinkReason reason, string detail)
    {
    }

    public void OnWritable(uint stream)
    {
    }

    public void OnLoad(int running, int max)
    {
    }

    public void OnClosed(LinkEnd end)
    {
    }
}
