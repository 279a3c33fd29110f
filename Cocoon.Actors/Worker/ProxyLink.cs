using System.Buffers;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Actors.Worker;

/// <summary>
/// One connection of a worker to a proxy node. It turns the link's calls into messages; an attempt's stream goes to that attempt's actor,
/// what concerns the worker goes to the worker.
/// </summary>
internal sealed class ProxyLink(int proxy, ActorSystem system, ActorRef<WorkerMessage> worker, AttemptFactory attempts) : ILinkHandler
{
    private readonly Dictionary<uint, ActorRef<AttemptMessage>> running = [];
    private readonly Lock gate = new();

    /// <summary>Which of the worker's proxies.</summary>
    public int Proxy { get; } = proxy;

    /// <summary>The link itself; set once, before it is ready.</summary>
    public ILink Link { get; private set; } = null!;

    public ProxyLink Dial(ITransport transport, DialTarget target)
    {
        transport.Dial(target, made =>
        {
            Link = made;
            return this;
        });
        return this;
    }

    /// <summary>An attempt is over: its stream concerns nobody any more.</summary>
    public void Forget(uint stream)
    {
        lock (gate)
            running.Remove(stream);
    }

    public void OnPeer(LinkPeer peer)
    {
        if (peer.Role == Role.Proxy)
            Link.Admit();
        else
            Link.Refuse(LinkReason.Role, $"a worker talks to proxies, not to a {peer.Role}");
    }

    public void OnReady() => worker.TellControl(new WorkerMessage.LinkReady(this));

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end)
    {
        if (open is not WorkOpen work)
        {
            Link.Reset(stream, LinkReason.UnknownStreamKind, $"a worker does not serve streams of kind {kind}");
            return;
        }

        // Under the lock, so that an attempt that is over at once is forgotten after it was noted and not before.
        ActorRef<AttemptMessage> attempt;
        lock (gate)
            running[stream] = attempt = system.Spawn("attempt", () => attempts.Create(this, stream, work), AttemptFactory.Options);
        if (end)
            attempt.TellControl(new AttemptMessage.BodyPart([], End: true));
    }

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end)
    {
        // Bounded by the stream's credit, which the attempt gives back as it takes the parts: the control lane cannot be flooded.
        if (Find(stream) is { } attempt)
            attempt.TellControl(new AttemptMessage.BodyPart(body.ToArray(), end));
    }

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end)
    {
        if (stream == 0)
        {
            if (message is SlotReturn slots)
                worker.TellControl(new WorkerMessage.SlotsReturned(this, slots));
            else if (message is WorkReceipt work)
                worker.Tell(new WorkerMessage.ReceiptCame(this, work));
            else if (message is Earnings pay)
                worker.TellControl(new WorkerMessage.PayTold(this, pay));
            return;
        }

        if (message is Cancel)
            Find(stream)?.TellControl(new AttemptMessage.Cancelled());
    }

    public void OnReset(uint stream, LinkReason reason, string detail)
        => Find(stream)?.TellControl(new AttemptMessage.Cancelled());

    public void OnWritable(uint stream) => Find(stream)?.TellControl(new AttemptMessage.Writable());

    public void OnLoad(int running, int max)
    {
    }

    public void OnClosed(LinkEnd end)
    {
        ActorRef<AttemptMessage>[] orphans;
        lock (gate)
        {
            orphans = [.. running.OrderBy(entry => entry.Key).Select(entry => entry.Value)];
            running.Clear();
        }

        foreach (ActorRef<AttemptMessage> orphan in orphans)
            orphan.TellControl(new AttemptMessage.Cancelled(LinkEnded: true));
        worker.TellControl(new WorkerMessage.LinkClosed(this, end));
    }

    private ActorRef<AttemptMessage>? Find(uint stream)
    {
        lock (gate)
            return running.GetValueOrDefault(stream);
    }
}
