using System.Security.Cryptography;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Worker;
using Cocoon.Client.Keys;
using Cocoon.Client.Network;
using Cocoon.Client.Receipts;
using Cocoon.Host.Configuration;
using Cocoon.Host.Nodes;
using Cocoon.Inference.Embedded;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Wire;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Commands.Demo;

/// <summary>A whole network in one process: one proxy on SQLite, two workers on the embedded engine, one client; real TLS between them.</summary>
internal sealed class DemoNetwork : IAsyncDisposable
{
    public const int Workers = 2;
    public const int Shards = 16;
    private const string Network = "cocoon-demo";
    private readonly string folder = Directory.CreateTempSubdirectory("cocoon-demo-").FullName;
    private readonly List<IDisposable> owned = [];
    private ReceiptFolder? receipts;
    private readonly List<WorkerHost> workers = [];
    private readonly List<TlsTransport> transports = [];

    private readonly DemoTreasury? treasury;

    private DemoNetwork(DemoTreasury? treasury) => this.treasury = treasury;

    /// <summary>Everything that is written, deleted in the end.</summary>
    public string Folder => folder;

    /// <summary>The client's receipts, with requests and answers.</summary>
    public string ReceiptsFolder => Path.Combine(folder, "receipts");

    public ProxyHost Proxy { get; private set; } = null!;

    public NetworkJobClient Client { get; private set; } = null!;

    public string Model { get; private set; } = "";

    public static async Task<DemoNetwork> StartAsync(
        string modelFile, NanoTon funds, DemoTreasury? treasury, ILogger logger, CancellationToken cancellationToken)
    {
        DemoNetwork demo = new(treasury);
        try
        {
            await demo.BuildAsync(modelFile, funds, logger, cancellationToken);
            return demo;
        }
        catch
        {
            await demo.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Client is not null)
            await Client.DisposeAsync();
        if (receipts is not null)
            await receipts.DisposeAsync();
        foreach (WorkerHost worker in workers)
            await worker.DisposeAsync();
        if (Proxy is not null)
            await Proxy.DisposeAsync();
        foreach (TlsTransport transport in transports)
            await transport.DisposeAsync();
        foreach (IDisposable thing in owned)
            thing.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task BuildAsync(string modelFile, NanoTon funds, ILogger logger, CancellationToken cancellationToken)
    {
        Ed25519Verifier verifier = new();
        EmbeddedEngine[] engines = [.. Enumerable.Range(0, Workers).Select(_ => OpenEngine(modelFile))];
        Model = engines[0].ModelName;
        ProxySetup setup = new()
        {
            Network = Network,
            Operator = NewKey(),
            Node = NewKey(),
            LedgerKey = new LedgerKey(RandomNumberGenerator.GetBytes(32)),
            LedgerFile = Path.Combine(folder, "ledger.db"),
            Listen = new HostPort("127.0.0.1", 0),
            Prices = new PriceTable().With(Model),
            Shards = Shards,
            Treasury = treasury?.Runtime,
        };
        Proxy = await ProxyHost.StartAsync(setup, NewTransport(verifier), verifier, logger, cancellationToken);
        foreach (EmbeddedEngine engine in engines)
            workers.Add(new WorkerHost(SettingsOf(setup), NewTransport(verifier), engine, logger));
        Ed25519Signer account = NewKey();
        if (treasury is null)
            await Proxy.CreditAsync(AccountId.Of(account.PublicKey), funds, "demo", "demo funds");
        NetworkClientOptions options = new()
        {
            Scope = setup.Scope,
            Account = account,
            Verifier = verifier,
            Nodes = [("127.0.0.1", Proxy.Port)],
            Receipts = receipts = new ReceiptFolder(ReceiptsFolder, keepBodies: true),
        };
        Client = NetworkJobClient.Connect(options);
        await WaitForWorkersAsync(cancellationToken);
    }

    private async Task WaitForWorkersAsync(CancellationToken cancellationToken)
    {
        while ((await Client.GetModelsAsync(cancellationToken)).Sum(model => model.Workers) < Workers)
            await Task.Delay(20, cancellationToken);
    }

    private WorkerSettings SettingsOf(ProxySetup setup)
    {
        Cocoon.Protocol.Link.LinkIdentity identity = new()
        {
            Role = Cocoon.Protocol.V1.Role.Worker,
            Scope = setup.Scope,
            Signer = NewKey(),
            Software = "cocoon",
        };
        Ed25519Signer owner = NewKey();
        Dictionary<Scope, SignedStatement> payouts = [];
        if (treasury is not null)
            payouts[setup.Scope] = DemoTreasury.PayoutAddressOf(owner, identity.Signer.PublicKey, setup.Scope);
        return new WorkerSettings { Proxies = [new DialTarget("127.0.0.1", Proxy.Port, identity)], Owner = owner.PublicKey, Payouts = payouts };
    }

    private EmbeddedEngine OpenEngine(string file)
    {
        EmbeddedEngine engine = EmbeddedEngine.Open(file, new Inference.Serving.EngineOptions { Threads = 1 });
        owned.Add(engine);
        return engine;
    }

    private Ed25519Signer NewKey()
    {
        Ed25519Signer key = new(RandomNumberGenerator.GetBytes(32));
        owned.Add(key);
        return key;
    }

    private TlsTransport NewTransport(Ed25519Verifier verifier)
    {
        TlsTransport transport = new(verifier, TimeProvider.System);
        transports.Add(transport);
        return transport;
    }
}
