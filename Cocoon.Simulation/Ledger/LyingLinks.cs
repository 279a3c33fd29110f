using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Simulation.Ledger;

/// <summary>A proxy's end of a client's link that sends the first chunk after a resume twice, as if it were two.</summary>
internal sealed class RepeatingLink(ILink link) : ILink
{
    private readonly Dictionary<uint, int> shifts = [];

    public void Admit() => link.Admit();

    public void Refuse(LinkReason reason, string detail) => link.Refuse(reason, detail);

    public uint Open(StreamKind kind, IMessage open, bool end) => link.Open(kind, open, end);

    public SendResult TrySend(uint stream, FrameKind kind, ReadOnlySpan<byte> head, in ReadOnlySequence<byte> body, bool end)
    {
        if (kind != FrameKind.Chunk || !shifts.TryGetValue(stream, out int shift))
            return link.TrySend(stream, kind, head, body, end);
        ReadOnlySequence<byte> whole = new([.. head, .. body.ToArray()]);
        ChunkHeader.TryRead(whole, out ChunkHeader header, out int length);
        SendResult result = SendShifted(stream, header, shift, whole.Slice(length), end);
        if (result == SendResult.Sent && shift == 0)
        {
            shifts[stream] = 1;
            SendShifted(stream, header with { Usage = default }, 1, whole.Slice(length), end);
        }

        return result;
    }

    public SendResult Send(uint stream, FrameKind kind, IMessage message, bool end)
    {
        if (message is ResumeAnswer { Running: not null } && !end)
            shifts[stream] = 0;
        return link.Send(stream, kind, message, end);
    }

    public void Consume(uint stream, int bytes) => link.Consume(stream, bytes);

    public void Reset(uint stream, LinkReason reason, string detail) => link.Reset(stream, reason, detail);

    public void ReportLoad(int running, int max) => link.ReportLoad(running, max);

    public void Drain(Drain drain) => link.Drain(drain);

    public void Close(LinkReason reason, string detail) => link.Close(reason, detail);

    private SendResult SendShifted(uint stream, in ChunkHeader header, int shift, in ReadOnlySequence<byte> body, bool end)
    {
        Span<byte> head = stackalloc byte[ChunkHeader.MaxSize];
        int length = (header with { Sequence = header.Sequence + shift }).Write(head);
        return link.TrySend(stream, FrameKind.Chunk, head[..length], body, end);
    }
}

/// <summary>Keeps to itself that a worker's link has ended.</summary>
internal sealed class DeafHandler(ILinkHandler handler) : ILinkHandler
{
    private bool isWorker;

    public void OnPeer(LinkPeer peer)
    {
        isWorker = peer.Role == Role.Worker;
        handler.OnPeer(peer);
    }

    public void OnReady() => handler.OnReady();

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end) => handler.OnOpen(stream, kind, open, end);

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end) => handler.OnData(stream, kind, body, end);

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end) => handler.OnMessage(stream, kind, message, end);

    public void OnReset(uint stream, LinkReason reason, string detail) => handler.OnReset(stream, reason, detail);

    public void OnWritable(uint stream) => handler.OnWritable(stream);

    public void OnLoad(int running, int max) => handler.OnLoad(running, max);

    public void OnClosed(LinkEnd end)
    {
        if (!isWorker)
            handler.OnClosed(end);
    }
}

/// <summary>Drops from a resume which run of the job the client has heard.</summary>
internal sealed class ForgetfulHandler(ILinkHandler handler) : ILinkHandler
{
    public void OnPeer(LinkPeer peer) => handler.OnPeer(peer);

    public void OnReady() => handler.OnReady();

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end)
    {
        if (open is ResumeOpen resume)
            resume.Run = 0;
        handler.OnOpen(stream, kind, open, end);
    }

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end) => handler.OnData(stream, kind, body, end);

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end) => handler.OnMessage(stream, kind, message, end);

    public void OnReset(uint stream, LinkReason reason, string detail) => handler.OnReset(stream, reason, detail);

    public void OnWritable(uint stream) => handler.OnWritable(stream);

    public void OnLoad(int running, int max) => handler.OnLoad(running, max);

    public void OnClosed(LinkEnd end) => handler.OnClosed(end);
}
