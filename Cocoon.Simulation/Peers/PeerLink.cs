using System.Buffers;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Simulation.Peers;

/// <summary>Turns what a link tells into messages of the actor that owns it.</summary>
internal sealed class PeerLink(ActorRef<PeerEvent> owner, string remote) : ILinkHandler
{
    private ILink? link;

    /// <summary>Name of the host that was dialed; empty for links that were accepted.</summary>
    public string Remote => remote;

    /// <summary>The proven other side, once ready.</summary>
    public LinkPeer? Peer { get; private set; }

    /// <summary>Whether streams may be opened.</summary>
    public bool IsReady { get; private set; }

    public ILink Link => link ?? throw new InvalidOperationException("the link is not made yet");

    public void Attach(ILink made) => link = made;

    public void OnPeer(LinkPeer peer)
    {
        Peer = peer;
        Link.Admit();
    }

    public void OnReady()
    {
        IsReady = true;
        Tell(new PeerEvent.Ready(this));
    }

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end) => Tell(new PeerEvent.Opened(this, stream, open));

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end) => Link.Consume(stream, (int)body.Length);

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end) => Tell(new PeerEvent.Got(this, stream, message));

    public void OnReset(uint stream, LinkReason reason, string detail) => Tell(new PeerEvent.StreamLost(this, stream));

    public void OnWritable(uint stream)
    {
    }

    public void OnLoad(int running, int max)
    {
    }

    public void OnClosed(LinkEnd end)
    {
        IsReady = false;
        owner.TellControl(new PeerEvent.Closed(this, end));
    }

    private void Tell(PeerEvent happened)
    {
        if (owner.Tell(happened) == Delivery.Full)
            Link.Close(LinkReason.Overloaded, "the owner's mailbox is full");
    }
}

/// <summary>What happens on an actor's links. Actors add their own timers by deriving.</summary>
internal abstract record PeerEvent
{
    internal sealed record Ready(PeerLink Link) : PeerEvent;

    internal sealed record Opened(PeerLink Link, uint Stream, IMessage Message) : PeerEvent;

    internal sealed record Got(PeerLink Link, uint Stream, IMessage Message) : PeerEvent;

    internal sealed record StreamLost(PeerLink Link, uint Stream) : PeerEvent;

    internal sealed record Closed(PeerLink Link, LinkEnd End) : PeerEvent;
}
