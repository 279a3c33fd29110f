using System.Buffers;
using System.Collections.Concurrent;
using Cocoon.Actors.Ports;
using Cocoon.Client.Keys;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Protocol.Link;
using Cocoon.Wire;
using Google.Protobuf;

namespace Cocoon.Tests.Wire;

/// <summary>A handler for links over real sockets: admits everybody, lets a test wait for what happens.</summary>
internal sealed class Peer : ILinkHandler
{
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<LinkEnd> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BlockingCollection<string> heard = [];

    public ILink? Link { get; set; }

    public Task Ready => ready.Task.WaitAsync(Waiting.Patience);

    public Task<LinkEnd> Closed => closed.Task.WaitAsync(Waiting.Patience);

    public bool IsClosed => closed.Task.IsCompleted;

    public LinkPeer? Other { get; private set; }

    /// <summary>The newest message; set before <see cref="Next"/> tells of it.</summary>
    public IMessage? Last { get; private set; }

    /// <summary>What to do with data; by default it is consumed.</summary>
    public Action<Peer, uint, FrameKind, ReadOnlySequence<byte>, bool>? Data { get; set; }

    public Action<Peer, uint, StreamKind, bool>? Opened { get; set; }

    public Action<Peer, uint, FrameKind>? Message { get; set; }

    /// <summary>The next thing that happened, within the tests' patience.</summary>
    public string Next() => heard.TryTake(out string? next, Waiting.Patience) ? next : throw new TimeoutException("nothing was heard");

    public void OnPeer(LinkPeer peer)
    {
        Other = peer;
        Link!.Admit();
    }

    public void OnReady() => ready.TrySetResult();

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end)
    {
        heard.Add($"open {stream}");
        Opened?.Invoke(this, stream, kind, end);
    }

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end)
    {
        if (Data is null)
            Link!.Consume(stream, (int)body.Length);
        else
            Data(this, stream, kind, body, end);
        if (end)
            heard.Add($"end {stream}");
    }

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end)
    {
        Last = message;
        heard.Add($"{kind} {stream}");
        Message?.Invoke(this, stream, kind);
    }

    public void OnReset(uint stream, LinkReason reason, string detail) => heard.Add($"reset {stream} {reason}");

    public void OnWritable(uint stream) => heard.Add($"writable {stream}");

    public void OnLoad(int running, int max)
    {
    }

    public void OnClosed(LinkEnd end)
    {
        ready.TrySetException(new IOException($"{end.Reason}: {end.Detail}"));
        _ = ready.Task.Exception;
        closed.TrySetResult(end);
    }
}

/// <summary>Transports, identities and addresses of these tests.</summary>
internal static class Peers
{
    public static TlsTransport Transport(WireOptions? options = null) => new(new Ed25519Verifier(), TimeProvider.System, options);

    public static LinkIdentity Proxy(LinkOptions? options = null) => new()
    {
        Role = Role.Proxy,
        Scope = Ends.Scope,
        Signer = Ends.Node,
        Certificate = Ends.Certify(Ends.Node.PublicKey, long.MaxValue),
        Options = options ?? new LinkOptions(),
    };

    public static LinkIdentity Client(LinkOptions? options = null) => new()
    {
        Role = Role.Client,
        Scope = Ends.Scope,
        Signer = Ends.Account,
        Options = options ?? new LinkOptions(),
    };

    /// <summary>Listens on a free port; every link gets a new <see cref="Peer"/>, told to <paramref name="made"/> first.</summary>
    public static IListening Listen(ITransport transport, Action<Peer> made, string host = "127.0.0.1", int port = 0, LinkOptions? options = null) =>
        transport.Listen(new ListenTarget(host, port, () => Proxy(options)), link =>
        {
            Peer peer = new() { Link = link };
            made(peer);
            return peer;
        });

    public static Peer Dial(ITransport transport, string host, int port, LinkIdentity? identity = null)
    {
        Peer peer = new();
        transport.Dial(new DialTarget(host, port, identity ?? Client()), link =>
        {
            peer.Link = link;
            return peer;
        });
        return peer;
    }
}
