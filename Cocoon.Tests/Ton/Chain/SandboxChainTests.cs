using System.Security.Cryptography;
using System.Text.Json;
using Cocoon.Host.Treasury;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Chain.Toncenter;

namespace Cocoon.Tests.Ton.Chain;

/// <summary>The sandbox itself: paging, blocks, persistence, configuration.</summary>
public sealed class SandboxChainTests
{
    private static readonly Address Account = new(0, new Bits256(SHA256.HashData("account"u8)));

    [Fact]
    public async Task ALongHistoryIsReadInPagesWithoutGapsAndSurvivesARestart()
    {
        string state = Path.Combine(Path.GetTempPath(), $"ton-sandbox-{Guid.NewGuid():N}.json");
        try
        {
            AccountHistory before;
            await using (SandboxProcess sandbox = await TonSandbox.StartAsync(TonSandbox.Immediate with { StateFile = state }))
            {
                for (int transfer = 1; transfer <= 130; transfer++)
                    await sandbox.FaucetAsync(Account, Coins.FromNano(transfer));
                using ToncenterClient client = sandbox.Open();
                before = await AccountHistory.ReadAsync(client, Account, null);
                Assert.Equal(130, before.Transactions.Count);
                Assert.Equal(Coins.FromNano(1), Value(before, 0));
                TransactionId cursor = new(before.Transactions[9].Lt, before.Transactions[9].Hash);
                Assert.Equal(120, (await AccountHistory.ReadAsync(client, Account, cursor)).Transactions.Count);
                TransactionId last = new(before.Transactions[^1].Lt, before.Transactions[^1].Hash);
                Assert.Empty((await AccountHistory.ReadAsync(client, Account, last)).Transactions);
                await sandbox.SaveAsync();
            }

            await using SandboxProcess again = await TonSandbox.StartAsync(TonSandbox.Immediate with { StateFile = state });
            using ToncenterClient reopened = again.Open();
            AccountHistory after = await AccountHistory.ReadAsync(reopened, Account, null);
            Assert.Equal(before.Transactions.Select(transaction => transaction.Hash), after.Transactions.Select(transaction => transaction.Hash));
            Assert.Equal(before.Account.Balance, after.Account.Balance);
        }
        finally
        {
            File.Delete(state);
        }
    }

    [Fact]
    public async Task BlocksComeByThemselvesAndConfigurationCanBeRead()
    {
        await using SandboxProcess sandbox = await TonSandbox.StartAsync(new SandboxOptions { BlockTime = TimeSpan.FromMilliseconds(50) });
        using ToncenterClient client = sandbox.Open(jsonRpc: true);
        uint seqno = await client.GetMasterchainSeqnoAsync();
        await sandbox.FaucetAsync(Account, Coins.Parse("2"));
        AccountSnapshot account;
        do
        {
            account = await client.GetAccountAsync(Account);
        }
        while (account.LastTransaction is null);

        Assert.Equal("2", account.Balance.ToString());
        Assert.True(await client.GetMasterchainSeqnoAsync() > seqno);
        Assert.True((await client.GetConfigParameterAsync(21)).BitLength > 100);
        await Assert.ThrowsAsync<ChainUnavailableException>(() => OnceAsync(sandbox, chain => chain.GetConfigParameterAsync(9_999)));
        JsonElement stats = await sandbox.StatisticsAsync();
        Assert.Equal(1, stats.GetProperty("transactions").GetInt32());
    }

    private static Coins Value(AccountHistory history, int index) =>
        ((Cocoon.Ton.Messages.InternalMessageInfo)history.Transactions[index].InMessage!.Value.Message.Info).Value.Coins;

    private static async Task OnceAsync(SandboxProcess sandbox, Func<ITonChain, Task> call)
    {
        using ToncenterClient client = new(new ToncenterOptions { Endpoints = [new ToncenterEndpoint(sandbox.Uri)], AttemptsMax = 1 });
        await call(client);
    }
}
