using System.Security.Cryptography;
using System.Text;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Worker;
using Cocoon.Client;
using Cocoon.Client.Keys;
using Cocoon.Client.Network;
using Cocoon.Host.Configuration;
using Cocoon.Host.Nodes;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Ledger;
using Cocoon.Tests.Storage;
using Cocoon.Tests.Wire;
using Cocoon.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using JobRequest = Cocoon.Client.JobRequest;

namespace Cocoon.Tests.Network;

/// <summary>What a <see cref="JobNetwork"/> is made of.</summary>
internal sealed record JobNetworkOptions
{
    public int Workers { get; init; } = 1;

    public int Slots { get; init; } = 8;

    public FleetOptions Fleet { get; init; } = new();

    public PriceTable Prices { get; init; } = new PriceTable().With(JobNetwork.Model);

    public LinkOptions Link { get; init; } = new();

    /// <summary>Whether workers come through a relay that the test can cut.</summary>
    public bool WorkersByRelay { get; init; }

    /// <summary>How each worker joins, beyond its proxy and key.</summary>
    public Func<WorkerSettings, WorkerSettings> Worker { get; init; } = static settings => settings;

    public Func<ProxySettings, ProxySettings> Jobs { get; init; } = static settings => settings;
}

/// <summary>
/// A proxy, workers and a client over real TLS, with engines in the test's hand. The client goes through a relay that the test can cut;
/// proxy and workers can die and come back.
/// </summary>
internal sealed class JobNetwork : IAsyncDisposable
{
    public const string Name = "test";
    public const string Model = "controlled";
    public static readonly NanoTon Funds = new(NanoTon.PerTon);
    private readonly TemporaryFolder folder = new();
    private readonly Ed25519Verifier verifier = new();
    private readonly List<IDisposable> keys = [];
    private readonly List<NetworkJobClient> clients = [];
    private readonly ReservedPort port = new();
    private readonly JobNetworkOptions options;
    private readonly ProxySetup setup;
    private TlsTransport? proxyTransport;

    private JobNetwork(JobNetworkOptions options)
    {
        this.options = options;
        setup = new ProxySetup
        {
            Network = Name,
            Operator = NewKey(),
            Node = NewKey(),
            LedgerKey = new LedgerKey(RandomNumberGenerator.GetBytes(32)),
            LedgerFile = folder.File("ledger.db"),
            Listen = new HostPort("127.0.0.1", port.Port),
            Prices = options.Prices,
            Shards = 4,
            Fleet = options.Fleet,
            Jobs = options.Jobs,
            Link = options.Link,
        };
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ProxyHost Proxy { get; private set; } = null!;

    /// <summary>Between the client and the proxy.</summary>
    public Relay Relay { get; private set; } = null!;

    /// <summary>Between workers and the proxy, where the options say so.</summary>
    public Relay WorkerRelay { get; private set; } = null!;

    public NetworkJobClient Client { get; private set; } = null!;

    /// <summary>The key of the account that <see cref="Client"/> spends from.</summary>
    public Ed25519Signer Account { get; private set; } = null!;

    public string LedgerFile => setup.LedgerFile;

    public List<TestWorker> Workers { get; } = [];

    public static async Task<JobNetwork> StartAsync(JobNetworkOptions? options = null)
    {
        JobNetwork network = new(options ?? new JobNetworkOptions());
        await network.StartProxyAsync();
        network.Relay = new Relay(network.Proxy.Port);
        network.WorkerRelay = new Relay(network.Proxy.Port);
        for (int i = 0; i < network.options.Workers; i++)
            network.Workers.Add(new TestWorker(network.NewKey(), new ControlledEngine(Model, network.options.Slots), network.Join, network.verifier, network.options.Worker));
        network.Account = network.NewKey();
        await network.Proxy.CreditAsync(AccountId.Of(network.Account.PublicKey), Funds, "test", "");
        network.Client = network.Connect(network.Account, network.Relay.Port);
        await network.WaitForWorkersAsync(network.options.Workers);
        return network;
    }

    /// <summary>Another client of the same account, with a link of its own.</summary>
    public NetworkJobClient ConnectAgain(Func<NetworkClientOptions, NetworkClientOptions>? options = null, TimeProvider? time = null)
        => Connect(Account, Proxy.Port, options, time);

    /// <summary>A client of an account without money.</summary>
    public NetworkJobClient ConnectStranger() => Connect(NewKey(), Proxy.Port);

    public async Task StartProxyAsync()
    {
        proxyTransport = new TlsTransport(verifier, TimeProvider.System);
        Proxy = await ProxyHost.StartAsync(setup, proxyTransport, verifier, NullLogger.Instance, Stop);
    }

    /// <summary>The proxy's jobs and actors end in the middle of whatever they do; then its links.</summary>
    public async Task StopProxyAsync()
    {
        await Proxy.DisposeAsync();
        await proxyTransport!.DisposeAsync();
        proxyTransport = null;
    }

    /// <summary>A backup of the stopped proxy's ledger.</summary>
    public string CopyLedger(string name)
    {
        string copy = folder.File(name);
        LedgerFiles.Copy(LedgerFile, copy);
        return copy;
    }

    /// <summary>Puts a backup in the ledger's place.</summary>
    public void PutLedger(string copy) => LedgerFiles.Copy(copy, LedgerFile);

    public async Task RestartProxyAsync()
    {
        await StopProxyAsync();
        await StartProxyAsync();
    }

    public async Task WaitForWorkersAsync(int count)
        => await UntilAsync(async () => (await Client.GetModelsAsync(Stop)).Sum(model => model.Workers) == count);

    /// <summary>Submits a job and reads it to its end in the background.</summary>
    public ReadJob Submit(string text = "Hello", TimeSpan? limit = null, IJobClient? from = null)
        => new(from ?? Client, JobRequest.Chat(Model, text, stream: true) with { MaxOutputTokens = 1000, TimeLimit = limit });

    /// <summary>The next run of any worker.</summary>
    public async Task<(TestWorker Worker, EngineRun Run)> NextRunAsync()
    {
        (TestWorker, EngineRun)? next = null;
        await Waiting.UntilAsync(
            () =>
            {
                foreach (TestWorker worker in Workers)
                {
                    if (next is null && worker.Engine.TryNext(out EngineRun? run))
                        next = (worker, run!);
                }

                return next is not null;
            },
            () => "no worker was given the job");
        return next!.Value;
    }

    /// <summary>At rest nothing is reserved, nothing counts as running, and the books balance.</summary>
    public async Task<BalanceInfo> AtRestAsync()
    {
        await UntilAsync(async () => await Proxy.CountJobsAsync() == 0);
        await UntilAsync(async () => (await Client.GetBalanceAsync(Stop)).Reserved == NanoTon.Zero);
        FleetView fleet = await FleetAsync();
        Assert.Equal(0, fleet.Counts.InFlight);
        Assert.All(fleet.Models, model => Assert.Equal(0, model.Waiting));
        Assert.Empty(await Proxy.AuditAsync());
        return await Client.GetBalanceAsync(Stop);
    }

    public async Task<FleetView> FleetAsync()
        => await Proxy.Node.Fleet.AskAsync<FleetView>(reply => new DescribeFleet(reply), Waiting.Patience);

    public static Task UntilAsync(Func<Task<bool>> condition) => Waiting.UntilAsync(condition);

    /// <summary>What a job of so many tokens costs.</summary>
    public static NanoTon Price(long output) => new(((ControlledEngine.PromptTokens * 20_000_000) + (output * 160_000_000)) / 1_000_000);

    public async ValueTask DisposeAsync()
    {
        foreach (NetworkJobClient client in clients)
            await client.DisposeAsync();
        foreach (TestWorker worker in Workers)
            await worker.StopAsync();
        if (proxyTransport is not null)
            await StopProxyAsync();
        if (Relay is not null)
            await Relay.DisposeAsync();
        if (WorkerRelay is not null)
            await WorkerRelay.DisposeAsync();
        foreach (IDisposable key in keys)
            key.Dispose();
        port.Dispose();
        folder.Dispose();
    }

    private NetworkJobClient Connect(
        Ed25519Signer key, int port, Func<NetworkClientOptions, NetworkClientOptions>? change = null, TimeProvider? time = null)
    {
        NetworkClientOptions usual = new()
        {
            Scope = setup.Scope,
            Account = key,
            Verifier = verifier,
            Nodes = [("127.0.0.1", port)],
        };
        clients.Add(NetworkJobClient.Connect(change?.Invoke(usual) ?? usual, time ?? TimeProvider.System));
        return clients[^1];
    }

    private DialTarget Join(ISigner worker) => new("127.0.0.1", options.WorkersByRelay ? WorkerRelay.Port : Proxy.Port, new LinkIdentity
    {
        Role = Role.Worker,
        Scope = setup.Scope,
        Signer = worker,
        Software = "test",
    });

    private Ed25519Signer NewKey()
    {
        Ed25519Signer key = new(RandomNumberGenerator.GetBytes(32));
        keys.Add(key);
        return key;
    }
}

/// <summary>A worker that can die and come back with the same key and engine.</summary>
internal sealed class TestWorker
{
    private readonly Ed25519Signer key;
    private readonly Func<ISigner, DialTarget> join;
    private readonly Ed25519Verifier verifier;
    private readonly Func<WorkerSettings, WorkerSettings> more;
    private TlsTransport? transport;

    public TestWorker(
        Ed25519Signer key, ControlledEngine engine, Func<ISigner, DialTarget> join, Ed25519Verifier verifier, Func<WorkerSettings, WorkerSettings> more)
    {
        (this.key, this.join, this.verifier, this.more, Engine) = (key, join, verifier, more, engine);
        Start();
    }

    public ControlledEngine Engine { get; }

    public WorkerHost Host { get; private set; } = null!;

    public string Name => key.PublicKey.ToString();

    public void Start()
    {
        transport = new TlsTransport(verifier, TimeProvider.System);
        Host = new WorkerHost(more(new WorkerSettings { Proxies = [join(key)], Owner = key.PublicKey }), transport, Engine, NullLogger.Instance);
    }

    public async Task StopAsync()
    {
        if (transport is null)
            return;
        await Host.DisposeAsync();
        await transport.DisposeAsync();
        transport = null;
    }
}

/// <summary>A job whose answer is gathered in the background.</summary>
internal sealed class ReadJob
{
    private readonly StringBuilder text = new();
    private readonly Task<JobResult> reading;

    public ReadJob(IJobClient client, JobRequest request) => reading = ReadAsync(client, request);

    public CancellationTokenSource Cancellation { get; } = new();

    /// <summary>Set once the first chunk was announced.</summary>
    public IJob? Job { get; private set; }

    public string Text
    {
        get
        {
            lock (text)
                return text.ToString();
        }
    }

    /// <summary>The outcome; throws what the job threw.</summary>
    public Task<JobResult> Result => reading.WaitAsync(Waiting.Patience);

    public bool Failed => reading.IsFaulted;

    /// <summary>Waits until so much of the answer has come.</summary>
    public Task HasAsync(string expected) => JobNetwork.UntilAsync(() => Task.FromResult(Text == expected || reading.IsFaulted));

    public async Task<JobException> FailureAsync() => await Assert.ThrowsAsync<JobException>(() => Result);

    private async Task<JobResult> ReadAsync(IJobClient client, JobRequest request)
    {
        await using IJob job = Job = await client.SubmitAsync(request, Cancellation.Token);
        await foreach (JobChunk chunk in job.ReadAsync(Cancellation.Token))
        {
            lock (text)
                text.Append(Encoding.UTF8.GetString(chunk.Payload.Span));
        }

        return await job.Result;
    }
}
