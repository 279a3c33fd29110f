using System.Buffers;
using System.Text;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Protocol.Link;

public sealed partial class Link
{
    private const int MaxSoftwareBytes = 64;
    private const int MaxHeads = 512;

    private Hello? peerHello;

    /// <summary>Network and operator of this link: a dialer that knows no operator has it from the listener's proof.</summary>
    private Scope Scope => self.Scope.Operator == default && setup.Side == LinkSide.Dialer && peerHello is not null
        ? new Scope(self.Scope.Network, new PublicKey(Bytes32.From(peerHello.Operator.Span)))
        : self.Scope;

    /// <inheritdoc/>
    public void Admit()
    {
        if (State != LinkState.AwaitingAdmission)
            return;
        if (setup.Side == LinkSide.Dialer)
        {
            QueueControl(0, FrameKind.Proof, new Proof { Signature = SignProof() }, false);
            State = LinkState.AwaitingReady;
            return;
        }

        control.Append(Header(0, FrameKind.Ready, 0, false));
        State = LinkState.Ready;
        handler.OnReady();
    }

    /// <inheritdoc/>
    public void Refuse(LinkReason reason, string detail)
    {
        if (State == LinkState.AwaitingAdmission)
            Fail(reason, detail);
    }

    private void ReceiveHandshake(FrameHeader header, in ReadOnlySequence<byte> body)
    {
        if (header.Kind == FrameKind.Close && header.Stream == 0)
        {
            ReceiveClose(body);
            return;
        }

        (FrameKind expected, IMessage? message) = State switch
        {
            LinkState.AwaitingHello => (FrameKind.Hello, (IMessage?)null),
            LinkState.AwaitingWelcome => (FrameKind.Welcome, null),
            LinkState.AwaitingProof => (FrameKind.Proof, null),
            LinkState.AwaitingReady => (FrameKind.Ready, null),
            _ => (FrameKind.None, null),
        };
        if (expected == FrameKind.None || header.Kind != expected || header.Stream != 0 || header.End)
        {
            Fail(LinkReason.UnexpectedFrame, $"frame of kind {(int)header.Kind} on stream {header.Stream} while {State}");
        }
        else if (expected == FrameKind.Ready)
        {
            State = LinkState.Ready;
            handler.OnReady();
        }
        else if (!FrameMessages.TryParse(expected, body, out message))
        {
            Fail(LinkReason.Malformed, $"{expected} is not its message");
        }
        else
        {
            ReceiveHandshake(message);
        }
    }

    private void ReceiveHandshake(IMessage message)
    {
        switch (message)
        {
            case Hello hello:
                ReceiveHello(hello);
                break;
            case Welcome welcome:
                ReceiveWelcome(welcome);
                break;
            case Proof proof:
                ReceiveProof(proof.Signature);
                break;
        }
    }

    private void ReceiveHello(Hello hello)
    {
        int version = Math.Min(options.MaxVersion, (int)Math.Min(hello.MaxVersion, int.MaxValue));
        if (version < options.MinVersion || hello.MinVersion > version)
        {
            Fail(LinkReason.Version, $"the other side speaks {hello.MinVersion} to {hello.MaxVersion}, this one {options.MinVersion} to {options.MaxVersion}");
            return;
        }

        if (!CheckHello(hello))
            return;
        peerHello = hello;
        negotiatedVersion = version;
        Welcome welcome = new() { Version = (uint)version, Hello = MakeHello(), Signature = SignProof() };
        QueueControl(0, FrameKind.Welcome, welcome, false);
        State = LinkState.AwaitingProof;
    }

    private void ReceiveWelcome(Welcome welcome)
    {
        if (welcome.Version < options.MinVersion || welcome.Version > options.MaxVersion)
        {
            Fail(LinkReason.Version, $"the other side chose version {welcome.Version}, this one speaks {options.MinVersion} to {options.MaxVersion}");
            return;
        }

        if (welcome.Hello is null)
        {
            Fail(LinkReason.Malformed, "a Welcome without Hello");
            return;
        }

        if (!CheckHello(welcome.Hello))
            return;
        peerHello = welcome.Hello;
        negotiatedVersion = (int)welcome.Version;
        ReceiveProof(welcome.Signature);
    }

    private void ReceiveProof(ByteString signature)
    {
        Hello hello = peerHello!;
        LinkSide peerSide = setup.Side == LinkSide.Dialer ? LinkSide.Listener : LinkSide.Dialer;
        PublicKey key = new(Bytes32.From(hello.Key.Span));
        byte[] statement = MakeProof(peerSide, hello.Role).ToStatement();
        if (signature.Length != Statements.SignatureLength || !setup.Verifier.Verify(key, statement, signature.Span))
        {
            Fail(LinkReason.Proof, $"the proof of {hello.Role} {key} does not hold on this connection");
            return;
        }

        if (setup.Side == LinkSide.Listener && hello.Role != Role.Client && setup.Channel.DialerTlsKey == default)
        {
            Fail(LinkReason.Certificate, $"{hello.Role} {key} shows no TLS certificate; only clients need none");
            return;
        }

        NodeCertificate? certificate = null;
        if (hello.Role == Role.Proxy
            && !NodeCertificate.TryVerify(hello.Certificate, Scope, key, setup.UnixSeconds, setup.Verifier, out certificate))
        {
            Fail(LinkReason.Certificate, $"node {key} has no valid certificate of operator {Scope.Operator}");
            return;
        }

        if (setup.ExpectedPeer is { } expected && expected != key)
        {
            Fail(LinkReason.NotAdmitted, $"expected {expected}, met {key}");
            return;
        }

        peerSettings = hello.Settings;
        connectionSendCredit = hello.Settings.ConnectionCreditBytes;
        Peer = new LinkPeer(hello.Role, key, certificate, negotiatedVersion, Clip(hello.Software), hello.Heads) { Address = setup.PeerAddress };
        State = LinkState.AwaitingAdmission;
        handler.OnPeer(Peer);
    }

    private bool CheckHello(Hello hello)
    {
        LinkReason reason = LinkReason.None;
        if (hello.Key.Length != Bytes32.Length || hello.Nonce.Length != Bytes32.Length
            || Encoding.UTF8.GetByteCount(hello.Software) > MaxSoftwareBytes || hello.Heads.Count > MaxHeads)
            reason = LinkReason.Malformed;
        else if (!hello.Network.Span.SequenceEqual(self.Scope.Network.Value.AsSpan()))
            reason = LinkReason.Network;
        else if (!IsAcceptable(hello.Operator))
            reason = LinkReason.Operator;
        else if (!IsAcceptable(hello.Role))
            reason = LinkReason.Role;
        else if (!IsAcceptable(hello.Settings))
            reason = LinkReason.Settings;
        if (reason != LinkReason.None)
            Fail(reason, $"Hello of {hello.Role} with network {hello.Network.Length}:{Show(hello.Network)}, operator {Show(hello.Operator)} refused");
        return reason == LinkReason.None;
    }

    /// <summary>Whoever does not know the operator yet names none, and learns it: a public key, which needs no hiding.</summary>
    private bool IsAcceptable(ByteString named) =>
        named.Span.SequenceEqual(self.Scope.Operator.Value.AsSpan())
        || (setup.Side == LinkSide.Listener
            ? named.Length == Bytes32.Length && named.Span.IndexOfAnyExcept((byte)0) < 0
            : self.Scope.Operator == default && named.Length == Bytes32.Length);

    private bool IsAcceptable(Role role) =>
        setup.Side == LinkSide.Dialer ? role == Role.Proxy : role is Role.Client or Role.Worker or Role.Proxy;

    private static bool IsAcceptable(Settings? settings) =>
        settings is not null
        && settings.StreamCreditBytes is >= LinkOptions.MinCreditBytes and <= LinkOptions.MaxCreditBytes
        && settings.ConnectionCreditBytes is >= LinkOptions.MinCreditBytes and <= LinkOptions.MaxCreditBytes
        && settings.MaxStreams is >= 1 and <= LinkOptions.MaxMaxStreams;

    private static string Show(ByteString bytes) => Convert.ToHexStringLower(bytes.Span[..Math.Min(8, bytes.Length)]);

    private Hello MakeHello()
    {
        Hello hello = new()
        {
            MinVersion = (uint)options.MinVersion,
            MaxVersion = (uint)options.MaxVersion,
            Role = self.Role,
            Network = ByteString.CopyFrom(self.Scope.Network.Value.AsSpan()),
            Operator = ByteString.CopyFrom(self.Scope.Operator.Value.AsSpan()),
            Key = ByteString.CopyFrom(self.Signer.PublicKey.Value.AsSpan()),
            Nonce = ByteString.CopyFrom(setup.Nonce.AsSpan()),
            Certificate = self.Certificate,
            Software = self.Software,
            Settings = new Settings
            {
                StreamCreditBytes = (uint)options.StreamCreditBytes,
                ConnectionCreditBytes = (uint)options.ConnectionCreditBytes,
                MaxStreams = (uint)options.MaxStreams,
            },
        };
        hello.Heads.AddRange(self.Heads);
        return hello;
    }

    private ByteString SignProof()
    {
        byte[] signature = new byte[Statements.SignatureLength];
        self.Signer.Sign(MakeProof(setup.Side, self.Role).ToStatement(), signature);
        return UnsafeByteOperations.UnsafeWrap(signature);
    }

    private HelloProof MakeProof(LinkSide side, Role role)
    {
        Bytes32 peerNonce = Bytes32.From(peerHello!.Nonce.Span);
        return setup.Side == LinkSide.Dialer
            ? new HelloProof(Scope, side, role, setup.Nonce, peerNonce, setup.Channel)
            : new HelloProof(Scope, side, role, peerNonce, setup.Nonce, setup.Channel);
    }
}
