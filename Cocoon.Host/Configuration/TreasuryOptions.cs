using Cocoon.Actors.Ledger;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Configuration;

/// <summary>A proxy's wallets on the TON chain: section <c>treasury</c>.</summary>
/// <param name="Enabled">Whether there is a treasury.</param>
/// <param name="Network">The network of wallets and servers.</param>
/// <param name="WalletFiles">Wallet files; a place in the list is the wallet's number in the journal.</param>
/// <param name="PayoutWallet">The place of the one that pays.</param>
/// <param name="Passphrase">Where its passphrase comes from.</param>
/// <param name="Endpoints">Servers; empty: the public ones.</param>
/// <param name="DepositMin">Least deposit that is credited.</param>
/// <param name="ScanPeriod">How often the wallets are read.</param>
/// <param name="Sweep">When shards send earnings to the treasury.</param>
/// <param name="Payouts">How workers are paid.</param>
/// <param name="Explorer">Where people look at a transaction: a format with <c>{0}</c> for its hash.</param>
internal sealed record TreasuryOptions(
    bool Enabled,
    TonNetwork Network,
    IReadOnlyList<string> WalletFiles,
    int PayoutWallet,
    PassphraseOptions Passphrase,
    IReadOnlyList<TreasuryEndpointOptions> Endpoints,
    NanoTon DepositMin,
    TimeSpan ScanPeriod,
    SweepOptions Sweep,
    TreasuryPayoutOptions Payouts,
    string Explorer)
{
    private const string HashPlace = "{0}";

    public static TreasuryOptions Read(SettingsReader treasury)
    {
        TonNetwork network = treasury.Choice<TonNetwork>("network");
        SettingsReader deposits = treasury.Section("deposits");
        IReadOnlyList<string> files = [.. treasury.Texts("wallet-files").Select(Path.GetFullPath)];
        if (files.Count == 0)
            treasury.Problem("wallet-files", "must name at least one wallet file (cocoon wallet new)");
        if (files.Distinct(StringComparer.Ordinal).Count() != files.Count)
            treasury.Problem("wallet-files", "names a file twice");
        string explorer = treasury.OptionalText("explorer")
            ?? (network == TonNetwork.Mainnet ? "https://tonviewer.com/transaction/{0}" : "https://testnet.tonviewer.com/transaction/{0}");
        if (!explorer.Contains(HashPlace, StringComparison.Ordinal))
            treasury.Problem("explorer", "must hold {0} where the transaction's hash goes");
        return new TreasuryOptions(
            treasury.Flag("enabled"),
            network,
            files,
            (int)treasury.Integer("payout-wallet", 0, Math.Max(0, files.Count - 1)),
            PassphraseOptions.Read(treasury.Section("passphrase")),
            [.. treasury.Entries("endpoints").Select(entry => TreasuryEndpointOptions.Read(entry.Settings))],
            deposits.Ton("minimum"),
            deposits.Duration("scan-period", TimeSpan.FromMilliseconds(50), TimeSpan.FromHours(1)),
            SweepOf(treasury.Section("sweep")),
            TreasuryPayoutOptions.Read(treasury.Section("payouts")),
            explorer);
    }

    private static SweepOptions SweepOf(SettingsReader sweep) => new()
    {
        Period = sweep.Duration("period", TimeSpan.FromMilliseconds(50), TimeSpan.FromDays(1)),
        Threshold = sweep.Ton("threshold"),
        Age = sweep.Duration("age", TimeSpan.Zero, TimeSpan.FromDays(366)),
        CommissionThreshold = sweep.Ton("commission"),
    };

    /// <summary>Where people look at a transaction.</summary>
    public static string LinkOf(string explorer, string transaction) => explorer.Replace(HashPlace, transaction, StringComparison.Ordinal);
}

/// <summary>Where a passphrase comes from: at most one of the three.</summary>
/// <param name="File">A private file.</param>
/// <param name="Descriptor">An open file descriptor.</param>
/// <param name="Credential">The name of a systemd credential.</param>
internal sealed record PassphraseOptions(string? File, int? Descriptor, string? Credential)
{
    public static PassphraseOptions Read(SettingsReader settings)
    {
        PassphraseOptions options = new(
            settings.OptionalText("file") is null ? null : SettingsFiles.Path(settings, "file"),
            settings.OptionalText("descriptor") is null ? null : (int)settings.Integer("descriptor", 0, 1_048_575),
            settings.OptionalText("credential"));
        int named = (options.File is null ? 0 : 1) + (options.Descriptor is null ? 0 : 1) + (options.Credential is null ? 0 : 1);
        if (named > 1)
            settings.Problem("file", "is one of file, descriptor and credential, of which only one can be set");
        if (options.Credential is { } name && (name.Length == 0 || name.AsSpan().ContainsAny('/', '\\', '\0') || name is "." or ".."))
            settings.Problem("credential", "must be the name of a file in $CREDENTIALS_DIRECTORY");
        return options;
    }
}

/// <summary>A server of the toncenter v2 API.</summary>
/// <param name="Url">Where its methods are.</param>
/// <param name="ApiKeyFile">A private file with its key, or null.</param>
/// <param name="RequestsPerSecond">What it grants; 0: what is usual.</param>
/// <param name="UseJsonRpc">Whether to call by JSON-RPC.</param>
internal sealed record TreasuryEndpointOptions(Uri Url, string? ApiKeyFile, int RequestsPerSecond, bool UseJsonRpc)
{
    private static readonly Uri Nowhere = new("http://127.0.0.1:1/");

    public static TreasuryEndpointOptions Read(SettingsReader settings)
    {
        if (!Uri.TryCreate(settings.Text("url"), UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
        {
            settings.Problem("url", "must be an http or https address such as https://toncenter.com/api/v2/");
            url = Nowhere;
        }

        return new TreasuryEndpointOptions(
            url,
            settings.OptionalText("api-key-file") is null ? null : SettingsFiles.Path(settings, "api-key-file"),
            (int)settings.Integer("requests-per-second", 0, 100_000),
            settings.Flag("json-rpc"));
    }
}
