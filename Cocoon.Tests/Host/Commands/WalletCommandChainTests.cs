using System.CommandLine;
using Cocoon.Host.Commands.Wallet;
using Cocoon.Host.Keys;
using Cocoon.Host.Treasury;
using Cocoon.Tests.Ton.Chain;
using Cocoon.Ton;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Chain.Toncenter;
using Cocoon.Ton.Messages;

namespace Cocoon.Tests.Host.Commands;

/// <summary>The commands themselves, from making a wallet to sending from it, on the sandbox chain.</summary>
public sealed class WalletCommandChainTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cocoon-wallets").FullName;

    [Fact]
    public async Task AWalletIsMadeFundedDeployedAndSentFrom()
    {
        await using SandboxProcess sandbox = await TonSandbox.StartAsync(new SandboxOptions { BlockTime = TimeSpan.FromMilliseconds(50) });
        using ToncenterClient chain = sandbox.Open();
        string passphrase = Path.Combine(folder, "passphrase");
        PrivateFiles.Create(passphrase, "correct horse\n");
        Address payee = await MakeAsync("payee", "V5R1", passphrase);
        Address treasury = await MakeAsync("treasury", "HighloadV3", passphrase);
        string[] withChain = ["--endpoint", sandbox.Uri.ToString(), "--passphrase-file", passphrase];

        // Nothing in it: refused before anything is sent.
        Assert.Equal(1, await RunAsync(["deploy", "treasury", .. withChain]));
        await sandbox.FaucetAsync(treasury, Coins.Parse("3"));
        await WaitForAsync(chain, treasury, account => account.Balance == Coins.Parse("3"));
        Assert.Equal(0, await RunAsync("balance", "treasury", "--endpoint", sandbox.Uri.ToString(), "--json"));
        Assert.Equal(0, await RunAsync(["deploy", "treasury", .. withChain]));
        Assert.Equal(1, await RunAsync(["deploy", "treasury", .. withChain]));

        // Half of the messages get lost on the way: the same bytes are sent again, and pay once.
        await sandbox.LoseAsync(500);
        string[] send = ["send", "treasury", "--to", payee.ToString(bounceable: false), "--amount", "1.25", "--comment", "rent", "--yes", .. withChain];
        Assert.Equal(0, await RunAsync(send));
        await sandbox.LoseAsync(0);
        await WaitForAsync(chain, payee, account => account.LastTransaction is not null);
        AccountHistory seen = await AccountHistory.ReadAsync(chain, payee, known: null);
        Message paid = Assert.Single(seen.Transactions).InMessage!.Value.Message;
        Assert.Equal(Coins.Parse("1.25"), Assert.IsType<InternalMessageInfo>(paid.Info).Value.Coins);
        Assert.True(Comment.TryRead(paid.Body, out string? comment));
        Assert.Equal("rent", comment);

        // Asked on no terminal, without the passphrase, with a wrong one, over the balance, to a mistyped address.
        Assert.Equal(1, await RunAsync([.. send.Where(word => word is not "--yes")]));
        Assert.Equal(1, await RunAsync("send", "treasury", "--to", send[3], "--amount", "1", "--yes", "--endpoint", sandbox.Uri.ToString()));
        string wrong = Path.Combine(folder, "wrong");
        PrivateFiles.Create(wrong, "incorrect horse\n");
        Assert.Equal(1, await RunAsync([.. send.Select(word => string.Equals(word, passphrase, StringComparison.Ordinal) ? wrong : word)]));
        Assert.Equal(1, await RunAsync([.. send.Select(word => word is "1.25" ? "1.72" : word)]));
        Assert.Equal(1, await RunAsync([.. send.Select((word, index) => index == 3 ? word[..^1] + (word[^1] == 'A' ? 'B' : 'A') : word)]));

        // A service holds the wallet: sending by hand would stop its payouts.
        await using (OpenWallet.Hold(Path.Combine(folder, "treasury.wallet")))
            Assert.Equal(1, await RunAsync(send));
        Assert.Single((await AccountHistory.ReadAsync(chain, payee, known: null)).Transactions);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<Address> MakeAsync(string name, string kind, string passphrase)
    {
        string words = Path.Combine(folder, name + ".words");
        Assert.Equal(0, await RunAsync("new", name, "--wallet", kind, "--words-to", words, "--passphrase-file", passphrase));
        return WalletFile.Load(Path.Combine(folder, name + ".wallet")).Contract.Address;
    }

    private static Task WaitForAsync(ITonChain chain, Address address, Func<AccountSnapshot, bool> condition)
        => Waiting.UntilAsync(async () => condition(await chain.GetAccountAsync(address)));

    private Task<int> RunAsync(params string[] arguments) =>
        new RootCommand { WalletCommand.Create() }.Parse(["wallet", .. arguments, "--folder", folder]).InvokeAsync();
}
