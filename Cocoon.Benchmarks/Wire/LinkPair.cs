using System.Buffers;
using System.Security.Cryptography;
using Cocoon.Actors.Ports;
using Cocoon.Client.Keys;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Cocoon.Wire;
using Google.Protobuf;

namespace Cocoon.Benchmarks.Wire;

/// <summary>What a measure does with the events of one end.</summary>
internal sealed class LinkEndpoint : ILinkHandler
{
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ILink Link { get; set; } = null!;

    public Task Ready => ready.Task;

    public delegate void DataHandler(uint stream, in ReadOnlySequence<byte> body, bool end);

    public DataHandler? Data { get; set; }

    public Action<uint>? Writable { get; set; }

    public void OnPeer(LinkPeer peer) => Link.Admit();

    public void OnReady() => ready.TrySetResult();

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end)
    {
    }

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end)
    {
        Link.Consume(stream, (int)body.Length);
        Data?.Invoke(stream, body, end);
    }

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end)
    {
    }

    public void OnReset(uint stream, LinkReason reason, string detail) => Fail($"stream {stream}: {reason} {detail}");

    public void OnWritable(uint stream) => Writable?.Invoke(stream);

    public void OnLoad(int running, int max)
    {
    }

    public void OnClosed(LinkEnd end)
    {
        if (end.Reason != LinkReason.Done)
            Fail($"{end.Reason}: {end.Detail}");
    }

    private void Fail(string why) => ready.TrySetException(new InvalidOperationException(why));
}

/// <summary>Two transports with one ready link between them, over loopback or through a shaped relay.</summary>
internal sealed class LinkPair : IAsyncDisposable
{
    private readonly TlsTransport clients = new(new Ed25519Verifier(), TimeProvider.System);
    private readonly TlsTransport servers = new(new Ed25519Verifier(), TimeProvider.System);
    private ShapedRelay? relay;

    public LinkEndpoint Client { get; } = new();

    public LinkEndpoint Server { get; } = new();

    /// <summary>Connects; <paramref name="bitsPerSecond"/> shapes the way, 0 = as fast as it goes.</summary>
    public static async Task<LinkPair> ConnectAsync(long bitsPerSecond = 0)
    {
        LinkPair pair = new();
        Scope scope = new(NetworkId.Of("bench"), Key("operator").PublicKey);
        LinkOptions options = new() { JobBytesMax = long.MaxValue };
        Ed25519Signer node = Key("node");
        LinkIdentity proxy = new()
        {
            Role = Role.Proxy,
            Scope = scope,
            Signer = node,
            Certificate = Statements.Sign(Key("operator"), new NodeCertificate(scope, node.PublicKey, 1, long.MaxValue).ToStatement()),
            Options = options,
        };
        LinkIdentity client = new() { Role = Role.Client, Scope = scope, Signer = Key("account"), Options = options };
        IListening listening = pair.servers.Listen(new ListenTarget("127.0.0.1", 0, () => proxy), link => Attach(pair.Server, link));
        int port = listening.Port;
        if (bitsPerSecond > 0)
        {
            pair.relay = new ShapedRelay(port, bitsPerSecond);
            port = pair.relay.Port;
        }

        pair.clients.Dial(new DialTarget("127.0.0.1", port, client), link => Attach(pair.Client, link));
        await Task.WhenAll(pair.Client.Ready, pair.Server.Ready);
        await listening.DisposeAsync();
        return pair;
    }

    public uint OpenJob() => Client.Link.Open(StreamKind.Job, new JobOpen { Header = new JobHeader { Model = "bench" } }, false);

    public async ValueTask DisposeAsync()
    {
        await clients.DisposeAsync();
        await servers.DisposeAsync();
        if (relay is not null)
            await relay.DisposeAsync();
    }

    private static LinkEndpoint Attach(LinkEndpoint endpoint, ILink link)
    {
        endpoint.Link = link;
        return endpoint;
    }

    private static Ed25519Signer Key(string name) => new(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)));
}
