using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Protocol.Link;

/// <summary>
/// One end of a connection as a state machine: bytes and the time in, bytes and events out; no socket, clock, thread or chance of its own.
/// The owner calls it from one thread at a time: <see cref="Receive"/> with what arrived, <see cref="Produce"/> for what is to leave,
/// <see cref="Tick"/> when <see cref="NextTickMs"/> has come. The format is in docs/protocol.md.
/// </summary>
public sealed partial class Link : ILink
{
    private const int MaxDetail = 512;

    private readonly LinkSetup setup;
    private readonly LinkIdentity self;
    private readonly LinkOptions options;
    private readonly ILinkHandler handler;
    private readonly Dictionary<uint, LinkStream> streams = [];
    private uint nextLocalStream;
    private uint lastPeerStream;
    private int peerStreams;
    private int localStreams;
    private Settings? peerSettings;
    private bool isDraining;
    private bool peerDrains;

    /// <summary>Starts at <paramref name="nowMs"/>, in milliseconds of any monotonic clock. A dialer has its Hello to send at once.</summary>
    public Link(LinkSetup setup, ILinkHandler handler, long nowMs)
    {
        this.setup = setup;
        this.handler = handler;
        self = setup.Identity;
        options = self.Options;
        bool isDialer = setup.Side == LinkSide.Dialer;
        nextLocalStream = isDialer ? 1u : 2u;
        connectionReceiveCredit = options.ConnectionCreditBytes;
        startedMs = nowMs;
        lastFrameMs = nowMs;
        State = isDialer ? LinkState.AwaitingWelcome : LinkState.AwaitingHello;
        if (isDialer)
            QueueControl(0, FrameKind.Hello, MakeHello(), false);
    }

    /// <summary>Where the link is.</summary>
    public LinkState State { get; private set; }

    /// <summary>Streams open now, on this side's view.</summary>
    public int StreamCount => streams.Count;

    /// <summary>The proven other side; null before that.</summary>
    public LinkPeer? Peer { get; private set; }

    /// <summary>The other side's running jobs, as last reported.</summary>
    public int PeerRunning { get; private set; }

    /// <summary>The most the other side can run; 0 = it reports nothing.</summary>
    public int PeerMaxRunning { get; private set; }

    /// <inheritdoc/>
    public uint Open(StreamKind kind, IMessage open, bool end)
    {
        if (State != LinkState.Ready || isDraining || peerDrains || localStreams >= (int)peerSettings!.MaxStreams)
            return 0;
        int size = open.CalculateSize();
        if (size + 1 > FrameHeader.MaxBody)
            throw new ArgumentException($"the opening message has {size} bytes, at most {FrameHeader.MaxBody - 1} fit a frame", nameof(open));

        LinkStream stream = new(nextLocalStream, kind, true, peerSettings.StreamCreditBytes, options.StreamCreditBytes);
        nextLocalStream += 2;
        localStreams++;
        streams.Add(stream.Number, stream);
        Span<byte> body = stream.Output.Append(Header(stream.Number, FrameKind.Open, size + 1, end));
        body[0] = (byte)kind;
        open.WriteTo(body[1..]);
        stream.LocalEnded = end;
        MakeSendable(stream);
        return stream.Number;
    }

    /// <inheritdoc/>
    public SendResult TrySend(uint stream, FrameKind kind, ReadOnlySpan<byte> head, in ReadOnlySequence<byte> body, bool end)
    {
        if (kind is not (FrameKind.Part or FrameKind.Chunk))
            throw new ArgumentException($"{kind} is not data", nameof(kind));
        if (State != LinkState.Ready || !streams.TryGetValue(stream, out LinkStream? target) || target.LocalEnded)
            return SendResult.Gone;
        long length = head.Length + body.Length;
        if (length > FrameHeader.MaxBody || target.SentBytes + length > options.MaxBytes(target.Kind))
            return SendResult.TooLong;
        if (length == 0 && !end)
            return SendResult.Sent;
        if (target.Output.Length > 0 && target.Output.Length + length > options.StreamQueueBytes)
        {
            target.IsFull = true;
            return SendResult.Full;
        }

        Span<byte> copy = target.Output.Append(Header(stream, kind, (int)length, end));
        head.CopyTo(copy);
        body.CopyTo(copy[head.Length..]);
        target.SentBytes += length;
        target.LocalEnded = end;
        MakeSendable(target);
        return SendResult.Sent;
    }

    /// <inheritdoc/>
    public SendResult Send(uint stream, FrameKind kind, IMessage message, bool end)
    {
        int size = message.CalculateSize();
        if (size > FrameHeader.MaxBody)
            return SendResult.TooLong;
        if (State != LinkState.Ready)
            return SendResult.Gone;
        if (stream == 0)
        {
            QueueControl(0, kind, message, false);
            return SendResult.Sent;
        }

        bool isCancel = kind == FrameKind.Cancel;
        if (!streams.TryGetValue(stream, out LinkStream? target) || (target.LocalEnded && !isCancel))
            return SendResult.Gone;
        if (isCancel)
            return SendCancel(target, message);
        message.WriteTo(target.Output.Append(Header(stream, kind, size, end)));
        target.LocalEnded = end;
        MakeSendable(target);
        return SendResult.Sent;
    }

    /// <inheritdoc/>
    public void Consume(uint stream, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (State != LinkState.Ready || !streams.TryGetValue(stream, out LinkStream? target))
            return;
        if (bytes > target.Unconsumed)
            throw new ArgumentException($"stream {stream} has {target.Unconsumed} bytes to consume, not {bytes}", nameof(bytes));
        target.Unconsumed -= bytes;
        target.Unreturned += bytes;
        if (target.Unreturned >= options.StreamCreditBytes / 2 && !target.PeerEnded)
        {
            target.ReceiveCredit += target.Unreturned;
            QueueCredit(stream, target.Unreturned);
            target.Unreturned = 0;
        }

        ReturnConnectionCredit(bytes);
    }

    /// <inheritdoc/>
    public void Reset(uint stream, LinkReason reason, string detail)
    {
        if (State != LinkState.Ready || !streams.TryGetValue(stream, out LinkStream? target))
            return;
        if (!target.IsLocal || target.OpenLeft)
            QueueControl(stream, FrameKind.Reset, new Reset { Reason = reason, Detail = Clip(detail) }, true);
        Remove(target);
    }

    /// <inheritdoc/>
    public void ReportLoad(int running, int max)
    {
        loadRunning = (ushort)Math.Clamp(running, 0, ushort.MaxValue);
        loadMax = (ushort)Math.Clamp(max, 0, ushort.MaxValue);
    }

    /// <inheritdoc/>
    public void Drain(Drain drain)
    {
        if (State != LinkState.Ready || isDraining)
            return;
        isDraining = true;
        QueueControl(0, FrameKind.Drain, drain, false);
    }

    /// <inheritdoc/>
    public void Close(LinkReason reason, string detail) => End(new LinkEnd(reason, detail, false, 0), 0);

    /// <inheritdoc/>
    public void Close(LinkReason reason, string detail, long retryAfterMs) => End(new LinkEnd(reason, detail, false, 0), retryAfterMs);

    /// <summary>The bytes have ended: the transport failed, or the other side cut it without a word.</summary>
    public void Cut(string detail)
    {
        if (State == LinkState.Closed)
            return;
        control.Clear();
        Finish(new LinkEnd(LinkReason.Transport, detail, false, 0));
    }

    /// <summary>What goes into somebody's log: short, and without characters that could forge a line of it.</summary>
    private static string Clip(string detail)
    {
        string clipped = detail.Length <= MaxDetail ? detail : detail[..MaxDetail];
        return clipped.Any(char.IsControl) ? string.Concat(clipped.Select(c => char.IsControl(c) ? '?' : c)) : clipped;
    }

    private static FrameHeader Header(uint stream, FrameKind kind, int length, bool end) => new(length, kind, end, 0, stream, 0, 0);

    private SendResult SendCancel(LinkStream target, IMessage cancel)
    {
        if (target.OpenLeft)
        {
            target.Output.Clear();
            QueueControl(target.Number, FrameKind.Cancel, cancel, true);
        }
        else
        {
            target.Output.KeepFirst();
            cancel.WriteTo(target.Output.Append(Header(target.Number, FrameKind.Cancel, cancel.CalculateSize(), true)));
            MakeSendable(target);
        }

        target.LocalEnded = true;
        if (State == LinkState.Ready && target.OpenLeft)
            EndLeft(target);
        return SendResult.Sent;
    }

    private void Fail(LinkReason reason, string detail) => End(new LinkEnd(reason, detail, false, 0), 0);

    private void End(LinkEnd end, long retryAfterMs)
    {
        if (State == LinkState.Closed)
            return;
        Close close = new() { Reason = end.Reason, Detail = Clip(end.Detail), RetryAfterMs = (ulong)retryAfterMs };
        if (end.Reason == LinkReason.Version)
        {
            close.MinVersion = (uint)options.MinVersion;
            close.MaxVersion = (uint)options.MaxVersion;
        }

        if (control.Length > options.ControlQueueBytes / 2)
            control.Clear();
        if (end.Reason == LinkReason.Done)
            SayWhatWaits();
        close.WriteTo(control.Append(Header(0, FrameKind.Close, close.CalculateSize(), false)));
        Finish(end);
    }

    private void Finish(LinkEnd end)
    {
        State = LinkState.Closed;
        foreach (LinkStream stream in streams.Values)
            stream.Output.Clear();
        streams.Clear();
        sendable.Clear();
        handler.OnClosed(end);
    }

    private void Remove(LinkStream stream)
    {
        if (!streams.Remove(stream.Number))
            return;
        if (stream.IsLocal)
            localStreams--;
        else
            peerStreams--;
        stream.Output.Clear();
        ReturnConnectionCredit(stream.Unconsumed);
        stream.Unconsumed = 0;
    }

    private void MakeSendable(LinkStream stream)
    {
        if (stream.IsQueued)
            return;
        stream.IsQueued = true;
        sendable.Enqueue(stream);
    }
}

/// <summary>The life of a link.</summary>
public enum LinkState
{
    /// <summary>A listener waits for the dialer's Hello.</summary>
    AwaitingHello = 0,

    /// <summary>A dialer waits for the Welcome.</summary>
    AwaitingWelcome = 1,

    /// <summary>A listener waits for the dialer's proof.</summary>
    AwaitingProof = 2,

    /// <summary>The peer is proven; its owner decides.</summary>
    AwaitingAdmission = 3,

    /// <summary>A dialer waits to be admitted.</summary>
    AwaitingReady = 4,

    /// <summary>Streams may open.</summary>
    Ready = 5,

    /// <summary>Over. What is left to send is the Close.</summary>
    Closed = 6,
}
