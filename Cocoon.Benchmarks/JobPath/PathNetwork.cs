using System.Security.Cryptography;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Worker;
using Cocoon.Client.Keys;
using Cocoon.Client.Network;
using Cocoon.Host.Configuration;
using Cocoon.Host.Nodes;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>
/// The path as in production, on loopback: client library, TLS, proxy with its ledger on SQLite, TLS, worker, an engine that is a stand-in.
/// Each role has its own transport and actors; all share this process.
/// </summary>
internal sealed class PathNetwork : IAsyncDisposable
{
    public const string Model = "cocoon-test";
    private static readonly NanoTon Funds = new(1_000_000 * NanoTon.PerTon);

    private readonly List<IAsyncDisposable> parts = [];
    private readonly List<IDisposable> keys = [];

    private PathNetwork()
    {
    }

    /// <summary>The proxy.</summary>
    public ProxyHost Proxy { get; private set; } = null!;

    /// <summary>The app's client, on one connection.</summary>
    public NetworkJobClient Client { get; private set; } = null!;

    /// <summary>Starts all of it with a ledger in <paramref name="folder"/>.</summary>
    public static async Task<PathNetwork> StartAsync(string folder, IInferenceEngine engine)
    {
        PathNetwork network = new();
        Ed25519Verifier verifier = new();
        ProxySetup setup = new()
        {
            Network = "cocoon-bench",
            Operator = network.NewKey(),
            Node = network.NewKey(),
            LedgerKey = new LedgerKey(RandomNumberGenerator.GetBytes(32)),
            LedgerFile = Path.Combine(folder, $"path-{Guid.NewGuid():N}.db"),
            Listen = new HostPort("127.0.0.1", 0),
            Prices = new PriceTable().With(Model),
        };
        network.Proxy = await ProxyHost.StartAsync(setup, network.NewTransport(verifier), verifier, NullLogger.Instance);
        WorkerHost worker = new(network.WorkerOf(setup), network.NewTransport(verifier), engine, NullLogger.Instance);
        Ed25519Signer account = network.NewKey();
        await network.Proxy.CreditAsync(AccountId.Of(account.PublicKey), Funds, "bench", "funds of the benchmark");
        network.Client = NetworkJobClient.Connect(new NetworkClientOptions
        {
            Scope = setup.Scope,
            Account = account,
            Verifier = verifier,
            Nodes = [("127.0.0.1", network.Proxy.Port)],
            CeilingHeadroom = new NanoTon(10_000 * NanoTon.PerTon),
        });
        network.parts.InsertRange(0, [network.Client, worker, network.Proxy]);
        while ((await network.Client.GetModelsAsync()).Sum(model => model.Slots) == 0)
            await Task.Delay(10);
        return network;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable part in parts)
            await part.DisposeAsync();
        foreach (IDisposable key in keys)
            key.Dispose();
    }

    private WorkerSettings WorkerOf(ProxySetup setup)
    {
        LinkIdentity identity = new() { Role = Role.Worker, Scope = setup.Scope, Signer = NewKey(), Software = "cocoon" };
        return new WorkerSettings { Proxies = [new DialTarget("127.0.0.1", Proxy.Port, identity)], Owner = NewKey().PublicKey };
    }

    private Ed25519Signer NewKey()
    {
        Ed25519Signer key = new(RandomNumberGenerator.GetBytes(32));
        keys.Add(key);
        return key;
    }

    private TlsTransport NewTransport(Ed25519Verifier verifier)
    {
        TlsTransport transport = new(verifier, TimeProvider.System);
        parts.Add(transport);
        return transport;
    }
}
