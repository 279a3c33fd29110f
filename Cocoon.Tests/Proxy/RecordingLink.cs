using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Tests.Proxy;

/// <summary>A link that keeps what its owner says.</summary>
internal sealed class RecordingLink : ILink
{
    private uint streams;

    public List<IMessage> Sent { get; } = [];

    /// <summary>Streams that its owner ended in both directions.</summary>
    public List<uint> WereReset { get; } = [];

    public int DataFrames { get; private set; }

    /// <summary>Whether it takes no more data.</summary>
    public bool IsFull { get; set; }

    public void Admit()
    {
    }

    public void Refuse(LinkReason reason, string detail)
    {
    }

    public uint Open(StreamKind kind, IMessage open, bool end) => ++streams;

    public SendResult TrySend(uint stream, FrameKind kind, ReadOnlySpan<byte> head, in ReadOnlySequence<byte> body, bool end)
    {
        if (IsFull)
            return SendResult.Full;
        DataFrames++;
        return SendResult.Sent;
    }

    public SendResult Send(uint stream, FrameKind kind, IMessage message, bool end)
    {
        Sent.Add(message);
        return SendResult.Sent;
    }

    public void Consume(uint stream, int bytes)
    {
    }

    public void Reset(uint stream, LinkReason reason, string detail) => WereReset.Add(stream);

    public void ReportLoad(int running, int max)
    {
    }

    public void Drain(Cocoon.Protocol.V1.Drain drain)
    {
    }

    public void Close(LinkReason reason, string detail)
    {
    }
}
