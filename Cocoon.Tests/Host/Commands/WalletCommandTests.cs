using System.CommandLine;
using Cocoon.Host.Commands.Wallet;
using Cocoon.Host.Keys;
using Cocoon.Ton.Crypto;

namespace Cocoon.Tests.Host.Commands;

public sealed class WalletCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cocoon-wallets").FullName;

    [Fact]
    public async Task TheWordsOfANewWalletImportTheSameWallet()
    {
        string words = Path.Combine(folder, "words");
        Assert.Equal(0, await RunAsync("new", "treasury", "--words-to", words, "--json"));
        Assert.True(Mnemonic.IsValid(Mnemonic.Split(File.ReadAllText(words))));
        Assert.Equal(0, await RunAsync("import", "again", "--words-file", words));
        WalletFile made = WalletFile.Load(Path.Combine(folder, "treasury.wallet"));
        Assert.Equal(made.Contract.Address, WalletFile.Load(Path.Combine(folder, "again.wallet")).Contract.Address);
        Assert.Equal(WalletKind.HighloadV3, made.Kind);
        Assert.Equal(0, await RunAsync("show", "treasury"));

        // Nothing is overwritten.
        Assert.Equal(1, await RunAsync("new", "treasury", "--words-to", Path.Combine(folder, "more")));
        Assert.Equal(1, await RunAsync("new", "third", "--words-to", words));
        Assert.False(File.Exists(Path.Combine(folder, "third.wallet")));
    }

    [Fact]
    public async Task WordsNeverGoIntoAPipe()
    {
        Assert.SkipUnless(Console.IsOutputRedirected, "standard output is a terminal here");
        Assert.Equal(1, await RunAsync("new", "treasury"));
        Assert.False(File.Exists(Path.Combine(folder, "treasury.wallet")));
    }

    [Fact]
    public async Task WrongWordsNamesAndFilesAreRefused()
    {
        string words = Path.Combine(folder, "words");
        PrivateFiles.Create(words, "abandon abandon abandon");
        Assert.Equal(1, await RunAsync("import", "a", "--words-file", words));
        Assert.Equal(1, await RunAsync("import", "../a", "--words-file", words));
        Assert.Equal(1, await RunAsync("show", "nobody"));
        Assert.Equal(1, await RunAsync("new", "a", "--timeout-seconds", "5", "--words-to", Path.Combine(folder, "w")));
        Assert.Empty(Directory.GetFiles(folder, "*.wallet"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Task<int> RunAsync(params string[] arguments) =>
        new RootCommand { WalletCommand.Create() }.Parse(["wallet", .. arguments, "--folder", folder]).InvokeAsync();
}
