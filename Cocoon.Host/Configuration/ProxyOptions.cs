using Cocoon.Host.Configuration.Hocon;

namespace Cocoon.Host.Configuration;

/// <summary>A proxy node: sections <c>proxy</c>, <c>prices</c> and <c>jobs</c> beside the node's own.</summary>
/// <param name="Node">What every role needs.</param>
/// <param name="Listen">Where clients and workers connect, at least one.</param>
/// <param name="Advertise">The address for the cluster map.</param>
/// <param name="OperatorKeyFile">The operator's Ed25519 seed.</param>
/// <param name="NodeKeyFile">This node's Ed25519 seed.</param>
/// <param name="LedgerKeyFile">The ledger's HMAC key.</param>
/// <param name="StorageFile">The ledger's database file.</param>
/// <param name="Shards">Logical shards, 1 to 4,096.</param>
/// <param name="PeerTimeout">Silence after which a connection counts as lost.</param>
/// <param name="DrainTimeout">How long a drain waits for running jobs.</param>
/// <param name="Prices">What clients pay.</param>
/// <param name="Jobs">Bounds of a job's life.</param>
/// <param name="Treasury">Wallets on the chain.</param>
internal sealed record ProxyOptions(
    NodeOptions Node,
    IReadOnlyList<HostPort> Listen,
    HostPort Advertise,
    string OperatorKeyFile,
    string NodeKeyFile,
    string LedgerKeyFile,
    string StorageFile,
    int Shards,
    TimeSpan PeerTimeout,
    TimeSpan DrainTimeout,
    PriceOptions Prices,
    JobOptions Jobs,
    TreasuryOptions Treasury)
{
    /// <summary>Reads and checks the sections. Throws <see cref="ConfigurationException"/> with everything wrong.</summary>
    public static ProxyOptions Read(HoconObject tree)
    {
        SettingsReader root = new(tree);
        SettingsReader proxy = root.Section("proxy");
        SettingsReader storage = proxy.Section("storage");
        IReadOnlyList<HostPort> listen = proxy.Endpoints("listen");
        if (listen.Count == 0)
            proxy.Problem("listen", "must name at least one address such as 0.0.0.0:7700");
        ProxyOptions options = new(
            NodeOptions.Read(root),
            listen,
            proxy.OptionalText("advertise") is null ? (listen.Count > 0 ? listen[0] : default) : proxy.Endpoint("advertise"),
            SettingsFiles.Path(proxy, "operator-key-file"),
            SettingsFiles.Path(proxy, "node-key-file"),
            SettingsFiles.Path(proxy, "ledger-key-file"),
            SettingsFiles.Path(storage, "file"),
            (int)proxy.Integer("shards", 1, 4096),
            proxy.Duration("peer-timeout", TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
            proxy.Duration("drain-timeout", TimeSpan.Zero, TimeSpan.FromHours(1)),
            PriceOptions.Read(root.Section("prices")),
            JobOptions.Read(root.Section("jobs")),
            TreasuryOptions.Read(root.Section("treasury")));
        root.ThrowIfWrong();
        return options;
    }
}
