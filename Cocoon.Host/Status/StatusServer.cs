using System.Net.Sockets;
using System.Text.Json.Nodes;
using Cocoon.Host.Nodes;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Status;

/// <summary>
/// Tells how a node stands to whoever may open its data folder: a Unix socket that answers every connection with one JSON object and closes
/// it. <c>cocoon status</c> reads it; so does <c>nc -U</c>.
/// </summary>
internal sealed class StatusServer : IAsyncDisposable
{
    /// <summary>Sockets end so, whatever node they belong to.</summary>
    public const string Extension = ".sock";

    /// <summary>The longest path that every system takes for a socket.</summary>
    private const int PathBytesMax = 100;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly Socket socket;
    private readonly string path;
    private readonly Func<Task<JsonObject>> describe;
    private readonly ILogger logger;
    private readonly Task accepting;

    private StatusServer(Socket socket, string path, Func<Task<JsonObject>> describe, ILogger logger)
    {
        this.socket = socket;
        this.path = path;
        this.describe = describe;
        this.logger = logger;
        accepting = Task.Run(AcceptAsync);
    }

    /// <summary>
    /// Listens in <paramref name="folder"/>. A node that cannot tell how it stands still does its work: then the log says why, and null comes back.
    /// </summary>
    /// <param name="folder">The node's data folder.</param>
    /// <param name="role">proxy, worker or client.</param>
    /// <param name="describe">How it stands now.</param>
    /// <param name="logger">The node's log.</param>
    public static StatusServer? TryStart(string folder, string role, Func<Task<JsonObject>> describe, ILogger logger)
    {
        string path = Path.Combine(folder, role + Extension);
        if (System.Text.Encoding.UTF8.GetByteCount(path) > PathBytesMax)
        {
            NodeLog.NoStatus(logger, path, $"its path is longer than the {PathBytesMax} bytes that a socket's may have");
            return null;
        }

        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // What a killed node left behind; a living one holds its ledger or its key's folder by other means.
            File.Delete(path);
            socket.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, OwnerOnly);
            socket.Listen();
            return new StatusServer(socket, path, describe, logger);
        }
        catch (Exception failure) when (failure is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            NodeLog.NoStatus(logger, path, failure.Message);
            return null;
        }
    }

    /// <summary>What the node behind a socket says; null when none listens. Throws <see cref="IOException"/> for an answer that is none.</summary>
    public static async Task<JsonObject?> AskAsync(string path, CancellationToken cancellationToken)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            await using NetworkStream stream = new(socket);
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Patience * 2);
            return await JsonNode.ParseAsync(stream, cancellationToken: limit.Token) as JsonObject;
        }
        catch (Exception silent) when (silent is SocketException || (silent is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
        catch (System.Text.Json.JsonException wrong)
        {
            throw new IOException($"{path} answers with something else than a node's status", wrong);
        }
    }

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        await accepting;
        File.Delete(path);
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
            catch (Exception ended) when (ended is ObjectDisposedException or SocketException)
            {
                return;
            }

            // One after the other: whoever asks is a person of this machine.
            await AnswerAsync(accepted);
        }
    }

    private async Task AnswerAsync(Socket accepted)
    {
        try
        {
            await using NetworkStream stream = new(accepted, ownsSocket: true);
            JsonObject status = await describe().WaitAsync(Patience);
            await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(status.ToJsonString() + "\n")).AsTask().WaitAsync(Patience);
        }
        catch (Exception failure) when (failure is IOException or TimeoutException or SocketException or Actors.Runtime.AskRefusedException)
        {
            NodeLog.StatusFailed(logger, failure.Message);
        }
    }
}
