using System.Text;
using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Client.Local;
using Cocoon.Host.Configuration;
using Cocoon.Host.Gateway;
using Cocoon.Inference.TestEngine;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Tests.Gateway;

/// <summary>A gateway over an engine in this process, and an HTTP client for it.</summary>
internal sealed class GatewayFixture : IAsyncDisposable
{
    public const string Model = "cocoon-test";
    public const string Hello = """{"model":"cocoon-test","messages":[{"role":"user","content":"Hello there"}]}""";

    private GatewayFixture(GatewayServer server, LocalJobClient client)
    {
        Server = server;
        Client = client;
        Http = new HttpClient { BaseAddress = server.Url };
    }

    public GatewayServer Server { get; }

    public LocalJobClient Client { get; }

    public HttpClient Http { get; }

    public static GatewayOptions Options { get; } = ClientOptions.Read(CocoonConfiguration.Load(null, [], new Dictionary<string, string>()).Tree).Gateway with
    {
        Listen = new HostPort("127.0.0.1", 0),
        RequireKey = false,
    };

    public static async Task<GatewayFixture> StartAsync(
        IInferenceEngine? engine = null, GatewayOptions? options = null, LocalJobClientOptions? client = null, TimeProvider? time = null)
    {
        LocalJobClient local = new(engine ?? new DeterministicEngine(new TestEngineOptions(), WaitAsync), client ?? new LocalJobClientOptions());
        GatewayServer server = await GatewayServer.StartAsync(options ?? Options, local, time ?? TimeProvider.System, NullLoggerFactory.Instance);
        return new GatewayFixture(server, local);
    }

    public static async ValueTask WaitAsync(TimeSpan time, CancellationToken cancellationToken) => await Task.Delay(time, cancellationToken);

    public async Task<HttpResponseMessage> PostAsync(string body, string path = "/v1/chat/completions", params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Http.SendAsync(request);
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;

    public async Task<JsonElement> GetAsync(string path) => JsonDocument.Parse(await Http.GetStringAsync(path)).RootElement;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
    }
}
