using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cocoon.Host.Treasury;

/// <summary>
/// How the operator's commands reach a running proxy: a Unix socket in its data folder that only its user can open. One request and one
/// answer, each a JSON object in a line, per connection.
/// </summary>
internal sealed class ControlSocket : IAsyncDisposable
{
    /// <summary>Its name in the folder.</summary>
    public const string FileName = "control.sock";

    private const int LineBytesMax = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string path;
    private readonly Socket listener;
    private readonly CancellationTokenSource stop = new();
    private readonly Task serving;

    private ControlSocket(string path, Socket listener, Func<JsonObject, CancellationToken, Task<JsonObject>> serve)
    {
        this.path = path;
        this.listener = listener;
        serving = ServeAsync(serve);
    }

    /// <summary>Where the socket of a ledger is: beside its file.</summary>
    public static string PathOf(string ledgerFile) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(ledgerFile))!, FileName);

    /// <summary>Listens. Whoever holds the ledger may replace what a killed process left. Throws <see cref="IOException"/>.</summary>
    public static ControlSocket Listen(string path, Func<JsonObject, CancellationToken, Task<JsonObject>> serve)
    {
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(path);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            listener.Listen(16);
            return new ControlSocket(path, listener, serve);
        }
        catch (Exception fault) when (fault is SocketException or ArgumentException)
        {
            listener.Dispose();
            throw new IOException($"the control socket {path} cannot be made: {fault.Message}. Choose a data folder with a shorter path", fault);
        }
    }

    /// <summary>Asks a running proxy; null when none listens. Throws <see cref="IOException"/> when it hangs up or does not answer in time.</summary>
    public static async Task<JsonObject?> AskAsync(string path, JsonObject request, CancellationToken cancellation)
    {
        if (!File.Exists(path))
            return null;
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
        }
        catch (SocketException)
        {
            // What a killed proxy left.
            return null;
        }

        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        await using NetworkStream stream = new(socket);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request.ToJsonString() + "\n"), patience.Token);
        return await ReadAsync(stream, patience.Token) ?? throw new IOException("the proxy hung up before it answered: see its log");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await serving;
        File.Delete(path);
        stop.Dispose();
    }

    private async Task ServeAsync(Func<JsonObject, CancellationToken, Task<JsonObject>> serve)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using Socket accepted = await listener.AcceptAsync(stop.Token);
                await using NetworkStream stream = new(accepted);
                using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
                patience.CancelAfter(Patience);
                if (await ReadAsync(stream, patience.Token) is { } request)
                    await stream.WriteAsync(Encoding.UTF8.GetBytes((await serve(request, patience.Token)).ToJsonString() + "\n"), patience.Token);
            }
            catch (Exception fault) when (fault is OperationCanceledException or IOException or SocketException or JsonException or ObjectDisposedException)
            {
                // That caller is gone or talks nonsense; the next one is served.
            }
        }
    }

    private static async Task<JsonObject?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        MemoryStream line = new();
        byte[] buffer = new byte[4096];
        while (line.Length < LineBytesMax)
        {
            int count = await stream.ReadAsync(buffer, cancellation);
            if (count == 0)
                return null;
            line.Write(buffer, 0, count);
            if (buffer[count - 1] == (byte)'\n')
                return JsonNode.Parse(line.ToArray()) as JsonObject;
        }

        return null;
    }
}
