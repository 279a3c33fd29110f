using System.Security.Cryptography;
using Cocoon.Host.Keys;
using Cocoon.Ton.Crypto;

namespace Cocoon.Tests.Host.Keys;

public sealed class WalletFileTests : IDisposable
{
    private const int FewIterations = SealedSeed.MinIterations;
    private static readonly byte[] Seed = SHA256.HashData("wallet"u8);
    private readonly string folder = Directory.CreateTempSubdirectory("cocoon-wallet").FullName;

    private string FilePath => Path.Combine(folder, "treasury.wallet");

    [Theory]
    [InlineData((int)WalletKind.HighloadV3, (int)TonNetwork.Mainnet)]
    [InlineData((int)WalletKind.V5R1, (int)TonNetwork.Mainnet)]
    [InlineData((int)WalletKind.V5R1, (int)TonNetwork.Testnet)]
    [InlineData((int)WalletKind.V4R2, (int)TonNetwork.Mainnet)]
    [InlineData((int)WalletKind.V3R2, (int)TonNetwork.Testnet)]
    public void AWalletComesBackFromItsFile(int kind, int network)
    {
        WalletFile wallet = WalletFile.Create((WalletKind)kind, (TonNetwork)network, 3_600, Seed, null);
        wallet.Save(FilePath);
        WalletFile loaded = WalletFile.Load(FilePath);
        Assert.Equal((wallet.Kind, wallet.Network, wallet.Contract.Address), (loaded.Kind, loaded.Network, loaded.Contract.Address));
        using Ed25519PrivateKey key = loaded.OpenKey(FilePath, () => throw new InvalidOperationException("asked for a passphrase"));
        Assert.Equal(wallet.Contract.PublicKey.ToArray(), key.PublicKey.ToArray());
    }

    [Fact]
    public void ASealedWalletOpensWithItsPassphraseOnly()
    {
        WalletFile.Create(WalletKind.HighloadV3, TonNetwork.Mainnet, 3_600, Seed, "correct horse"u8.ToArray(), FewIterations).Save(FilePath);
        Assert.DoesNotContain(Convert.ToHexStringLower(Seed), File.ReadAllText(FilePath), StringComparison.Ordinal);
        WalletFile loaded = WalletFile.Load(FilePath);
        Assert.True(loaded.IsSealed);
        using (loaded.OpenKey(FilePath, () => "correct horse"u8.ToArray()))
        {
        }

        Assert.Throws<KeyFileException>(() => loaded.OpenKey(FilePath, () => "another"u8.ToArray()));
    }

    [Fact]
    public void OnlyItsOwnerMayReadTheFile()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes");
        if (OperatingSystem.IsWindows())
            return;
        WalletFile.Create(WalletKind.V5R1, TonNetwork.Mainnet, 0, Seed, null).Save(FilePath);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Throws<KeyFileException>(() => WalletFile.Load(FilePath));
    }

    [Theory]
    [InlineData("\"version\":1", "\"version\":2")]
    [InlineData("\"highloadv3\"", "\"v9\"")]
    [InlineData("\"highloadv3\"", "\"v5r1\"")]
    [InlineData("\"mainnet\"", "\"othernet\"")]
    [InlineData("\"timeoutSeconds\":3600", "\"timeoutSeconds\":3601")]
    [InlineData("\"address\":\"0:", "\"address\":\"1:")]
    [InlineData("\"seed\"", "\"sead\"")]
    [InlineData("{", "[")]
    public void AChangedFileIsRefused(string from, string to)
    {
        WalletFile.Create(WalletKind.HighloadV3, TonNetwork.Mainnet, 3_600, Seed, null).Save(FilePath);
        string text = File.ReadAllText(FilePath);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(FilePath, text.Replace(from, to, StringComparison.Ordinal));
        Assert.Throws<KeyFileException>(() => WalletFile.Load(FilePath));
    }

    [Fact]
    public void AnotherSeedInTheFileIsNoticed()
    {
        WalletFile.Create(WalletKind.V4R2, TonNetwork.Mainnet, 0, Seed, null).Save(FilePath);
        string other = Convert.ToHexStringLower(SHA256.HashData("other"u8));
        File.WriteAllText(FilePath, File.ReadAllText(FilePath).Replace(Convert.ToHexStringLower(Seed), other, StringComparison.Ordinal));
        Assert.Throws<KeyFileException>(() => WalletFile.Load(FilePath).OpenKey(FilePath, () => []));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
