using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Tests.Protocol.Link;

public class LinkHandshakeTests
{
    [Fact]
    public void Both_sides_learn_who_the_other_is()
    {
        End client = new(Ends.Dialer());
        End proxy = new(Ends.Listener());
        Ends.Exchange(client, proxy);
        Assert.Equal(["peer Proxy", "ready"], client.Heard);
        Assert.Equal(["peer Client", "ready"], proxy.Heard);
        Assert.Equal(Ends.Node.PublicKey, client.Link.Peer!.Certificate!.Node);
        Assert.Equal(AccountId.Of(Ends.Account.PublicKey), proxy.Link.Peer!.Account);
    }

    [Fact]
    public void The_highest_common_version_is_spoken()
    {
        LinkSetup newer = Ends.Dialer(new LinkOptions { MinVersion = 1, MaxVersion = 7 });
        LinkSetup older = Ends.Listener(new LinkOptions { MinVersion = 1, MaxVersion = 3 });
        (End client, End proxy) = (new End(newer), new End(older));
        Ends.Exchange(client, proxy);
        Assert.Equal((3, 3), (client.Link.Peer!.Version, proxy.Link.Peer!.Version));
    }

    [Fact]
    public void No_common_version_says_what_each_side_speaks()
    {
        (End client, End proxy) = (new End(Ends.Dialer(new LinkOptions { MinVersion = 4, MaxVersion = 7 })), new End(Ends.Listener()));
        Ends.Exchange(client, proxy);
        Assert.Equal((LinkReason.Version, true), (client.Ended!.Reason, client.Ended.ByPeer));
        Assert.Contains("4 to 7", client.Ended.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_listener_cannot_choose_a_version_outside_the_range() =>
        AssertDialerRefuses(LinkReason.Version, welcome => welcome.Version = 9);

    [Theory]
    [InlineData(LinkReason.Network)]
    [InlineData(LinkReason.Operator)]
    public void Another_network_or_operator_is_refused(LinkReason expected)
    {
        Scope other = expected == LinkReason.Network
            ? Ends.Scope with { Network = NetworkId.Of("other") }
            : Ends.Scope with { Operator = Ends.Account.PublicKey };
        LinkSetup dialer = Ends.Dialer();
        AssertListenerRefuses(expected, dialer with { Identity = dialer.Identity with { Scope = other } });
    }

    [Theory]
    [InlineData(Role.Unspecified)]
    [InlineData((Role)99)]
    public void An_unknown_role_is_refused(Role role)
    {
        LinkSetup dialer = Ends.Dialer();
        AssertListenerRefuses(LinkReason.Role, dialer with { Identity = dialer.Identity with { Role = role } });
    }

    [Fact]
    public void Only_a_proxy_listens()
    {
        LinkSetup listener = Ends.Listener();
        (End client, End fake) = (new End(Ends.Dialer()), new End(listener with { Identity = listener.Identity with { Role = Role.Worker } }));
        Ends.Exchange(client, fake);
        Assert.Equal(LinkReason.Role, client.Ended!.Reason);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1 << 30)]
    public void Settings_outside_their_range_are_refused(int credit)
    {
        LinkOptions options = credit == 1000 ? new LinkOptions { StreamCreditBytes = credit } : new LinkOptions { MaxStreams = credit };
        AssertListenerRefuses(LinkReason.Settings, Ends.Dialer(options));
    }

    [Fact]
    public void A_node_needs_a_certificate_of_this_operator_for_this_key_that_has_not_expired()
    {
        NodeCertificate foreign = new(Ends.Scope with { Operator = Ends.Account.PublicKey }, Ends.Node.PublicKey, 1, 2000);
        SignedStatement?[] wrong =
        [
            null,
            Ends.Certify(Ends.Node.PublicKey, 999),
            Ends.Certify(Ends.Account.PublicKey, 2000),
            Statements.Sign(Ends.Account, foreign.ToStatement()),
            Statements.Sign(Ends.Account, new NodeCertificate(Ends.Scope, Ends.Node.PublicKey, 1, 2000).ToStatement()),
        ];
        foreach (SignedStatement? certificate in wrong)
        {
            LinkSetup listener = Ends.Listener();
            (End client, End fake) = (new End(Ends.Dialer()), new End(listener with { Identity = listener.Identity with { Certificate = certificate } }));
            Ends.Exchange(client, fake);
            Assert.Equal(LinkReason.Certificate, client.Ended!.Reason);
        }
    }

    [Fact]
    public void A_recorded_handshake_is_worth_nothing_on_the_next_connection()
    {
        End client = new(Ends.Dialer());
        End proxy = new(Ends.Listener());
        byte[] hello = client.Produce();
        proxy.Receive(hello);
        client.Receive(proxy.Produce());
        byte[] proof = client.Produce();
        proxy.Receive(proof);
        Assert.Equal(LinkState.Ready, proxy.Link.State);

        End next = new(Ends.Listener() with { Nonce = Ends.Hash("another nonce") });
        next.Receive(hello);
        next.Receive(proof);
        Assert.Equal(LinkReason.Proof, next.Ended!.Reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_proof_made_for_other_TLS_keys_does_not_hold(int which)
    {
        Bytes32 foreign = Ends.Hash("middle");
        ChannelKeys channel = which switch
        {
            0 => Ends.Channel with { DialerTlsKey = foreign },
            1 => Ends.Channel with { ListenerTlsKey = foreign },
            _ => Ends.Channel with { Binding = foreign },
        };
        AssertListenerSees(LinkReason.Proof, Ends.Dialer() with { Channel = channel });
    }

    [Theory]
    [InlineData(Role.Client, LinkState.Ready)]
    [InlineData(Role.Worker, LinkState.Closed)]
    public void Only_a_client_may_come_without_a_TLS_certificate(Role role, LinkState expected)
    {
        ChannelKeys channel = Ends.Channel with { DialerTlsKey = default };
        LinkSetup dialer = Ends.Dialer() with { Channel = channel };
        (End left, End right) = (new End(dialer with { Identity = dialer.Identity with { Role = role } }), new End(Ends.Listener() with { Channel = channel }));
        Ends.Exchange(left, right);
        Assert.Equal(expected, right.Link.State);
        Assert.Equal(expected == LinkState.Closed ? LinkReason.Certificate : null, right.Ended?.Reason);
    }

    [Fact]
    public void A_proof_cannot_be_turned_around()
    {
        End client = new(Ends.Dialer());
        client.Produce();
        Welcome mirrored = new()
        {
            Version = 1,
            Hello = new Hello
            {
                Role = Role.Proxy,
                Key = ByteString.CopyFrom(Ends.Account.PublicKey.Value.AsSpan()),
                Nonce = ByteString.CopyFrom(Ends.Hash("dialer nonce").AsSpan()),
                Network = ByteString.CopyFrom(Ends.Scope.Network.Value.AsSpan()),
                Operator = ByteString.CopyFrom(Ends.Scope.Operator.Value.AsSpan()),
                Settings = new Settings { StreamCreditBytes = 1 << 20, ConnectionCreditBytes = 1 << 20, MaxStreams = 1 },
                Certificate = Ends.Certificate,
            },
        };
        HelloProof asDialer = new(Ends.Scope, LinkSide.Dialer, Role.Proxy, Ends.Hash("dialer nonce"), Ends.Hash("dialer nonce"), Ends.Channel);
        mirrored.Signature = Statements.Sign(Ends.Account, asDialer.ToStatement()).Signature;
        new Script(new End(Ends.Listener())).Add(FrameKind.Welcome, 0, mirrored.ToByteArray()).SendTo(client);
        Assert.Equal(LinkReason.Proof, client.Ended!.Reason);
    }

    [Fact]
    public void Another_node_than_the_expected_one_is_not_admitted()
    {
        (End client, End proxy) = (new End(Ends.Dialer() with { ExpectedPeer = Ends.Operator.PublicKey }), new End(Ends.Listener()));
        Ends.Exchange(client, proxy);
        Assert.Equal((LinkReason.NotAdmitted, true), (proxy.Ended!.Reason, proxy.Ended.ByPeer));
    }

    [Fact]
    public void An_owner_may_decide_later_and_may_refuse()
    {
        (End client, End proxy) = (new End(Ends.Dialer()), new End(Ends.Listener()) { AdmitsAll = false });
        Ends.Exchange(client, proxy);
        Assert.Equal((LinkState.AwaitingReady, LinkState.AwaitingAdmission), (client.Link.State, proxy.Link.State));
        proxy.Link.Admit();
        Ends.Exchange(client, proxy);
        Assert.Equal(LinkState.Ready, client.Link.State);

        (client, proxy) = (new End(Ends.Dialer()), new End(Ends.Listener()) { AdmitsAll = false });
        Ends.Exchange(client, proxy);
        proxy.Link.Refuse(LinkReason.NotAdmitted, "account blocked\nforged log line");
        Ends.Exchange(client, proxy);
        Assert.Equal("account blocked?forged log line", client.Ended!.Detail);
    }

    [Fact]
    public void Nothing_but_the_next_step_is_taken_before_ready()
    {
        foreach (FrameKind kind in new[] { FrameKind.None, FrameKind.Welcome, FrameKind.Proof, FrameKind.Open, FrameKind.Ping, FrameKind.Ready, FrameKind.BalanceQuery })
        {
            End proxy = new(Ends.Listener());
            new Script(new End(Ends.Listener())).Add(kind, 0, []).SendTo(proxy);
            Assert.Equal(LinkReason.UnexpectedFrame, proxy.Ended!.Reason);
        }
    }

    [Fact]
    public void Nothing_is_taken_while_the_owner_decides()
    {
        (End client, End proxy) = (new End(Ends.Dialer()), new End(Ends.Listener()) { AdmitsAll = false });
        Ends.Exchange(client, proxy);
        new Script(client).Add(FrameKind.None, 0, []).SendTo(proxy);
        Assert.Equal(LinkReason.UnexpectedFrame, proxy.Ended!.Reason);
    }

    [Theory]
    [InlineData("key")]
    [InlineData("nonce")]
    [InlineData("software")]
    [InlineData("heads")]
    public void A_Hello_out_of_shape_is_malformed(string field)
    {
        Hello hello = Hello.Parser.ParseFrom(new End(Ends.Dialer()).Produce().AsSpan(FrameHeader.Size));
        switch (field)
        {
            case "key":
                hello.Key = ByteString.CopyFrom(1, 2, 3);
                break;
            case "nonce":
                hello.Nonce = ByteString.Empty;
                break;
            case "software":
                hello.Software = new string('x', 65);
                break;
            default:
                hello.Heads.AddRange(Enumerable.Repeat(new Head(), 513));
                break;
        }

        End proxy = new(Ends.Listener());
        new Script(new End(Ends.Listener())).Add(FrameKind.Hello, 0, hello.ToByteArray()).SendTo(proxy);
        Assert.Equal(LinkReason.Malformed, proxy.Ended!.Reason);
    }

    [Fact]
    public void A_handshake_that_does_not_end_is_timed_out()
    {
        End proxy = new(Ends.Listener());
        Assert.Equal(10_000, proxy.Link.NextTickMs);
        proxy.Link.Tick(9_999);
        Assert.Equal(LinkState.AwaitingHello, proxy.Link.State);
        proxy.Link.Tick(10_000);
        Assert.Equal(LinkReason.HandshakeTimeout, proxy.Ended!.Reason);
    }

    private static void AssertListenerRefuses(LinkReason expected, LinkSetup dialer)
    {
        AssertListenerSees(expected, dialer);
        (End client, End proxy) = (new End(dialer), new End(Ends.Listener()));
        Ends.Exchange(client, proxy);
        Assert.Equal((expected, true), (client.Ended!.Reason, client.Ended.ByPeer));
    }

    private static void AssertListenerSees(LinkReason expected, LinkSetup dialer)
    {
        LinkSetup blind = dialer with { Verifier = new Believer() };
        (End client, End proxy) = (new End(blind), new End(Ends.Listener()));
        Ends.Exchange(client, proxy);
        Assert.Equal(expected, proxy.Ended!.Reason);
    }

    private static void AssertDialerRefuses(LinkReason expected, Action<Welcome> change)
    {
        (End client, End proxy) = (new End(Ends.Dialer()), new End(Ends.Listener()));
        proxy.Receive(client.Produce());
        Welcome welcome = Welcome.Parser.ParseFrom(proxy.Produce().AsSpan(FrameHeader.Size));
        change(welcome);
        new Script(new End(Ends.Listener())).Add(FrameKind.Welcome, 0, welcome.ToByteArray()).SendTo(client);
        Assert.Equal(expected, client.Ended!.Reason);
    }

    /// <summary>Believes every signature: what remains is what the other side checks.</summary>
    private sealed class Believer : ISignatureVerifier
    {
        public bool Verify(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => true;
    }
}
