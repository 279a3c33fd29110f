using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Wire;

/// <summary>
/// Stands between a link and its handler: notes calls, which come under the link's lock, and makes them later without it. A handler may then
/// call other links, whose handlers call this one, and no two locks are ever held.
/// </summary>
internal sealed class LinkEvents : ILinkHandler
{
    private readonly Lock delivering = new();
    private List<LinkEvent> noted = [];
    private List<LinkEvent> spare = [];

    /// <summary>Whether calls wait. Read under the link's lock.</summary>
    public bool Any => noted.Count > 0;

    /// <summary>
    /// Makes all noted calls, in order and one at a time; when it returns, those noted before it was called have been made. Never called from
    /// within a handler's call on a link.
    /// </summary>
    public void Deliver(Lock gate, ILinkHandler handler)
    {
        lock (delivering)
        {
            while (true)
            {
                List<LinkEvent> batch;
                lock (gate)
                {
                    if (noted.Count == 0)
                        return;
                    batch = noted;
                    noted = spare;
                }

                try
                {
                    foreach (LinkEvent call in batch)
                        call.Deliver(handler);
                }
                finally
                {
                    batch.Clear();
                    spare = batch;
                }
            }
        }
    }

    public void OnPeer(LinkPeer peer) => Note(LinkEventKind.Peer, peer);

    public void OnReady() => Note(LinkEventKind.Ready, null);

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end) =>
        noted.Add(new LinkEvent(LinkEventKind.Open, stream, (byte)kind, end, open, default));

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end) =>
        noted.Add(new LinkEvent(LinkEventKind.Data, stream, (byte)kind, end, null, body));

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end) =>
        noted.Add(new LinkEvent(LinkEventKind.Message, stream, (byte)kind, end, message, default));

    public void OnReset(uint stream, LinkReason reason, string detail) =>
        noted.Add(new LinkEvent(LinkEventKind.Reset, stream, 0, true, new Reset { Reason = reason, Detail = detail }, default));

    public void OnWritable(uint stream) => noted.Add(new LinkEvent(LinkEventKind.Writable, stream, 0, false, null, default));

    public void OnLoad(int running, int max) =>
        noted.Add(new LinkEvent(LinkEventKind.Load, (uint)running << 16 | (uint)max, 0, false, null, default));

    public void OnClosed(LinkEnd end) => Note(LinkEventKind.Closed, end);

    private void Note(LinkEventKind kind, object? payload) => noted.Add(new LinkEvent(kind, 0, 0, false, payload, default));
}
