using System.Globalization;
using Cocoon.Client.Keys;
using Cocoon.Client.Network;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Identity;
using Cocoon.Tests.Storage;
using Cocoon.Tests.Wire;

namespace Cocoon.Tests.Network;

/// <summary>A proxy and workers as processes of their own, started as an operator starts them, and a client of theirs in this one.</summary>
internal sealed class KilledNetwork : IAsyncDisposable
{
    public const string Model = "cocoon-test";
    public const int Shards = 8;
    public const long FundsTon = 1000;
    private const string Network = "cocoon-local";
    private readonly TemporaryFolder folder = new();
    private readonly ReservedPort port = new();
    private readonly Ed25519Signer account;
    private readonly CocoonProcess[] nodes;
    private readonly List<CocoonProcess> gateways = [];
    private string proxyKey = "";

    private KilledNetwork(int workers)
    {
        KeyFile key = Cocoon.Host.Keys.KeyFile.Create(KeyKind.Account, DateTimeOffset.UtcNow.ToUnixTimeSeconds(), passphrase: null);
        key.Save(folder.File("account.key"));
        account = key.OpenSigner("", () => []);
        nodes = new CocoonProcess[1 + workers];
    }

    public NetworkJobClient Client { get; private set; } = null!;

    public string LedgerFile => folder.File("p/cocoon.db");

    public string KeyFile => folder.File("p/ledger.key");

    /// <summary>Node 0 is the proxy, the others are workers.</summary>
    public int Nodes => nodes.Length;

    public static async Task<KilledNetwork> StartAsync(int workers, string tokenDelay = "3ms")
    {
        KilledNetwork network = new(workers);
        int port = network.port.Port;
        Directory.CreateDirectory(network.folder.File("p"));
        string id = AccountId.Of(network.account.PublicKey).ToString();
        (int code, string output) = await CocoonProcess.RunAsync(
            network.folder.Path, "ledger", "credit", id, FundsTon.ToString(CultureInfo.InvariantCulture), "--file", network.LedgerFile,
            "--network", Network, "--shards", Shards.ToString(CultureInfo.InvariantCulture));
        Assert.True(code == 0, output);
        network.Write("node0.conf", $$"""
            node { name = p, data-folder = "p" }
            log.level = warning
            proxy { listen = ["127.0.0.1:{{port}}"], shards = {{Shards}} }
            jobs.instalment.amount = 0.000002 TON
            """);
        await network.StartNodeAsync(0);
        string proxyKey = network.proxyKey = network.nodes[0].Output.Split("key = \"")[1][..64];
        for (int worker = 1; worker < network.Nodes; worker++)
        {
            network.Write($"node{worker}.conf", $$"""
                node { name = w{{worker}}, data-folder = "w{{worker}}" }
                log.level = warning
                worker.operators.local { seeds = ["127.0.0.1:{{port}}"], key = "{{proxyKey}}" }
                engine { kind = test, test { answer-tokens = 24, first-token-delay = 5ms, token-delay = {{tokenDelay}} } }
                """);
            await network.StartNodeAsync(worker);
        }

        Assert.True(Bytes32.TryParseHex(proxyKey, out Bytes32 key));
        network.Client = NetworkJobClient.Connect(new NetworkClientOptions
        {
            Scope = new Scope(NetworkId.Of(Network), new PublicKey(key)),
            Account = network.account,
            Verifier = new Ed25519Verifier(),
            Nodes = [("127.0.0.1", port)],
        });
        return network;
    }

    public async Task StartNodeAsync(int node)
    {
        nodes[node] = CocoonProcess.Start(folder.Path, node == 0 ? "proxy" : "worker", "--config", $"node{node}.conf");
        await nodes[node].WaitForAsync(node == 0 ? "operators.NAME" : "dials");
    }

    /// <summary>Starts a gateway of the account; its file, by which commands act for the account, and where it listens.</summary>
    public async Task<(string File, Uri Url)> StartGatewayAsync(string name)
    {
        Write($"{name}.conf", $$"""
            node { name = {{name}}, data-folder = "{{name}}" }
            client { account-key-file = "account.key", receipts-folder = null }
            client.operators.local { seeds = ["127.0.0.1:{{port.Port}}"], key = "{{proxyKey}}" }
            gateway.listen = "127.0.0.1:0"
            """);
        CocoonProcess gateway = CocoonProcess.Start(folder.Path, "client", "--config", $"{name}.conf");
        gateways.Add(gateway);
        await gateway.WaitForAsync("Connected");
        const string before = "listens at ";
        return ($"{name}.conf", new Uri(gateway.Output[(gateway.Output.IndexOf(before, StringComparison.Ordinal) + before.Length)..].Split('\n')[0]));
    }

    /// <summary>Runs a command of the program in the network's folder; what it wrote.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        (int code, string output) = await CocoonProcess.RunAsync(folder.Path, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {code}: {output}");
    }

    public Task KillAsync(int node) => nodes[node].KillAsync();

    /// <summary>Ends a node by a signal; gives its exit code.</summary>
    public Task<int> SignalAsync(int node, string name) => nodes[node].SignalAsync(name);

    /// <summary>Stops the proxy as an operator does; what it wrote.</summary>
    public async Task<string> StopProxyAsync()
    {
        Assert.Equal(0, await nodes[0].TerminateAsync());
        return nodes[0].Output;
    }

    public async Task<(int Code, string Output)> VerifyAsync()
        => await CocoonProcess.RunAsync(folder.Path, "ledger", "verify", "--file", LedgerFile, "--json");

    public async ValueTask DisposeAsync()
    {
        if (Client is not null)
            await Client.DisposeAsync();
        foreach (CocoonProcess? node in nodes.Concat(gateways))
            node?.Dispose();
        account.Dispose();
        port.Dispose();
        folder.Dispose();
    }

    private void Write(string name, string text) => File.WriteAllText(folder.File(name), text);
}
