using System.Buffers;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Cocoon.Simulation.Scheduling;
using Google.Protobuf;

namespace Cocoon.Simulation.Network;

/// <summary>
/// One host's end of a connection: the production link, and what a kernel would hold for it. What is sent within one step leaves together
/// when the step is over, as in production what a turn sends leaves when the turn is over.
/// </summary>
internal sealed class ConnectionEnd(SimulatedNetwork network, SimulatedScheduler host) : ILink
{
    private const int ReadBytes = 64 << 10;
    private readonly ArrayBufferWriter<byte> output = new(512);
    private readonly Queue<byte[]> arrived = new();
    private Link link = null!;
    private LinkFeed feed = null!;
    private ConnectionEnd? peer;
    private TimeSpan lastArrival;
    private bool isTouched;
    private bool broken;

    public SimulatedNetwork Network => network;

    public SimulatedScheduler Host => host;

    /// <summary>Streams that are not over at this end.</summary>
    public int StreamCount => link.StreamCount;

    private long NowMs => host.Now.Ticks / TimeSpan.TicksPerMillisecond;

    /// <summary>Gives the end its link and its owner.</summary>
    public void Begin(LinkSetup setup, ILinkHandler handler)
    {
        link = new Link(setup, handler, NowMs);
        feed = new LinkFeed(link);
        network.Register(this);
        new Clock(this).Start();
        Touch();
    }

    /// <summary>Connects the end to the other one; what waited leaves.</summary>
    public void Join(ConnectionEnd other)
    {
        peer = other;
        if (link is not null)
            Touch();
    }

    public void Admit() => Do(link.Admit);

    public void Refuse(LinkReason reason, string detail)
    {
        link.Refuse(reason, detail);
        Touch();
    }

    public uint Open(StreamKind kind, IMessage open, bool end)
    {
        uint stream = link.Open(kind, open, end);
        Touch();
        return stream;
    }

    public SendResult TrySend(uint stream, FrameKind kind, ReadOnlySpan<byte> head, in ReadOnlySequence<byte> body, bool end)
    {
        SendResult result = link.TrySend(stream, kind, head, body, end);
        Touch();
        return result;
    }

    public SendResult Send(uint stream, FrameKind kind, IMessage message, bool end)
    {
        SendResult result = link.Send(stream, kind, message, end);
        Touch();
        return result;
    }

    public void Consume(uint stream, int bytes)
    {
        link.Consume(stream, bytes);
        Touch();
    }

    public void Reset(uint stream, LinkReason reason, string detail)
    {
        link.Reset(stream, reason, detail);
        Touch();
    }

    public void ReportLoad(int running, int max) => link.ReportLoad(running, max);

    public void Drain(Drain drain)
    {
        link.Drain(drain);
        Touch();
    }

    public void Close(LinkReason reason, string detail)
    {
        link.Close(reason, detail);
        Touch();
    }

    /// <summary>The process at this end is gone.</summary>
    public void OwnerCrashed(bool silent)
    {
        broken = true;
        if (!silent)
            peer?.CutLater("the connection was reset by the other side");
    }

    /// <summary>This end learns, a little later, that the connection is broken.</summary>
    public void CutLater(string detail)
        => network.Loop.Schedule("reset", network.Latency(host.Node, peer?.Host.Node ?? -1), () => CutNow(detail));

    /// <summary>Breaks the connection; each end learns of it at its own time.</summary>
    public void CutBoth(string detail)
    {
        broken = true;
        if (peer is not null)
        {
            peer.broken = true;
            peer.CutLater(detail);
        }

        CutLater(detail);
    }

    /// <summary>Hands over what arrived, on both ends, as far as their hosts are awake and joined.</summary>
    public void DrainBoth()
    {
        Drain();
        peer?.Drain();
        Touch();
    }

    private void CutNow(string detail)
    {
        broken = true;
        if (host.HasCrashed)
            return;
        arrived.Clear();
        link.Cut(detail);
        network.Forget(this);
    }

    private void Do(Action action)
    {
        action();
        Touch();
    }

    /// <summary>The step is over: what the link has to send leaves.</summary>
    public void Flush()
    {
        isTouched = false;
        if (host.HasCrashed || host.IsPaused || peer is null)
            return;
        output.ResetWrittenCount();
        while (link!.HasOutput && link.Produce(output, ReadBytes) > 0)
        {
        }

        if (output.WrittenCount > 0 && !broken)
            Transmit(output.WrittenSpan);
        if (link.State == LinkState.Closed)
            CloseAfterOutput();
    }

    private void Touch()
    {
        if (isTouched || peer is null || host.IsPaused || !link!.HasOutput)
            return;
        isTouched = true;
        network.Touched(this);
    }

    /// <summary>A link that is over has said why; the connection ends behind its last bytes.</summary>
    private void CloseAfterOutput()
    {
        network.Forget(this);
        TimeSpan behind = lastArrival - network.Loop.Now;
        ConnectionEnd other = peer!;
        network.Loop.Schedule("end of stream", behind > TimeSpan.Zero ? behind : TimeSpan.Zero, () =>
        {
            if (!other.Host.IsPaused)
                other.CutNow("the other side closed the connection");
        });
    }

    private void Transmit(ReadOnlySpan<byte> bytes)
    {
        NetworkFaults faults = network.Faults;
        byte[] sent = bytes.ToArray();
        if (network.IsLiar(host.Node) && network.Chance.PerMillion(faults.Mischief))
        {
            network.Count("mischief");
            sent = Mischief.Alter(sent, network.Chance);
        }

        if (network.Chance.PerMillion(faults.Cut))
        {
            network.Count("cut");
            Arrive(sent[..network.Chance.Below(sent.Length + 1)], TimeSpan.Zero);
            CutBoth("the connection was reset");
            return;
        }

        TimeSpan late = TimeSpan.Zero;
        if (network.Chance.PerMillion(faults.Late))
        {
            network.Count("late");
            late = network.Chance.Between(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(3));
        }

        if (sent.Length > 1 && network.Chance.PerMillion(faults.Split))
        {
            int at = 1 + network.Chance.Below(sent.Length - 1);
            Arrive(sent[..at], late);
            sent = sent[at..];
        }

        Arrive(sent, late);
    }

    private void Arrive(byte[] bytes, TimeSpan late)
    {
        TimeSpan now = network.Loop.Now;
        TimeSpan at = now + network.Latency(host.Node, peer!.Host.Node) + late;
        lastArrival = at > lastArrival ? at : lastArrival;
        network.Loop.Schedule(new Delivery(peer!, bytes, host.Node), lastArrival - now);
    }

    private void Drain()
    {
        while (arrived.Count > 0 && !host.IsPaused && !host.HasCrashed && !network.IsParted(host.Node, peer!.Host.Node))
            Receive(arrived.Dequeue());
    }

    private void Receive(byte[] bytes)
    {
        if (link.State == LinkState.Closed)
            return;
        feed.Receive(bytes, NowMs);
        if (link.State == LinkState.Closed)
            network.Forget(this);
        Touch();
    }

    /// <summary>Bytes reach a host. Their order is the order in which they were sent.</summary>
    private sealed class Delivery(ConnectionEnd to, byte[] bytes, int from) : WorldEvent
    {
        public override ulong TraceCode => TrailHash.Digest(bytes) ^ ((ulong)to.Host.Node << 8) ^ (ulong)from;

        public override string ToString() => $"{bytes.Length} bytes from node {from} reach node {to.Host.Node}";

        protected internal override void Fire()
        {
            if (to.Host.HasCrashed)
                return;
            to.arrived.Enqueue(bytes);
            to.Drain();
        }
    }

    /// <summary>Calls the link when its time has come, by the host's own clock.</summary>
    private sealed class Clock(ConnectionEnd end) : TimerNode
    {
        public void Start()
        {
            long next = end.link.NextTickMs;
            if (next != long.MaxValue)
                end.Host.Start(this, TimeSpan.FromMilliseconds(Math.Max(1, next - end.NowMs)));
        }

        protected internal override void Fire()
        {
            end.link.Tick(end.NowMs);
            if (end.link.State == LinkState.Closed)
                end.Network.Forget(end);
            end.Touch();
            Start();
            // A timer of a node is no step of its own.
            end.Network.Flush();
        }
    }
}
