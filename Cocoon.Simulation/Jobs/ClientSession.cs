using System.Buffers;
using Cocoon.Actors.Client;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Simulation.Jobs;

/// <summary>One connection of a client: what the link tells becomes messages of the client's actor, which alone touches the streams.</summary>
internal sealed class ClientSession(ActorRef<ClientEvent> client) : ILinkHandler, ICallConnection
{
    private readonly SortedDictionary<uint, IStreamOwner> streams = [];
    private ILink? link;

    public ILink Link => link!;

    /// <summary>The question for the balance that greets the shard.</summary>
    public ulong Greeting { get; set; }

    /// <summary>Whether the shard has answered, and was given the ceiling.</summary>
    public bool IsGreeted { get; set; }

    /// <summary>Whether the node takes nothing new: what runs there goes on.</summary>
    public bool IsDraining { get; set; }

    /// <summary>Whether jobs may be sent.</summary>
    public bool TakesJobs => IsGreeted && !IsDraining;

    public ClientSession Dial(ITransport transport, DialTarget target)
    {
        transport.Dial(target, made =>
        {
            link = made;
            return this;
        });
        return this;
    }

    public uint Open(StreamKind kind, IMessage open, IStreamOwner owner, bool end)
    {
        uint stream = Link.Open(kind, open, end);
        if (stream != 0)
            streams[stream] = owner;
        return stream;
    }

    public void Forget(uint stream) => streams.Remove(stream);

    public IStreamOwner? Find(uint stream) => streams.GetValueOrDefault(stream);

    /// <summary>Everybody who had a stream here, in order; they have none any more.</summary>
    public IReadOnlyList<IStreamOwner> TakeOwners()
    {
        IStreamOwner[] owners = [.. streams.Values];
        streams.Clear();
        return owners;
    }

    public void OnPeer(LinkPeer peer)
    {
        if (peer.Role == Role.Proxy)
            Link.Admit();
        else
            Link.Refuse(LinkReason.Role, "a client talks to proxies");
    }

    public void OnReady() => Tell(new ClientEvent.Ready(this));

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end)
        => Link.Reset(stream, LinkReason.UnknownStreamKind, "a client serves no streams");

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end)
        => Tell(new ClientEvent.Data(this, stream, body.ToArray()));

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end) => Tell(new ClientEvent.Got(this, stream, message, end));

    public void OnReset(uint stream, LinkReason reason, string detail) => Tell(new ClientEvent.Reset(this, stream, reason, detail));

    public void OnWritable(uint stream) => Tell(new ClientEvent.Writable(this, stream));

    public void OnLoad(int running, int max)
    {
    }

    public void OnClosed(LinkEnd end) => Tell(new ClientEvent.Closed(this, end));

    // All on one lane: what a link tells stays in order.
    private void Tell(ClientEvent happened) => client.TellControl(happened);
}
