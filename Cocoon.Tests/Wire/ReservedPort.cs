using System.Net;
using System.Net.Sockets;

namespace Cocoon.Tests.Wire;

/// <summary>
/// A port of the loopback that the system gives to nobody else while this is held, for what listens there, stops and listens again. While
/// nobody listens, connections to it are refused.
/// </summary>
internal sealed class ReservedPort : IDisposable
{
    private readonly Socket holder = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ReservedPort()
    {
        // Bound and not listening: others that allow reuse, as every listener of .NET does, may listen on it.
        holder.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Port = ((IPEndPoint)holder.LocalEndPoint!).Port;
    }

    public int Port { get; }

    public void Dispose() => holder.Dispose();
}
