using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Cocoon.Benchmarks.Wire;

/// <summary>
/// A link of a given rate in both directions with a small buffer: passes bytes between two loopback connections, each piece when a line of
/// that rate would have carried it.
/// </summary>
internal sealed class ShapedRelay : IAsyncDisposable
{
    private const int Piece = 4096;
    private const double GrainSeconds = 0.002;
    private const int SocketBuffer = 32 << 10;

    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> sockets = [];
    private readonly Task running;

    public ShapedRelay(int target, long bitsPerSecond)
    {
        // Set before listening, so that the window that is offered starts small as well.
        listener.ReceiveBufferSize = SocketBuffer;
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        running = Task.Run(() => RunAsync(target, bitsPerSecond));
    }

    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        foreach (Socket socket in sockets)
            socket.Dispose();
        try
        {
            await running;
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // Disposing is how it ends.
        }
    }

    private async Task RunAsync(int target, long bitsPerSecond)
    {
        Socket near = await listener.AcceptAsync();
        Socket far = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = SocketBuffer, NoDelay = true };
        near.NoDelay = true;
        await far.ConnectAsync(new IPEndPoint(IPAddress.Loopback, target));
        sockets.AddRange([near, far]);
        await Task.WhenAll(PassAsync(near, far, bitsPerSecond), PassAsync(far, near, bitsPerSecond));
    }

    private static async Task PassAsync(Socket from, Socket to, long bitsPerSecond)
    {
        byte[] piece = new byte[Piece];
        double ticksPerByte = 8.0 * Stopwatch.Frequency / bitsPerSecond;
        double free = 0;
        while (true)
        {
            int read = await from.ReceiveAsync(piece);
            if (read == 0)
                return;
            // Timers wake up to two milliseconds late: what that loses may be made up for, and no more.
            free = Math.Max(free, Stopwatch.GetTimestamp() - GrainSeconds * Stopwatch.Frequency) + read * ticksPerByte;
            double ahead = (free - Stopwatch.GetTimestamp()) / Stopwatch.Frequency;
            if (ahead > 0.001)
                await Task.Delay(TimeSpan.FromSeconds(ahead));
            await to.SendAsync(piece.AsMemory(0, read));
        }
    }
}
