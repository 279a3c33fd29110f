using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Protocol.Link;

/// <summary>
/// What a link tells its owner. Calls come one at a time, never from within a call that the owner makes on the link except
/// <see cref="OnClosed"/>; calling the link from within them is allowed. They must not block.
/// </summary>
public interface ILinkHandler
{
    /// <summary>The other side has proven who it is. Answer with <see cref="ILink.Admit"/> or <see cref="ILink.Refuse"/>, now or later.</summary>
    void OnPeer(LinkPeer peer);

    /// <summary>Both sides admitted each other: streams may open.</summary>
    void OnReady();

    /// <summary>The other side opened a stream. Its data follows in <see cref="OnData"/>.</summary>
    void OnOpen(uint stream, StreamKind kind, IMessage open, bool end);

    /// <summary>
    /// Data (<see cref="FrameKind.Part"/> or <see cref="FrameKind.Chunk"/>), valid during the call only. Its credit comes back to the sender
    /// when the owner calls <see cref="ILink.Consume"/>.
    /// </summary>
    void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end);

    /// <summary>A message; stream 0 for the link itself.</summary>
    void OnMessage(uint stream, FrameKind kind, IMessage message, bool end);

    /// <summary>The stream is over in both directions and not by its owner's wish.</summary>
    void OnReset(uint stream, LinkReason reason, string detail);

    /// <summary>A stream that answered <see cref="SendResult.Full"/> has room again.</summary>
    void OnWritable(uint stream);

    /// <summary>The other side's load changed: running jobs and the most it can run.</summary>
    void OnLoad(int running, int max);

    /// <summary>The link is over, with every stream on it. Comes once, last.</summary>
    void OnClosed(LinkEnd end);
}

/// <summary>How a link ended.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Detail">For the log.</param>
/// <param name="ByPeer">Whether the other side closed it.</param>
/// <param name="RetryAfterMs">When the other side wants to be dialed again; 0 = it did not say.</param>
public sealed record LinkEnd(LinkReason Reason, string Detail, bool ByPeer, long RetryAfterMs);
