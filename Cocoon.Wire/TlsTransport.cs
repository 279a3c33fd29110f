using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;

namespace Cocoon.Wire;

/// <summary>Links over TCP and TLS 1.3, both sides authenticated by their proofs, no session resumed. IPv4, IPv6 and DNS names.</summary>
public sealed class TlsTransport : ITransport, IAsyncDisposable
{
    private readonly WireOptions options;
    private readonly TimeProvider time;
    private readonly ISignatureVerifier verifier;
    private readonly TlsIdentity identity;
    private readonly HandshakeLane lane;
    private readonly ITimer ticker;
    private readonly ConcurrentDictionary<TlsLink, Task> links = [];
    private readonly CancellationTokenSource disposed = new();
    private long failedHandshakes;
    private long droppedConnections;

    /// <summary>A transport of its own TLS key, which lives as long as this.</summary>
    public TlsTransport(ISignatureVerifier verifier, TimeProvider time, WireOptions? options = null)
    {
        this.verifier = verifier;
        this.time = time;
        this.options = options ?? new WireOptions();
        identity = new TlsIdentity(this.options, time);
        lane = new HandshakeLane(this.options.HandshakeThreads);
        ticker = time.CreateTimer(static self => ((TlsTransport)self!).Tick(), this, this.options.TickEvery, this.options.TickEvery);
    }

    /// <summary>Links that are connecting or connected.</summary>
    public int LinkCount => links.Count;

    /// <summary>Connections that were accepted and never became a link: strangers, scans, those that gave up.</summary>
    public long FailedHandshakes => Interlocked.Read(ref failedHandshakes);

    /// <summary>Connections dropped at once because a bound of <see cref="WireOptions"/> was reached.</summary>
    public long DroppedConnections => Interlocked.Read(ref droppedConnections);

    /// <inheritdoc/>
    public ILink Dial(DialTarget target, Func<ILink, ILinkHandler> owner)
    {
        TlsLink link = new(options, time);
        link.SetHandler(owner(link));
        Start(link, () => DialAsync(target, link));
        return link;
    }

    /// <inheritdoc/>
    public IListening Listen(ListenTarget target, Func<ILink, ILinkHandler> owner)
    {
        TlsListener listener = new(this, target, owner, options);
        listener.Start();
        return listener;
    }

    /// <summary>Cuts every link and waits for their ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await disposed.CancelAsync();
        foreach (TlsLink link in links.Keys)
            link.Close(LinkReason.Done, "shutting down");
        await Task.WhenAll(links.Values);
        await ticker.DisposeAsync();
        lane.Dispose();
        identity.Dispose();
        disposed.Dispose();
    }

    /// <summary>Counts a connection that a listener did not take.</summary>
    internal void NoteDropped() => Interlocked.Increment(ref droppedConnections);

    /// <summary>Runs the listening side of a connection that was just accepted.</summary>
    internal void Accept(Socket socket, ListenTarget target, Func<ILink, ILinkHandler> owner, Action handshakeDone, Action closed)
    {
        TlsLink link = new(options, time);
        Start(link, () => AcceptAsync(socket, target, owner, link, handshakeDone, closed));
    }

    private void Start(TlsLink link, Func<Task> run)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        links[link] = done.Task;
        _ = Task.Run(async () =>
        {
            try
            {
                await run();
            }
            finally
            {
                links.TryRemove(link, out _);
                link.Dispose();
                done.SetResult();
            }
        });
    }

    private async Task DialAsync(DialTarget target, TlsLink link)
    {
        Socket? socket = null;
        SslStream? tls = null;
        try
        {
            using CancellationTokenSource limit = Limit(link, options.TlsTimeout + options.ConnectTimeout);
            socket = await Connector.ConnectAsync(target.Host, target.Port, options, time, limit.Token);
            tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await tls.AuthenticateAsClientAsync(identity.ClientOptions(target.Identity.Role), limit.Token);
        }
        catch (Exception fault) when (IsOrdinary(fault))
        {
            await DisposeAsync(tls, socket);
            link.FailEarly(LinkReason.Transport, $"{target.Host}:{target.Port}: {fault.Message}");
            return;
        }

        await using (tls)
            await link.RunAsync(tls, Setup(LinkSide.Dialer, target.Identity, tls, target.ExpectedPeer), static () => { });
    }

    private async Task AcceptAsync(
        Socket socket, ListenTarget target, Func<ILink, ILinkHandler> owner, TlsLink link, Action handshakeDone, Action closed)
    {
        // Told once: when the link is ready, or has failed before.
        Action? leave = handshakeDone;
        void Leave() => Interlocked.Exchange(ref leave, null)?.Invoke();
        LaneStream inLane = new(new NetworkStream(socket, ownsSocket: true), lane);
        SslStream tls = new(inLane);
        try
        {
            using (CancellationTokenSource limit = Limit(link, options.TlsTimeout))
                await tls.AuthenticateAsServerAsync(identity.ServerOptions(), limit.Token);
            link.SetHandler(owner(link));
            string address = AddressOf(socket);
            await link.RunAsync(tls, Setup(LinkSide.Listener, target.Identity(), tls, null) with { PeerAddress = address }, () =>
            {
                inLane.LeaveLane();
                Leave();
            });
        }
        catch (Exception fault) when (IsOrdinary(fault))
        {
            // A stranger, a port scan, or one that gave up: there is no link whose owner could be told.
            Interlocked.Increment(ref failedHandshakes);
        }
        finally
        {
            await tls.DisposeAsync();
            Leave();
            closed();
        }
    }

    private LinkSetup Setup(LinkSide side, LinkIdentity self, SslStream tls, PublicKey? expected)
    {
        Bytes32 nonce = default;
        RandomNumberGenerator.Fill(nonce);
        return new LinkSetup
        {
            Side = side,
            Identity = self,
            Verifier = verifier,
            Nonce = nonce,
            Channel = TlsIdentity.ChannelOf(tls),
            UnixSeconds = time.GetUtcNow().ToUnixTimeSeconds(),
            ExpectedPeer = expected,
        };
    }

    /// <summary>IPv4 addresses are the same over a socket of both families; of IPv6 the network counts, for a machine has many addresses in it.</summary>
    private static string AddressOf(Socket socket)
    {
        if (socket.RemoteEndPoint is not IPEndPoint { Address: { } address })
            return "";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes).ToString();
    }

    private CancellationTokenSource Limit(TlsLink link, TimeSpan after)
    {
        CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(link.Aborted, disposed.Token);
        limit.CancelAfter(after);
        return limit;
    }

    private void Tick()
    {
        foreach ((TlsLink link, _) in links)
            link.Tick();
    }

    private static async ValueTask DisposeAsync(SslStream? tls, Socket? socket)
    {
        if (tls is not null)
            await tls.DisposeAsync();
        socket?.Dispose();
    }

    private static bool IsOrdinary(Exception fault) =>
        fault is IOException or SocketException or AuthenticationException or OperationCanceledException or TimeoutException
            or ObjectDisposedException or CryptographicException;
}
