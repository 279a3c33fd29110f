using System.Security.Cryptography;
using Cocoon.Host.Commands.Wallet;
using Cocoon.Host.Keys;
using Cocoon.Host.Treasury;
using Cocoon.Tests.Ton.Chain;
using Cocoon.Ton;
using Cocoon.Ton.Accounts;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain.Toncenter;
using Cocoon.Ton.Crypto;
using Cocoon.Ton.Messages;

namespace Cocoon.Tests.Host.Commands;

/// <summary>Sending by hand, on the sandbox chain.</summary>
public sealed class WalletSenderTests
{
    [Fact]
    public async Task EveryWalletDeploysAndSendsByHand()
    {
        await using SandboxProcess sandbox = await TonSandbox.StartAsync(TonSandbox.Immediate);
        using ToncenterClient chain = sandbox.Open();
        foreach (WalletKind kind in Enum.GetValues<WalletKind>())
        {
            byte[] seed = SHA256.HashData([(byte)kind]);
            WalletFile wallet = WalletFile.Create(kind, TonNetwork.Testnet, 3_600, seed, null);
            using Ed25519PrivateKey key = Ed25519PrivateKey.FromSeed(seed);
            WalletSender sender = new(chain, wallet, key, TimeProvider.System);
            FriendlyAddress payee = new(new Address(0, new Bits256(SHA256.HashData(seed))), IsBounceable: false, IsTestOnly: true);

            await Assert.ThrowsAsync<WalletSendException>(() => sender.DeployAsync(default));
            await sandbox.FaucetAsync(wallet.Contract.Address, Coins.Parse("3"));
            if (kind == WalletKind.V4R2)
            {
                Assert.False((await sender.DeployAsync(default)).Description.Aborted);
                await Assert.ThrowsAsync<WalletSendException>(() => sender.DeployAsync(default));
            }

            await Assert.ThrowsAsync<WalletSendException>(() => sender.SendAsync(payee, Coins.Parse("3"), null, default));
            await Assert.ThrowsAsync<WalletSendException>(() => sender.SendAsync(payee with { IsBounceable = true }, Coins.Parse("1"), null, default));
            Transaction sent = await sender.SendAsync(payee, Coins.Parse("1.25"), "by hand", default);
            TransactionMessage message = Assert.Single(sent.OutMessages);
            Assert.Equal(Coins.Parse("1.25"), ((InternalMessageInfo)message.Message.Info).Value.Coins);
            Assert.True(Comment.TryRead(message.Message.Body, out string? comment));
            Assert.Equal("by hand", comment);
            Assert.Equal(AccountStatus.Active, (await chain.GetAccountAsync(wallet.Contract.Address)).Status);
            if (kind == WalletKind.HighloadV3)
                Assert.Single((await sender.SendAsync(payee, Coins.Parse("0.1"), null, default)).OutMessages);
        }
    }

    [Fact]
    public async Task AHighloadWalletDeploysByItself()
    {
        await using SandboxProcess sandbox = await TonSandbox.StartAsync(TonSandbox.Immediate);
        using ToncenterClient chain = sandbox.Open();
        byte[] seed = SHA256.HashData("highload"u8);
        WalletFile wallet = WalletFile.Create(WalletKind.HighloadV3, TonNetwork.Testnet, 3_600, seed, null);
        using Ed25519PrivateKey key = Ed25519PrivateKey.FromSeed(seed);
        await sandbox.FaucetAsync(wallet.Contract.Address, Coins.Parse("1"));
        Transaction deployed = await new WalletSender(chain, wallet, key, TimeProvider.System).DeployAsync(default);
        Assert.False(deployed.Description.Aborted);
        Assert.True((await chain.GetAccountAsync(wallet.Contract.Address)).Balance > Coins.Parse("0.98"));
    }

    [Fact]
    public async Task ATestOnlyAddressIsNotPaidOnTheMainNetwork()
    {
        byte[] seed = SHA256.HashData("main"u8);
        using Ed25519PrivateKey key = Ed25519PrivateKey.FromSeed(seed);
        using ToncenterClient nowhere = new(new ToncenterOptions { Endpoints = [new ToncenterEndpoint(new Uri("http://127.0.0.1:1"))] });
        WalletFile wallet = WalletFile.Create(WalletKind.V5R1, TonNetwork.Mainnet, 0, seed, null);
        WalletSendException refusal = await Assert.ThrowsAsync<WalletSendException>(() => new WalletSender(nowhere, wallet, key, TimeProvider.System)
            .SendAsync(new FriendlyAddress(wallet.Contract.Address, IsBounceable: false, IsTestOnly: true), Coins.Parse("1"), null, default));
        Assert.Contains("test networks", refusal.Message, StringComparison.Ordinal);
    }
}
