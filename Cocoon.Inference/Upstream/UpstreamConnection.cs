using System.Net;
using System.Net.Http.Headers;
using Cocoon.Actors.Ports;

namespace Cocoon.Inference.Upstream;

/// <summary>HTTP to one server: pooled connections, bounded bodies, and a connection that is closed at once when an answer is let go.</summary>
internal sealed class UpstreamConnection : IDisposable
{
    private const int ErrorBytes = 64 * 1024;
    private readonly HttpClient client;

    public UpstreamConnection(UpstreamOptions options)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            MaxConnectionsPerServer = int.MaxValue,
            // Letting an answer go must close its connection, or the server goes on generating for nobody.
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
            // Uvicorn, under vLLM and SGLang, closes idle connections after 5 s: be first.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4),
            UseCookies = false,
            UseProxy = false,
        };
        client = new HttpClient(handler) { BaseAddress = Base(options.Url), Timeout = Timeout.InfiniteTimeSpan };
        if (options.ApiKey is { Length: > 0 } key)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public void Dispose() => client.Dispose();

    /// <summary>The body of a GET, or null when the server answers anything but 200.</summary>
    public async Task<byte[]?> TryGetAsync(string path, int maxBytes, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await GetAsync(path, cancellationToken).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.OK ? await ReadAllAsync(response, maxBytes, cancellationToken).ConfigureAwait(false) : null;
    }

    /// <summary>The body of a GET. Throws <see cref="EngineException"/> when the server answers anything but 200.</summary>
    public async Task<byte[]> GetAsync(UpstreamDialect dialect, string path, int maxBytes, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await GetAsync(path, cancellationToken).ConfigureAwait(false);
        byte[] body = await ReadAllAsync(response, response.StatusCode == HttpStatusCode.OK ? maxBytes : ErrorBytes, cancellationToken).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.OK ? body : throw UpstreamErrors.OfStatus(dialect, response.StatusCode, body);
    }

    /// <summary>Sends a job; the answer is unread. Throws <see cref="EngineException"/> when the server answers anything but 200.</summary>
    public async Task<HttpResponseMessage> PostAsync(
        UpstreamDialect dialect, string path, byte[] body, bool stream, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(stream ? "text/event-stream" : "application/json"));
        HttpResponseMessage response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.OK)
            return response;
        using (response)
            throw UpstreamErrors.OfStatus(dialect, response.StatusCode, await ReadAllAsync(response, ErrorBytes, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>A whole body, bounded. Throws <see cref="EngineException"/> when it is longer.</summary>
    public static async Task<byte[]> ReadAllAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken)
    {
        using MemoryStream all = new();
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        byte[] buffer = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            if (all.Length + read > maxBytes)
                throw new EngineException(EngineFailure.Failed, $"the upstream's answer is longer than {maxBytes} bytes");
            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    private static Uri Base(Uri url) => new(url.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/");

    private Task<HttpResponseMessage> GetAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path.TrimStart('/')), cancellationToken);

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
}
