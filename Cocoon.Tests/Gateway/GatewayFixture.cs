using System.Text;
using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Proxy;
using Cocoon.Client;
using Cocoon.Client.Local;
using Cocoon.Client.Network;
using Cocoon.Host.Configuration;
using Cocoon.Host.Gateway;
using Cocoon.Inference.TestEngine;
using Cocoon.Protocol.Money;
using Cocoon.Tests.Network;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Tests.Gateway;

/// <summary>A gateway over an engine, either in this process or behind a real proxy and worker, and an HTTP client for it.</summary>
internal sealed class GatewayFixture : IAsyncDisposable
{
    public const string Network = TestNetwork.Name;
    public const string Model = "cocoon-test";
    public const string Hello = """{"model":"cocoon-test","messages":[{"role":"user","content":"Hello there"}]}""";
    private readonly TestNetwork? network;

    private GatewayFixture(GatewayServer server, IJobClient client, TestNetwork? network)
    {
        this.network = network;
        Server = server;
        Client = client;
        Http = new HttpClient { BaseAddress = server.Url };
    }

    public GatewayServer Server { get; }

    public IJobClient Client { get; }

    public HttpClient Http { get; }

    /// <summary>Whether there is a proxy and a worker behind it.</summary>
    public bool IsNetwork => network is not null;

    public static GatewayOptions Options { get; } = ClientOptions.Read(CocoonConfiguration.Load(null, [], new Dictionary<string, string>()).Tree).Gateway with
    {
        Listen = new HostPort("127.0.0.1", 0),
        RequireKey = false,
    };

    public static async Task<GatewayFixture> StartAsync(
        bool overNetwork, IInferenceEngine? engine = null, GatewayOptions? options = null, LocalJobClientOptions? client = null)
    {
        engine ??= new DeterministicEngine(new TestEngineOptions(), WaitAsync);
        client = (client ?? new LocalJobClientOptions()) with { Network = Network };
        TestNetwork? network = null;
        IJobClient jobs;
        if (overNetwork)
            (network, jobs) = await BuildAsync(engine, client);
        else
            jobs = new LocalJobClient(engine, client);
        GatewayServer server = await GatewayServer.StartAsync(options ?? Options, Network, jobs, TimeProvider.System, NullLoggerFactory.Instance);
        return new GatewayFixture(server, jobs, network);
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

    /// <summary>What the account has paid, once nothing runs any more.</summary>
    public async Task<long> SpentAtRestAsync()
    {
        await Waiting.UntilAsync(async () => (await Client.GetBalanceAsync()).Reserved == NanoTon.Zero);
        return (await Client.GetBalanceAsync()).Spent.Value;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
        if (network is not null)
            await network.DisposeAsync();
    }

    private static async Task<(TestNetwork Network, IJobClient Client)> BuildAsync(IInferenceEngine engine, LocalJobClientOptions client)
    {
        TestNetwork network = await TestNetwork.StartAsync(
            [(engine, Model)],
            client.Balance,
            settings => settings with { DefaultOutputTokens = client.DefaultMaxOutputTokens },
            fleet: new FleetOptions { AwaitWorker = TimeSpan.Zero, Queue = new Actors.Routing.QueueOptions { WaitMax = TimeSpan.FromMilliseconds(200) } });
        NetworkJobClient made = network.NewClient();
        foreach ((string key, NanoTon budget) in client.Purses ?? new Dictionary<string, NanoTon>())
            await made.SetPurseAsync(new PurseTerms { Id = PurseTerms.IdOf(key), Budget = budget });
        return (network, made);
    }
}
