using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Protocol.Link;

/// <summary>What an owner can do with a link, whatever carries its bytes.</summary>
public interface ILink
{
    /// <summary>Lets the proven peer in; answers <see cref="ILinkHandler.OnPeer"/>.</summary>
    void Admit();

    /// <summary>Turns the proven peer away and closes.</summary>
    void Refuse(LinkReason reason, string detail);

    /// <summary>
    /// Opens a stream; 0 if that is not possible: not ready, draining, closed, or the other side's number of streams is reached.
    /// </summary>
    uint Open(StreamKind kind, IMessage open, bool end);

    /// <summary>
    /// Queues data of one frame, at most <see cref="FrameHeader.MaxBody"/> bytes of head and body together; both are copied.
    /// Larger bodies go in parts of <see cref="LinkOptions.PartBytes"/>.
    /// </summary>
    SendResult TrySend(uint stream, FrameKind kind, ReadOnlySpan<byte> head, in ReadOnlySequence<byte> body, bool end);

    /// <summary>Queues a message behind the stream's data (stream 0: ahead of all streams); never refused for want of room.</summary>
    SendResult Send(uint stream, FrameKind kind, IMessage message, bool end);

    /// <summary>Says that the owner is done with so many bytes of the stream's data.</summary>
    void Consume(uint stream, int bytes);

    /// <summary>Ends a stream in both directions and drops what is queued on it.</summary>
    void Reset(uint stream, LinkReason reason, string detail);

    /// <summary>Load that goes with every frame from now on; each at most 65,535.</summary>
    void ReportLoad(int running, int max);

    /// <summary>Takes no new streams; the running ones go on. The owner closes when they are done.</summary>
    void Drain(Drain drain);

    /// <summary>Ends the link; the other side learns the reason.</summary>
    void Close(LinkReason reason, string detail);

    /// <summary>Ends the link and asks the other side to stay away for <paramref name="retryAfterMs"/>.</summary>
    void Close(LinkReason reason, string detail, long retryAfterMs) => Close(reason, detail);
}

/// <summary>What became of something to send.</summary>
public enum SendResult
{
    /// <summary>It is queued.</summary>
    Sent = 0,

    /// <summary>The stream's queue is full; <see cref="ILinkHandler.OnWritable"/> follows.</summary>
    Full = 1,

    /// <summary>The stream, or the link, is over.</summary>
    Gone = 2,

    /// <summary>It would pass the limit of a frame, or of the stream's kind.</summary>
    TooLong = 3,
}
