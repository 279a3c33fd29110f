using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Client.Keys;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using LinkEngine = Cocoon.Protocol.Link.Link;

namespace Cocoon.Tests.Protocol.Link;

/// <summary>One end of a link in memory: records what its handler hears, and does what a test tells it to on each event.</summary>
internal sealed class End : ILinkHandler
{
    private readonly LinkFeed feed;

    public End(LinkSetup setup)
    {
        Link = new LinkEngine(setup, this, 0);
        feed = new LinkFeed(Link);
    }

    public LinkEngine Link { get; }

    public List<string> Heard { get; } = [];

    public Dictionary<uint, MemoryStream> Data { get; } = [];

    public List<IMessage> Messages { get; } = [];

    public LinkEnd? Ended { get; private set; }

    public bool AdmitsAll { get; init; } = true;

    public bool ConsumesAll { get; set; } = true;

    public long NowMs { get; set; }

    /// <summary>Frames that left so far: the number of the next.</summary>
    public uint Sent { get; private set; }

    public byte[] Produce(int maxBytes = 1 << 20)
    {
        ArrayBufferWriter<byte> output = new();
        while (Link.Produce(output, maxBytes) > 0)
        {
        }

        ReadOnlySpan<byte> rest = output.WrittenSpan;
        for (; !rest.IsEmpty; Sent++)
            rest = rest[(FrameHeader.Size + FrameHeader.Read(rest).Length)..];
        return output.WrittenSpan.ToArray();
    }

    public void Receive(ReadOnlySpan<byte> bytes) => feed.Receive(bytes, NowMs);

    public void OnPeer(LinkPeer peer)
    {
        Heard.Add($"peer {peer.Role}");
        if (AdmitsAll)
            Link.Admit();
    }

    public void OnReady() => Heard.Add("ready");

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end)
    {
        Heard.Add($"open {stream} {kind}{(end ? " end" : "")}");
        Messages.Add(open);
    }

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end)
    {
        if (!Data.TryGetValue(stream, out MemoryStream? data))
            Data.Add(stream, data = new MemoryStream());
        foreach (ReadOnlyMemory<byte> segment in body)
            data.Write(segment.Span);
        if (end)
            Heard.Add($"data end {stream}");
        if (ConsumesAll)
            Link.Consume(stream, (int)body.Length);
    }

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end)
    {
        Heard.Add($"{kind} {stream}{(end ? " end" : "")}");
        Messages.Add(message);
    }

    public void OnReset(uint stream, LinkReason reason, string detail) => Heard.Add($"reset {stream} {reason}");

    public void OnWritable(uint stream) => Heard.Add($"writable {stream}");

    public void OnLoad(int running, int max) => Heard.Add($"load {running}/{max}");

    public void OnClosed(LinkEnd end)
    {
        Ended = end;
        Heard.Add($"closed {end.Reason}{(end.ByPeer ? " by peer" : "")}");
    }
}

/// <summary>Builds ends and moves bytes between them.</summary>
internal static class Ends
{
    public static readonly Ed25519Signer Operator = Key("operator");
    public static readonly Ed25519Signer Node = Key("node");
    public static readonly Ed25519Signer Account = Key("account");
    public static readonly Scope Scope = new(NetworkId.Of("test"), Operator.PublicKey);
    public static readonly ChannelKeys Channel = new(Hash("dialer tls"), Hash("listener tls"), Hash("binding"));
    public static readonly SignedStatement Certificate = Certify(Node.PublicKey, 2000);

    public static Ed25519Signer Key(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    public static Bytes32 Hash(string text) => Bytes32.From(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public static SignedStatement Certify(PublicKey node, long notAfter) =>
        Statements.Sign(Operator, new NodeCertificate(Scope, node, 1, notAfter).ToStatement());

    public static LinkSetup Dialer(LinkOptions? options = null) => new()
    {
        Side = LinkSide.Dialer,
        Identity = new LinkIdentity { Role = Role.Client, Scope = Scope, Signer = Account, Options = options ?? new LinkOptions() },
        Verifier = new Ed25519Verifier(),
        Nonce = Hash("dialer nonce"),
        Channel = Channel,
        UnixSeconds = 1000,
    };

    public static LinkSetup Listener(LinkOptions? options = null) => new()
    {
        Side = LinkSide.Listener,
        Identity = new LinkIdentity
        {
            Role = Role.Proxy,
            Scope = Scope,
            Signer = Node,
            Certificate = Certificate,
            Options = options ?? new LinkOptions(),
        },
        Verifier = new Ed25519Verifier(),
        Nonce = Hash("listener nonce"),
        Channel = Channel,
        UnixSeconds = 1000,
    };

    /// <summary>Moves bytes both ways until neither side has any.</summary>
    public static void Exchange(End left, End right)
    {
        for (int round = 0; round < 100_000; round++)
        {
            byte[] there = left.Produce();
            right.Receive(there);
            byte[] back = right.Produce();
            left.Receive(back);
            if (there.Length == 0 && back.Length == 0)
                return;
        }

        throw new InvalidOperationException("the two ends never fall silent");
    }

    public static (End Dialer, End Listener) Ready(LinkOptions? dialer = null, LinkOptions? listener = null)
    {
        End left = new(Dialer(dialer));
        End right = new(Listener(listener));
        Exchange(left, right);
        Assert.Equal((LinkState.Ready, LinkState.Ready), (left.Link.State, right.Link.State));
        left.Heard.Clear();
        right.Heard.Clear();
        return (left, right);
    }

    public static ReadOnlySequence<byte> Bytes(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return new ReadOnlySequence<byte>(bytes);
    }

    public static JobOpen Job(string model = "m") => new() { Header = new JobHeader { Model = model } };
}
