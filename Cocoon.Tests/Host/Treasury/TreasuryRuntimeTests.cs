using System.Security.Cryptography;
using Cocoon.Actors.Ports;
using Cocoon.Host.Configuration;
using Cocoon.Host.Keys;
using Cocoon.Host.Treasury;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Host.Treasury;

/// <summary>What the configuration names is opened, or refused with a reason.</summary>
public sealed class TreasuryRuntimeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cocoon-treasury").FullName;

    [Fact]
    public void ItIsOffUnlessEnabled()
    {
        TreasuryOptions options = Read("");
        Assert.False(options.Enabled);
        Assert.Null(TreasuryRuntime.Open(options, 256));
        Assert.Equal(new NanoTon(NanoTon.PerTon), options.Payouts.Threshold);
        Assert.Null(options.Payouts.DailyCap);
        Assert.Equal("https://tonviewer.com/transaction/ab", TreasuryOptions.LinkOf(options.Explorer, "ab"));
        Assert.EndsWith("treasury.wallet", Assert.Single(options.WalletFiles), StringComparison.Ordinal);
    }

    [Fact]
    public void WalletsPassphraseAndServersAreOpenedAndHeldByOneProcess()
    {
        string treasury = WalletAt("treasury", WalletKind.HighloadV3, TonNetwork.Testnet, null);
        string payer = WalletAt("payer", WalletKind.V5R1, TonNetwork.Testnet, "open sesame");
        string passphrase = FileOf("passphrase", "open sesame\n");
        string key = FileOf("api.key", "0123\n");
        TreasuryOptions options = Read($$"""
            enabled = true, network = testnet, payout-wallet = 1, wallet-files = ["{{treasury}}", "{{payer}}"]
            passphrase.file = "{{passphrase}}"
            endpoints.own { url = "https://ton.example/api/v2", api-key-file = "{{key}}", requests-per-second = 25 }
            payouts { batch = 254, daily-cap = 500 TON, request-timeout = 90s }
            """);
        using (TreasuryRuntime runtime = TreasuryRuntime.Open(options, 64)!)
        {
            Assert.Equal([TreasuryWalletKind.HighloadV3, TreasuryWalletKind.V5R1], runtime.Chain.Wallets.Select(wallet => wallet.Kind));
            Assert.Equal([false, true], runtime.Chain.Wallets.Select(wallet => wallet.CanSend));
            Assert.Equal([3_600, 90], runtime.Chain.Wallets.Select(wallet => wallet.TimeoutSeconds));
            Assert.All(runtime.Chain.Wallets, wallet => Assert.True(wallet.Address.IsTestOnly));
            // One of the 254 messages is kept for the anchor.
            Assert.Equal((64, 1, 253, new NanoTon(500 * NanoTon.PerTon)), (runtime.Payouts.ShardCount, runtime.Payouts.PayoutWallet, runtime.Payouts.BatchMax, runtime.Payouts.DailyOutflowMax));
            Assert.True(runtime.Payouts.TestAddressesAllowed);

            // A second service with the same wallet.
            Assert.Contains("another process uses", Assert.Throws<KeyFileException>(() => TreasuryRuntime.Open(options, 64)).Message, StringComparison.Ordinal);
        }

        TreasuryRuntime.Open(options, 64)!.Dispose();
        Assert.False(TreasuryRuntime.Open(options with { Network = TonNetwork.Testnet }, 64)!.Payouts.Problem(1) is null);
    }

    [Theory]
    [InlineData("network = mainnet", "is a wallet of Testnet, treasury.network is Mainnet")]
    [InlineData("network = testnet, passphrase.file = \"FOLDER/wrong\"", "the passphrase is wrong")]
    [InlineData("network = testnet", "name its passphrase by treasury.passphrase.file")]
    [InlineData("network = testnet, passphrase.file = \"FOLDER/open\"", "mode 0644")]
    [InlineData("network = testnet, passphrase.credential = treasury", "$CREDENTIALS_DIRECTORY is not set")]
    [InlineData("network = testnet, endpoints.own { url = \"https://ton.example\", api-key-file = \"FOLDER/open\" }", "mode 0644")]
    [InlineData("network = testnet, endpoints.own { url = \"http://ton.example\", api-key-file = \"FOLDER/passphrase\" }", "would travel unencrypted")]
    [InlineData("network = testnet, wallet-files = [\"FOLDER/small.wallet\"]", "HighloadV3 or V5R1, not V4R2")]
    [InlineData("network = testnet, wallet-files = [\"FOLDER/none.wallet\"]", "there is no wallet file")]
    public void WhatIsNotRightIsRefused(string text, string expected)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is null, "this runs as a service with credentials");
        string wallet = WalletAt("treasury", WalletKind.HighloadV3, TonNetwork.Testnet, "open sesame");
        WalletAt("small", WalletKind.V4R2, TonNetwork.Testnet, null);
        FileOf("passphrase", "open\n");
        FileOf("wrong", "shut\n");
        File.WriteAllText(Path.Combine(folder, "open"), "open sesame\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(folder, "open"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        TreasuryOptions options = Read($"enabled = true, wallet-files = [\"{wallet}\"]\n{text.Replace("FOLDER", folder, StringComparison.Ordinal)}");
        Exception refused = Assert.ThrowsAny<Exception>(() => TreasuryRuntime.Open(options, 64));
        Assert.True(refused is KeyFileException or IOException, refused.ToString());
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);

        // Nothing stays locked.
        OpenWallet.Open(wallet, TonNetwork.Testnet, 120, canSend: false, () => []).Dispose();
    }

    [Theory]
    [InlineData("wallet-files = []", "treasury.wallet-files must name at least one wallet file")]
    [InlineData("wallet-files = [a, a]", "names a file twice")]
    [InlineData("payout-wallet = 1", "treasury.payout-wallet")]
    [InlineData("network = moon", "must be one of mainnet, testnet")]
    [InlineData("endpoints.x { }", "treasury.endpoints.x.url must be set")]
    [InlineData("endpoints.x.url = \"ftp://ton.example\"", "must be an http or https address")]
    [InlineData("payouts.batch = 255", "from 1 to 254")]
    [InlineData("payouts.threshold = 0 TON", "treasury.payouts.threshold must be above zero")]
    [InlineData("payouts.request-timeout = 10s", "from 60s")]
    [InlineData("passphrase { file = a, credential = b }", "of which only one can be set")]
    [InlineData("passphrase.credential = \"../b\"", "must be the name of a file")]
    [InlineData("explorer = \"https://x.example\"", "must hold {0}")]
    [InlineData("enabled = maybe", "treasury.enabled must be true or false")]
    public void WrongSettingsAreRefusedWithTheirPlace(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<ConfigurationException>(() => Read(text)).Message, StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private TreasuryOptions Read(string text)
    {
        string file = Path.Combine(folder, "main.conf");
        File.WriteAllText(file, $"treasury {{\n{text}\n}}");
        return ProxyOptions.Read(CocoonConfiguration.Load(file, [], new Dictionary<string, string>(StringComparer.Ordinal)).Tree).Treasury;
    }

    private string WalletAt(string name, WalletKind kind, TonNetwork network, string? passphrase)
    {
        string path = Path.Combine(folder, name + ".wallet");
        byte[]? secret = passphrase is null ? null : System.Text.Encoding.UTF8.GetBytes(passphrase);
        WalletFile.Create(kind, network, 3_600, SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)), secret, iterations: SealedSeed.MinIterations).Save(path);
        return path;
    }

    private string FileOf(string name, string text)
    {
        string path = Path.Combine(folder, name);
        PrivateFiles.Create(path, text);
        return path;
    }
}
