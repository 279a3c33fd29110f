using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Actors.Proxy;

/// <summary>A connection that somebody made to this node. What it is, a client's or a worker's, shows when the peer has proven its role.</summary>
internal sealed class InboundLink(ILink link, ProxyContext context) : ILinkHandler
{
    private ILinkHandler? role;

    public void OnPeer(LinkPeer peer)
    {
        switch (peer.Role)
        {
            case Role.Client when !context.Draining:
                role = new ClientLink(link, peer, context);
                break;
            case Role.Worker when !context.Draining:
                role = new WorkerLink(link, peer, context);
                break;
            case Role.Client or Role.Worker:
                link.Refuse(LinkReason.Draining, "this node is draining: try another");
                return;
            default:
                link.Refuse(LinkReason.Role, $"a proxy node serves clients and workers, not a {peer.Role}");
                return;
        }

        link.Admit();
    }

    public void OnReady() => role!.OnReady();

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end) => role!.OnOpen(stream, kind, open, end);

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end) => role!.OnData(stream, kind, body, end);

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end) => role!.OnMessage(stream, kind, message, end);

    public void OnReset(uint stream, LinkReason reason, string detail) => role!.OnReset(stream, reason, detail);

    public void OnWritable(uint stream) => role!.OnWritable(stream);

    // Any frame carries a load, the very first too.
    public void OnLoad(int running, int max) => role?.OnLoad(running, max);

    public void OnClosed(LinkEnd end) => role?.OnClosed(end);
}
