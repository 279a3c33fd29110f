using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Cocoon.Simulation.Scheduling;
using Google.Protobuf;

namespace Cocoon.Simulation.Jobs;

/// <summary>Which workers one life of a proxy is truly connected to, whatever it believes.</summary>
internal sealed class WatchedLinks(WorldLoop loop, bool keepsBodies)
{
    private readonly SortedDictionary<string, int> open = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, TimeSpan> closedAt = new(StringComparer.Ordinal);

    private readonly List<byte[]> seen = [];

    /// <summary>Bytes of bodies and chunks that came by, as far as they are kept: the first megabyte.</summary>
    public long DataBytes { get; private set; }

    /// <summary>Whether this text stood in a body or a chunk that came by, for the proxy to read.</summary>
    public bool Saw(string text)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(text);
        return seen.Exists(data => data.AsSpan().IndexOf(bytes) >= 0);
    }

    /// <summary>For how long a worker has had no connection; null while it has one, or had none ever.</summary>
    public TimeSpan? GoneFor(PublicKey worker)
        => open.GetValueOrDefault(worker.ToString()) == 0 && closedAt.TryGetValue(worker.ToString(), out TimeSpan since) ? loop.Now - since : null;

    /// <summary>The handler, watched.</summary>
    public ILinkHandler Watch(ILinkHandler handler) => new Watcher(this, handler);

    private void Opened(PublicKey worker) => open[worker.ToString()] = open.GetValueOrDefault(worker.ToString()) + 1;

    private void Passed(in ReadOnlySequence<byte> body)
    {
        if (!keepsBodies || DataBytes >= 1 << 20)
            return;
        DataBytes += body.Length;
        seen.Add(body.ToArray());
    }

    private void Closed(PublicKey worker)
    {
        open[worker.ToString()]--;
        closedAt[worker.ToString()] = loop.Now;
    }

    private sealed class Watcher(WatchedLinks links, ILinkHandler handler) : ILinkHandler
    {
        private PublicKey? worker;

        public void OnPeer(LinkPeer peer)
        {
            if (peer.Role == Role.Worker)
            {
                worker = peer.Key;
                links.Opened(peer.Key);
            }

            handler.OnPeer(peer);
        }

        public void OnReady() => handler.OnReady();

        public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end) => handler.OnOpen(stream, kind, open, end);

        public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end)
        {
            links.Passed(body);
            handler.OnData(stream, kind, body, end);
        }

        public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end) => handler.OnMessage(stream, kind, message, end);

        public void OnReset(uint stream, LinkReason reason, string detail) => handler.OnReset(stream, reason, detail);

        public void OnWritable(uint stream) => handler.OnWritable(stream);

        public void OnLoad(int running, int max) => handler.OnLoad(running, max);

        public void OnClosed(LinkEnd end)
        {
            if (worker is { } gone)
                links.Closed(gone);
            handler.OnClosed(end);
        }
    }
}
