using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Ports;
using Cocoon.Host.Configuration;
using Cocoon.Host.Keys;
using Cocoon.Ton.Chain.Toncenter;
using Cocoon.Ton.Wallets;

namespace Cocoon.Host.Treasury;

/// <summary>What a proxy with a treasury runs on: wallets with their keys, the chain, and how payouts are made.</summary>
internal sealed class TreasuryRuntime : IDisposable
{
    private readonly ToncenterClient client;
    private readonly IReadOnlyList<OpenWallet> wallets;

    private TreasuryRuntime(ToncenterClient client, IReadOnlyList<OpenWallet> wallets, int networkId, PayoutOptions payouts)
    {
        this.client = client;
        this.wallets = wallets;
        Chain = new TonTreasuryChain(client, networkId, wallets, TimeProvider.System);
        Payouts = payouts;
    }

    /// <summary>The wallets on the chain.</summary>
    public ITreasuryChain Chain { get; }

    public PayoutOptions Payouts { get; }

    /// <summary>When shards send earnings to the treasury.</summary>
    public SweepOptions Sweep { get; private init; } = new();

    /// <summary>The ledger's options with what a treasury asks of every stream.</summary>
    public LedgerOptions Apply(LedgerOptions ledger) => ledger with
    {
        Sweep = Sweep,
        WithdrawalMin = Payouts.PayoutMin,
        TestAddressesAllowed = Payouts.TestAddressesAllowed,
    };

    /// <summary>A treasury of wallets that are open already. Takes client and wallets over.</summary>
    public static TreasuryRuntime Of(ToncenterClient client, IReadOnlyList<OpenWallet> wallets, TonNetwork network, PayoutOptions payouts, SweepOptions sweep) =>
        new(client, wallets, NetworkId(network), payouts) { Sweep = sweep };

    /// <summary>
    /// Opens what the configuration names; null when the treasury is off. Throws <see cref="KeyFileException"/> or <see cref="IOException"/>
    /// with what is wrong.
    /// </summary>
    /// <param name="options">The configuration.</param>
    /// <param name="shards">Logical shards of the ledger.</param>
    /// <param name="watchOnly">Opens no key and holds no wallet: for looking beside a running proxy.</param>
    public static TreasuryRuntime? Open(TreasuryOptions options, int shards, bool watchOnly = false)
    {
        if (!options.Enabled)
            return null;
        List<OpenWallet> opened = [];
        ToncenterClient? client = null;
        try
        {
            client = Connect(options);
            Func<byte[]> passphrase = TreasuryPassphrase.Source(options.Passphrase);
            foreach ((int place, string file) in options.WalletFiles.Index())
            {
                int requestSeconds = (int)options.Payouts.RequestTimeout.TotalSeconds;
                opened.Add(watchOnly
                    ? OpenWallet.Watch(file, options.Network, requestSeconds)
                    : OpenWallet.Open(file, options.Network, requestSeconds, place == options.PayoutWallet, passphrase));
            }

            PayoutOptions payouts = PayoutsOf(options, shards);
            return payouts.Problem(opened.Count) is { } problem
                ? throw new IOException($"treasury: {problem}")
                : new TreasuryRuntime(client, opened, NetworkId(options.Network), payouts) { Sweep = options.Sweep };
        }
        catch
        {
            client?.Dispose();
            opened.ForEach(wallet => wallet.Dispose());
            throw;
        }
    }

    /// <summary>A client of the configured servers. Throws <see cref="IOException"/> or <see cref="KeyFileException"/> for a key that cannot be used.</summary>
    public static ToncenterClient Connect(TreasuryOptions options)
    {
        try
        {
            TreasuryEndpointOptions[] named = [.. options.Endpoints];
            if (named.Length == 0)
                named = [new TreasuryEndpointOptions(PublicServer(options.Network), null, 0, UseJsonRpc: false)];
            return new ToncenterClient(new ToncenterOptions { Endpoints = [.. named.Select(EndpointOf)] });
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidDataException)
        {
            throw new IOException($"treasury.endpoints: {fault.Message}", fault);
        }
    }

    /// <summary>The public server of a network.</summary>
    public static Uri PublicServer(TonNetwork network) =>
        new(network == TonNetwork.Mainnet ? "https://toncenter.com/api/v2/" : "https://testnet.toncenter.com/api/v2/");

    /// <inheritdoc/>
    public void Dispose()
    {
        client.Dispose();
        foreach (OpenWallet wallet in wallets)
            wallet.Dispose();
    }

    private static int NetworkId(TonNetwork network) => network == TonNetwork.Mainnet ? WalletV5R1.Mainnet : WalletV5R1.Testnet;

    private static ToncenterEndpoint EndpointOf(TreasuryEndpointOptions options)
    {
        string? key = null;
        if (options.ApiKeyFile is { } file)
        {
            PrivateFiles.RequirePrivate(file, "API key file");
            key = ToncenterEndpoint.ReadKeyFile(file);
        }

        ToncenterEndpoint usual = new(options.Url, key);
        if (options.RequestsPerSecond == 0)
            return new ToncenterEndpoint(options.Url, key) { UseJsonRpc = options.UseJsonRpc, RequestsPerSecond = usual.RequestsPerSecond };
        return new ToncenterEndpoint(options.Url, key)
        {
            UseJsonRpc = options.UseJsonRpc,
            RequestsPerSecond = options.RequestsPerSecond,
            Burst = Math.Max(usual.Burst, options.RequestsPerSecond),
        };
    }

    private static PayoutOptions PayoutsOf(TreasuryOptions options, int shards)
    {
        TreasuryPayoutOptions payouts = options.Payouts;
        return new PayoutOptions(shards)
        {
            PayoutWallet = options.PayoutWallet,
            Threshold = payouts.Threshold,
            Age = payouts.Period,
            PayoutMin = payouts.Minimum,
            // The anchor is one more message of a batch.
            BatchMax = Math.Min(payouts.Batch, BatchBuilder.MaxMessages - (payouts.AnchorPeriod > TimeSpan.Zero ? 1 : 0)),
            GatherPeriod = payouts.GatherPeriod,
            ScanPeriod = options.ScanPeriod,
            AttemptPeriod = payouts.AttemptPeriod,
            DailyOutflowMax = payouts.DailyCap,
            FeePerPayoutMax = payouts.FeeLimit,
            SelfMessageValue = payouts.SelfMessage,
            WalletReserve = payouts.Reserve,
            DepositMin = options.DepositMin,
            AddressDelay = payouts.AddressDelay,
            AnchorPeriod = payouts.AnchorPeriod,
            TestAddressesAllowed = options.Network == TonNetwork.Testnet,
            Comment = payouts.Comment,
        };
    }
}
