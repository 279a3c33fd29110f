using System.Security.Cryptography;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Worker;
using Cocoon.Client.Keys;
using Cocoon.Client.Network;
using Cocoon.Client.Receipts;
using Cocoon.Host.Configuration;
using Cocoon.Host.Nodes;
using Cocoon.Host.Treasury;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Storage;
using Cocoon.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Tests.Network;

/// <summary>A proxy on SQLite and workers over given engines, with TLS between them, and clients as many as wanted.</summary>
internal sealed class TestNetwork : IAsyncDisposable
{
    public const string Name = "test-network";
    private readonly TemporaryFolder folder = new();
    private readonly List<IDisposable> owned = [];
    private readonly List<IAsyncDisposable> nodes = [];
    private TreasuryRuntime? treasury;

    private TestNetwork()
    {
    }

    public static Ed25519Verifier Verifier { get; } = new();

    public ProxyHost Proxy { get; private set; } = null!;

    public List<WorkerHost> Workers { get; } = [];

    public Ed25519Signer Account { get; private set; } = null!;

    public AccountId AccountId => AccountId.Of(Account.PublicKey);

    public string Folder => folder.Path;

    public static async Task<TestNetwork> StartAsync(
        IReadOnlyList<(IInferenceEngine Engine, string Model)> engines,
        NanoTon funds,
        Func<ProxySettings, ProxySettings>? jobs = null,
        Func<int, WorkerSettings, WorkerSettings>? worker = null,
        FleetOptions? fleet = null,
        TreasuryRuntime? treasury = null)
    {
        TestNetwork network = new() { treasury = treasury };
        try
        {
            await network.BuildAsync(engines, funds, jobs ?? (static settings => settings), worker, fleet ?? new FleetOptions());
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Another client of the same account, as a second gateway would be.</summary>
    public NetworkJobClient NewClient(Ed25519Signer? account = null, ReceiptFolder? receipts = null, NanoTon? ceiling = null)
    {
        TlsTransport transport = NewTransport();
        NetworkClientOptions options = new()
        {
            Scope = Proxy.Setup.Scope,
            Account = account ?? Account,
            Verifier = Verifier,
            Nodes = [("127.0.0.1", Proxy.Port)],
            Receipts = receipts,
            CeilingHeadroom = ceiling ?? new NanoTon(2000 * NanoTon.PerTon),
        };
        NetworkJobClient client = new(options, transport, TimeProvider.System);
        nodes.Insert(0, client);
        return client;
    }

    public Ed25519Signer NewKey()
    {
        Ed25519Signer key = new(RandomNumberGenerator.GetBytes(32));
        owned.Add(key);
        return key;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable node in nodes)
            await node.DisposeAsync();
        foreach (IDisposable thing in owned)
            thing.Dispose();
        folder.Dispose();
    }

    public TlsTransport NewTransport()
    {
        TlsTransport transport = new(Verifier, TimeProvider.System);
        nodes.Add(transport);
        return transport;
    }

    private async Task BuildAsync(
        IReadOnlyList<(IInferenceEngine Engine, string Model)> engines,
        NanoTon funds,
        Func<ProxySettings, ProxySettings> jobs,
        Func<int, WorkerSettings, WorkerSettings>? worker,
        FleetOptions fleet)
    {
        PriceTable prices = new();
        foreach ((_, string model) in engines)
            prices = prices.With(model);
        ProxySetup setup = new()
        {
            Network = Name,
            Operator = NewKey(),
            Node = NewKey(),
            LedgerKey = new LedgerKey(RandomNumberGenerator.GetBytes(32)),
            LedgerFile = folder.File("ledger.db"),
            Listen = new HostPort("127.0.0.1", 0),
            Prices = prices,
            Shards = 2,
            Jobs = jobs,
            Fleet = fleet,
            Treasury = treasury,
        };
        Proxy = await ProxyHost.StartAsync(setup, NewTransport(), Verifier, NullLogger.Instance);
        nodes.Insert(0, Proxy);
        for (int i = 0; i < engines.Count; i++)
        {
            LinkIdentity identity = new() { Role = Role.Worker, Scope = setup.Scope, Signer = NewKey() };
            WorkerSettings settings = new() { Proxies = [new DialTarget("127.0.0.1", Proxy.Port, identity)], Owner = NewKey().PublicKey };
            WorkerHost host = new(worker?.Invoke(i, settings) ?? settings, NewTransport(), engines[i].Engine, NullLogger.Instance);
            Workers.Add(host);
            nodes.Insert(0, host);
        }

        Account = NewKey();
        if (funds > NanoTon.Zero)
            await Proxy.CreditAsync(AccountId, funds, "test", "");
        if (Workers.Count > 0)
            await Waiting.UntilAsync(async () => await SlotsAsync() >= Workers.Count);
    }

    private async Task<int> SlotsAsync()
    {
        FleetView fleet = await Proxy.Node.Fleet.AskAsync<FleetView>(reply => new DescribeFleet(reply), Waiting.Patience);
        return fleet.Workers.Count(seen => seen.SlotsHeld > 0);
    }
}
