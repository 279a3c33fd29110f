using System.Net;
using System.Net.Sockets;

namespace Cocoon.Wire;

/// <summary>Opens TCP connections to names and addresses.</summary>
internal static class Connector
{
    private const int TcpNotSentLowWaterLinux = 25;
    private const int TcpNotSentLowWaterMacOs = 0x201;

    /// <summary>Tries the addresses of <paramref name="host"/> in the resolver's order until one answers.</summary>
    public static async Task<Socket> ConnectAsync(
        string host, int port, WireOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
        Exception? last = null;
        foreach (IPAddress address in addresses)
        {
            Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                Prepare(socket, options);
                using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                limit.CancelAfter(options.ConnectTimeout);
                await socket.ConnectAsync(new IPEndPoint(address, port), limit.Token);
                return socket;
            }
            catch (Exception fault) when (fault is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                socket.Dispose();
                last = fault;
            }
        }

        string answers = addresses.Length > 1 ? $"none of {addresses.Length} addresses answers: " : "";
        throw new IOException($"{answers}{(last is OperationCanceledException ? "no answer" : last?.Message ?? "the name has no address")}", last);
    }

    /// <summary>Small writes leave at once, and little waits unsent in the kernel, where nothing can overtake it.</summary>
    public static void Prepare(Socket socket, WireOptions options)
    {
        socket.NoDelay = true;
        int name = OperatingSystem.IsLinux() ? TcpNotSentLowWaterLinux : OperatingSystem.IsMacOS() ? TcpNotSentLowWaterMacOs : 0;
        if (name != 0)
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, name, BitConverter.GetBytes(options.UnsentBytes));
    }
}
