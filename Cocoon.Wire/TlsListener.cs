using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Link;

namespace Cocoon.Wire;

/// <summary>Accepts connections within the bounds of <see cref="WireOptions"/> and hands them to the transport.</summary>
internal sealed class TlsListener : IListening
{
    private const int Backlog = 512;

    private readonly TlsTransport transport;
    private readonly ListenTarget target;
    private readonly Func<ILink, ILinkHandler> owner;
    private readonly WireOptions options;
    private readonly Socket socket;
    private readonly ConcurrentDictionary<IPAddress, int> handshakesByAddress = [];
    private int handshakes;
    private int connections;
    private Task accepting = Task.CompletedTask;

    public TlsListener(TlsTransport transport, ListenTarget target, Func<ILink, ILinkHandler> owner, WireOptions options)
    {
        this.transport = transport;
        this.target = target;
        this.owner = owner;
        this.options = options;
        socket = Bind(target);
        IPEndPoint bound = (IPEndPoint)socket.LocalEndPoint!;
        (Host, Port) = (bound.Address.ToString(), bound.Port);
    }

    public string Host { get; }

    public int Port { get; }

    public void Start() => accepting = Task.Run(AcceptAsync);

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        await accepting;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = await socket.AcceptAsync();
            }
            catch (Exception fault) when (fault is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException)
            {
                // Out of file descriptors, or the peer left before it was accepted. Waiting lets others finish.
                await Task.Delay(20);
                continue;
            }

            if (!TryAdmit(accepted))
            {
                transport.NoteDropped();
                accepted.Dispose();
            }
        }
    }

    private bool TryAdmit(Socket accepted)
    {
        IPAddress address = accepted.RemoteEndPoint is IPEndPoint remote ? remote.Address : IPAddress.None;
        if (connections >= options.MaxConnections || handshakes >= options.MaxHandshakes
            || handshakesByAddress.GetValueOrDefault(address) >= options.MaxHandshakesPerAddress)
            return false;
        try
        {
            Connector.Prepare(accepted, options);
        }
        catch (SocketException)
        {
            return false;
        }

        Interlocked.Increment(ref connections);
        Interlocked.Increment(ref handshakes);
        handshakesByAddress.AddOrUpdate(address, 1, static (_, count) => count + 1);
        transport.Accept(accepted, target, owner, () => EndHandshake(address), () => Interlocked.Decrement(ref connections));
        return true;
    }

    private void EndHandshake(IPAddress address)
    {
        Interlocked.Decrement(ref handshakes);
        int left = handshakesByAddress.AddOrUpdate(address, 0, static (_, count) => count - 1);
        if (left == 0)
            handshakesByAddress.TryRemove(new KeyValuePair<IPAddress, int>(address, 0));
    }

    private static Socket Bind(ListenTarget target)
    {
        Socket? bound = null;
        try
        {
            // The resolver refuses the unspecified addresses.
            IPAddress address = (IPAddress.TryParse(target.Host, out IPAddress? literal) ? literal : Dns.GetHostAddresses(target.Host).FirstOrDefault())
                ?? throw new TransportException($"'{target.Host}' has no address: give one of this machine, 0.0.0.0, or ::");
            bound = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (address.Equals(IPAddress.IPv6Any))
                bound.DualMode = true;
            bound.Bind(new IPEndPoint(address, target.Port));
            bound.Listen(Backlog);
            return bound;
        }
        catch (SocketException fault)
        {
            bound?.Dispose();
            throw new TransportException($"cannot listen on {target.Host}:{target.Port}: {fault.Message}. Choose another port or address.", fault);
        }
    }
}
