using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Protocol.Link;
using Cocoon.Wire;

namespace Cocoon.Tests.Wire;

public class TlsTransportTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("::", "127.0.0.1")]
    [InlineData("localhost", "localhost")]
    public async Task A_job_crosses_real_sockets(string listenOn, string dial)
    {
        if (listenOn.Contains(':', StringComparison.Ordinal) && !HasIPv6())
            Assert.Skip("this machine has no IPv6");
        await using TlsTransport transport = Peers.Transport();
        TaskCompletionSource<Peer> accepted = new();
        await using IListening listening = Peers.Listen(transport, peer =>
        {
            peer.Message = (self, stream, kind) => self.Link!.Send(stream, FrameKind.JobError, new JobError { Code = JobErrorCode.Cancelled }, true);
            peer.Data = (self, stream, kind, body, end) =>
            {
                self.Link!.Consume(stream, (int)body.Length);
                if (!end)
                    return;
                self.Link.TrySend(stream, FrameKind.Chunk, [0, 0, 0], Ends.Bytes(20), false);
                self.Link.Send(stream, FrameKind.JobFinal, new JobFinal(), true);
            };
            accepted.TrySetResult(peer);
        }, listenOn);
        Peer client = Peers.Dial(transport, dial, listening.Port);
        await client.Ready;
        Peer server = await accepted.Task;
        Assert.Equal((Role.Proxy, Ends.Node.PublicKey), (client.Other!.Role, client.Other.Key));
        Assert.Equal((Role.Client, Ends.Account.PublicKey), (server.Other!.Role, server.Other.Key));

        uint job = client.Link!.Open(StreamKind.Job, Ends.Job(), false);
        client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(50_000), true);
        Assert.Equal(["open 1", "end 1"], [server.Next(), server.Next()]);
        Assert.Equal("JobFinal 1", client.Next());

        client.Link.Close(LinkReason.Done, "bye");
        LinkEnd end = await server.Closed;
        Assert.Equal((LinkReason.Done, "bye", true), (end.Reason, end.Detail, end.ByPeer));
        Assert.False((await client.Closed).ByPeer);
    }

    [Fact]
    public async Task A_long_upload_is_held_back_by_a_reader_that_does_not_consume()
    {
        await using TlsTransport transport = Peers.Transport();
        ConcurrentQueue<int> waiting = [];
        Peer server = null!;
        await using IListening listening = Peers.Listen(transport, peer =>
        {
            server = peer;
            peer.Data = (_, _, _, body, _) => waiting.Enqueue((int)body.Length);
        });
        Peer client = Peers.Dial(transport, "127.0.0.1", listening.Port);
        await client.Ready;
        uint job = client.Link!.Open(StreamKind.Job, Ends.Job(), false);
        long left = 4 << 20;
        long consumed = 0;
        while (left > 0 || consumed < 4 << 20)
        {
            int part = (int)Math.Min(LinkOptions.PartBytes, left);
            if (left > 0 && client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(part), left == part) == SendResult.Sent)
            {
                left -= part;
                continue;
            }

            long inFlight = (4 << 20) - left - consumed;
            Assert.InRange(inFlight, 0, (256 + 128) << 10);
            while (waiting.TryDequeue(out int bytes))
            {
                server.Link!.Consume(job, bytes);
                consumed += bytes;
            }

            await Task.Delay(1);
        }
    }

    [Fact]
    public async Task The_other_end_learns_of_a_killed_connection_and_a_new_link_starts_clean()
    {
        await using TlsTransport servers = Peers.Transport();
        ConcurrentQueue<Peer> accepted = [];
        await using IListening listening = Peers.Listen(servers, accepted.Enqueue);
        await using Relay relay = new(listening.Port);
        await using TlsTransport clients = Peers.Transport();
        BlockingCollection<Peer> made = [];
        await using KeptLink kept = new(
            clients,
            TimeProvider.System,
            _ => new DialTarget("127.0.0.1", relay.Port, Peers.Client()),
            link =>
            {
                Peer peer = new() { Link = link };
                made.Add(peer);
                return peer;
            },
            jitterSeed: 1,
            new BackoffOptions { FirstMs = 10, MaxMs = 40 });

        for (int round = 0; round < 4; round++)
        {
            Peer client = made.Take();
            await client.Ready;
            uint job = client.Link!.Open(StreamKind.Job, Ends.Job(), false);
            Assert.Equal(1u, job);
            client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(100), false);
            Peer server = accepted.Last();
            Assert.Equal("open 1", server.Next());
            Assert.Same(client.Link, kept.Current);

            relay.Kill();
            Assert.Equal(LinkReason.Transport, (await client.Closed).Reason);
            Assert.Equal(LinkReason.Transport, (await server.Closed).Reason);
            Assert.Equal(0u, client.Link.Open(StreamKind.Job, Ends.Job(), false));
            Assert.Equal(SendResult.Gone, client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(1), false));
        }
    }

    [Fact]
    public async Task A_middleman_with_its_own_TLS_keys_is_found_out()
    {
        await using TlsTransport transport = Peers.Transport();
        TaskCompletionSource<Peer> accepted = new();
        await using IListening listening = Peers.Listen(transport, peer => accepted.TrySetResult(peer));
        await using TlsRelay middleman = new(listening.Port);
        Peer client = Peers.Dial(transport, "127.0.0.1", middleman.Port);
        Assert.Equal(LinkReason.Proof, (await client.Closed).Reason);
        Assert.Equal((LinkReason.Proof, true), await (await accepted.Task).Closed.ContinueWith(end => (end.Result.Reason, end.Result.ByPeer)));
    }

    [Fact]
    public async Task Another_operator_is_refused_with_the_reason()
    {
        await using TlsTransport transport = Peers.Transport();
        await using IListening listening = Peers.Listen(transport, _ => { });
        LinkIdentity stray = Peers.Client() with { Scope = new Cocoon.Protocol.Identity.Scope(Ends.Scope.Network, Ends.Account.PublicKey) };
        Peer client = Peers.Dial(transport, "127.0.0.1", listening.Port, stray);
        LinkEnd end = await client.Closed;
        Assert.Equal((LinkReason.Operator, true), (end.Reason, end.ByPeer));
    }

    [Fact]
    public async Task A_closing_side_may_ask_for_time()
    {
        await using TlsTransport transport = Peers.Transport();
        TaskCompletionSource<Peer> accepted = new();
        await using IListening listening = Peers.Listen(transport, peer => accepted.TrySetResult(peer));
        Peer client = Peers.Dial(transport, "127.0.0.1", listening.Port);
        await client.Ready;
        (await accepted.Task).Link!.Close(LinkReason.Overloaded, "come back later", 1500);
        LinkEnd end = await client.Closed;
        Assert.Equal((LinkReason.Overloaded, true, 1500L), (end.Reason, end.ByPeer, end.RetryAfterMs));
        Backoff backoff = new(1);
        Assert.Equal(1500, backoff.NextMs(end.RetryAfterMs));
    }

    [Fact]
    public async Task Nobody_listening_is_an_end_with_address_and_reason()
    {
        await using TlsTransport transport = Peers.Transport();
        using ReservedPort port = new();
        Peer client = Peers.Dial(transport, "127.0.0.1", port.Port);
        LinkEnd end = await client.Closed;
        Assert.Equal(LinkReason.Transport, end.Reason);
        Assert.StartsWith("127.0.0.1:", end.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, "cocoon/1")]
    [InlineData(SslProtocols.Tls13, "h2")]
    public async Task Older_TLS_and_other_protocols_are_refused(SslProtocols version, string alpn)
    {
        await using TlsTransport transport = Peers.Transport();
        await using IListening listening = Peers.Listen(transport, _ => { });
        using TcpClient tcp = new("127.0.0.1", listening.Port);
        await using SslStream tls = new(tcp.GetStream(), false, TlsRelay.Any);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "cocoon",
                EnabledSslProtocols = version,
                ApplicationProtocols = [new SslApplicationProtocol(alpn)],
            });
            Assert.Equal(0, await tls.ReadAsync(new byte[1]));
            throw new IOException("closed");
        });
    }

    [Fact]
    public async Task A_connection_that_says_nothing_is_dropped()
    {
        await using TlsTransport transport = Peers.Transport(new WireOptions { TlsTimeout = TimeSpan.FromMilliseconds(300) });
        await using IListening listening = Peers.Listen(transport, _ => { });
        using TcpClient silent = new("127.0.0.1", listening.Port);
        Assert.Equal(0, await ReadOrZero(silent).WaitAsync(Waiting.Patience));
    }

    [Fact]
    public async Task Others_get_in_beside_connections_that_say_nothing()
    {
        await using TlsTransport transport = Peers.Transport(new WireOptions { TlsTimeout = 2 * Waiting.Patience, MaxHandshakesPerAddress = 8 });
        await using IListening listening = Peers.Listen(transport, _ => { });
        List<TcpClient> silent = [.. Enumerable.Range(0, 6).Select(_ => new TcpClient("127.0.0.1", listening.Port))];
        Task<int>[] reads = [.. silent.Select(ReadOrZero)];
        Peer client = Peers.Dial(transport, "127.0.0.1", listening.Port);
        await client.Ready;
        Assert.All(reads, read => Assert.False(read.IsCompleted));
        silent.ForEach(one => one.Dispose());
    }

    [Fact]
    public async Task A_peer_that_stops_in_the_middle_of_the_handshake_is_timed_out()
    {
        await using TlsTransport transport = Peers.Transport();
        TaskCompletionSource<Peer> accepted = new();
        LinkOptions hasty = new() { HandshakeTimeoutMs = 200 };
        await using IListening listening = Peers.Listen(transport, peer => accepted.TrySetResult(peer), options: hasty);
        using TcpClient tcp = new("127.0.0.1", listening.Port);
        await using SslStream tls = new(tcp.GetStream(), false, TlsRelay.Any);
        await tls.AuthenticateAsClientAsync(TlsRelay.ClientOptions());
        try
        {
            await tls.WriteAsync(new byte[] { 5, 0 });
        }
        catch (IOException)
        {
            // Its time was over before we were given ours.
        }

        Assert.Equal(LinkReason.HandshakeTimeout, (await (await accepted.Task).Closed).Reason);
    }

    [Fact]
    public async Task More_handshakes_from_one_address_than_allowed_are_dropped_at_once()
    {
        await using TlsTransport transport = Peers.Transport(new WireOptions { TlsTimeout = 2 * Waiting.Patience, MaxHandshakesPerAddress = 2 });
        await using IListening listening = Peers.Listen(transport, _ => { });
        List<TcpClient> many = [.. Enumerable.Range(0, 5).Select(_ => new TcpClient("127.0.0.1", listening.Port))];
        Task<int>[] reads = [.. many.Select(ReadOrZero)];
        await Task.WhenAll(reads[2..]).WaitAsync(Waiting.Patience);
        Assert.False(reads[0].IsCompleted || reads[1].IsCompleted);
        Assert.Equal(3, transport.DroppedConnections);
        many.ForEach(one => one.Dispose());
    }

    [Fact]
    public async Task A_taken_port_says_what_to_do()
    {
        await using TlsTransport transport = Peers.Transport();
        await using IListening listening = Peers.Listen(transport, _ => { });
        TransportException fault = Assert.Throws<TransportException>(() => Peers.Listen(transport, _ => { }, port: listening.Port));
        Assert.Contains("Choose another port", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_handler_ends_its_own_link_only()
    {
        await using TlsTransport transport = Peers.Transport();
        ConcurrentQueue<Peer> accepted = [];
        await using IListening listening = Peers.Listen(transport, peer =>
        {
            peer.Opened = (_, _, _, _) => throw new InvalidOperationException("a bug");
            accepted.Enqueue(peer);
        });
        Peer first = Peers.Dial(transport, "127.0.0.1", listening.Port);
        await first.Ready;
        Peer second = Peers.Dial(transport, "127.0.0.1", listening.Port);
        await second.Ready;
        first.Link!.Open(StreamKind.Job, Ends.Job(), true);
        Assert.Contains("a bug", (await accepted.First().Closed).Detail, StringComparison.Ordinal);
        await first.Closed;
        Assert.False(second.IsClosed);
    }

    private static bool HasIPv6()
    {
        try
        {
            using TcpListener listener = new(System.Net.IPAddress.IPv6Loopback, 0);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<int> ReadOrZero(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[1]);
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            return 0;
        }
    }
}
