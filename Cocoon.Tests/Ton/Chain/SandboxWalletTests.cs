using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cocoon.Host.Treasury;
using Cocoon.Ton;
using Cocoon.Ton.Accounts;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Chain.Toncenter;
using Cocoon.Ton.Crypto;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;

namespace Cocoon.Tests.Ton.Chain;

/// <summary>Wallets on a chain with a real TVM: deployed, paid from, replayed, and seen by the official client too.</summary>
public sealed class SandboxWalletTests(SandboxWalletTests.SharedSandbox shared) : IClassFixture<SandboxWalletTests.SharedSandbox>, IAsyncLifetime
{
    private const uint Now = 1_760_000_000;

    private readonly Ed25519PrivateKey key = Ed25519PrivateKey.FromSeed(SHA256.HashData("sandbox"u8));
    private SandboxProcess? sandbox;
    private ToncenterClient? client;

    private Bits256 PublicKey => new(key.PublicKey);

    public async ValueTask InitializeAsync()
    {
        sandbox = await shared.GetAsync();
        client = sandbox.Open(time: PatientTime.Instance);
    }

    public ValueTask DisposeAsync()
    {
        key.Dispose();
        client?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task WalletV3R2DeploysAndPays()
    {
        WalletV3R2 wallet = new(PublicKey);
        await DeployAndPayAsync(wallet, (seqno, messages) => wallet.CreateTransfer(seqno, Now + 600, messages), replayExitCode: 33);
    }

    [Fact]
    public async Task WalletV4R2DeploysAndPays()
    {
        WalletV4R2 wallet = new(PublicKey);
        await DeployAndPayAsync(wallet, (seqno, messages) => wallet.CreateTransfer(seqno, Now + 600, messages), replayExitCode: 33);
    }

    [Fact]
    public async Task WalletV5R1DeploysAndPaysAndTheOfficialClientSeesTheSame()
    {
        WalletV5R1 wallet = new(PublicKey);
        await DeployAndPayAsync(wallet, (seqno, messages) => wallet.CreateTransfer(seqno, Now + 600, messages), replayExitCode: 133);

        JsonElement official = await TonSandbox.AskOfficialClientAsync(sandbox!, wallet.Address);
        AccountHistory ours = await AccountHistory.ReadAsync(client!, wallet.Address, null);
        Assert.Equal(official.Text("balance"), $"{ours.Account.Balance.Nano}");
        Assert.Equal("active", official.Text("state"));
        Assert.Equal(2, official.GetProperty("seqno").GetInt32());
        Assert.Equal(
            string.Join(' ', official.GetProperty("transactions").EnumerateArray().Select(seen =>
                $"{seen.Text("lt")}:{seen.Text("hash")}:{seen.GetProperty("outMessages").GetInt32()}")),
            string.Join(' ', ours.Transactions.Reverse().Select(seen => $"{seen.Lt}:{seen.Hash}:{seen.OutMessages.Count}")));
        Assert.Equal(official.GetProperty("latestSeqno").GetUInt32(), await client!.GetMasterchainSeqnoAsync());
    }

    [Fact]
    public async Task HighloadV3PaysABatchOf254Once()
    {
        HighloadWalletV3 wallet = new(PublicKey);
        await sandbox!.FaucetAsync(wallet.Address, Coins.Parse("100"));
        OutgoingMessage[] payouts = [.. Enumerable.Range(1, 254).Select(number => new OutgoingMessage(
            Message.Internal(
                new Address(0, new Bits256(SHA256.HashData(Encoding.UTF8.GetBytes($"worker {number}")))), Coins.FromNano(10_000_000 + number), bounce: false),
            SendMode.PayFeesSeparately))];
        HighloadQueryId queryId = HighloadQueryId.FromSequence(4_711);
        Cell external = wallet.CreateExternal(wallet.CreateBatch(queryId, Now - 30, payouts, Coins.Parse("1")).Sign(key), deploy: true).ToCell();

        FeeEstimate fee = await client!.EstimateFeeAsync(Message.FromCell(external));
        Assert.InRange(fee.Total.Nano, (UInt128)1, Coins.Parse("1").Nano);
        Assert.Equal(SendVerdict.Accepted, (await client.SendAsync(external)).Verdict);
        Assert.Equal(new SendResult(SendVerdict.Rejected, 36, ""), (await client.SendAsync(external)) with { Detail = "" });

        AccountHistory history = await AccountHistory.ReadAsync(client, wallet.Address, null);
        Assert.Equal(3, history.Transactions.Count);
        Transaction requested = history.Transactions[1];
        Assert.True(HighloadRequest.TryRead(requested.InMessage!.Value.Message.Body, out HighloadRequest? request));
        Assert.Equal((queryId, (ulong)(Now - 30)), (request.QueryId, request.CreatedAt));
        Assert.Equal(Message.FromCell(external).NormalizedHash, requested.InMessage.Value.Message.NormalizedHash);
        Assert.Single(requested.OutMessages);

        Transaction paid = history.Transactions[2];
        Assert.True(HighloadRequest.TryReadBatch(paid.InMessage!.Value.Message.Body, out HighloadQueryId paidId, out IReadOnlyList<OutgoingMessage>? asked));
        Assert.Equal((queryId, 254), (paidId, asked.Count));
        Assert.True(paid.Description.Action!.Success);
        Assert.Equal(
            payouts.Select(payout => ((InternalMessageInfo)payout.Message.Info).Value.Coins).ToArray(),
            paid.OutMessages.Select(sent => ((InternalMessageInfo)sent.Message.Info).Value.Coins).ToArray());
        GetMethodResult processed = await client.RunGetMethodAsync(
            wallet.Address, "processed?", [new StackItem.Number(queryId.Value), new StackItem.Number(0)]);
        Assert.Equal(-1, processed.Number(0));
    }

    [Fact]
    public async Task ALostMessageIsSentAgainWithTheSameBytesAndTheChainsTimeDecides()
    {
        await using SandboxProcess own = await SharedSandbox.StartAsync();
        using ToncenterClient chain = own.Open(time: PatientTime.Instance);
        HighloadWalletV3 wallet = new(PublicKey, timeoutSeconds: 600);
        await own.FaucetAsync(wallet.Address, Coins.Parse("10"));
        Cell Request(int sequence, long createdAt) => wallet.CreateExternal(
            wallet.CreateTransfer(
                HighloadQueryId.FromSequence(sequence),
                createdAt,
                new OutgoingMessage(Message.Internal(PayeeOf(wallet), Coins.Parse("1"), bounce: false), SendMode.PayFeesSeparately)).Sign(key),
            deploy: true).ToCell();

        // Lost, then sent again with the same bytes.
        await own.LoseAsync(1000);
        Assert.Equal(SendVerdict.Accepted, (await chain.SendAsync(Request(0, Now))).Verdict);
        AccountHistory before = await AccountHistory.ReadAsync(chain, wallet.Address, null);
        Assert.Single(before.Transactions);
        await own.LoseAsync(0);
        Assert.Equal(SendVerdict.Accepted, (await chain.SendAsync(Request(0, Now))).Verdict);
        TransactionId cursor = new(before.Transactions[0].Lt, before.Transactions[0].Hash);
        AccountHistory after = await AccountHistory.ReadAsync(chain, wallet.Address, cursor);
        Assert.Single(Assert.Single(after.Transactions).OutMessages);

        // Created in the chain's future: refused until the time has come; past its timeout: refused for ever.
        Assert.Equal(35, (await chain.SendAsync(Request(1, Now + 50))).ExitCode);
        await own.AdvanceAsync(60);
        Assert.Equal(SendVerdict.Accepted, (await chain.SendAsync(Request(1, Now + 50))).Verdict);
        await own.AdvanceAsync(700);
        Assert.Equal(35, (await chain.SendAsync(Request(2, Now + 50))).ExitCode);
        Assert.Equal(Now + 760, (await chain.GetAccountAsync(wallet.Address)).ChainTime);
    }

    private async Task DeployAndPayAsync(WalletContract wallet, Func<uint, OutgoingMessage[], UnsignedBody> request, int replayExitCode)
    {
        await sandbox!.FaucetAsync(wallet.Address, Coins.Parse("5"), "welcome");
        Address payee = PayeeOf(wallet);
        OutgoingMessage[] payment =
        [
            new(Message.Internal(payee, Coins.Parse("1.5"), bounce: false, Comment.Create("first")), SendMode.PayFeesSeparately),
            new(Message.Internal(payee, Coins.Parse("0.25"), bounce: false), SendMode.PayFeesSeparately),
        ];
        Cell deploy = wallet.CreateExternal(request(0, payment).Sign(key), deploy: true).ToCell();
        Assert.Equal(SendVerdict.Accepted, (await client!.SendAsync(deploy)).Verdict);
        Assert.Equal(replayExitCode, (await client.SendAsync(deploy)).ExitCode);
        Cell again = wallet.CreateExternal(request(1, payment).Sign(key)).ToCell();
        using ToncenterClient byJsonRpc = sandbox.Open(jsonRpc: true, PatientTime.Instance);
        Assert.Equal(SendVerdict.Accepted, (await byJsonRpc.SendAsync(again)).Verdict);
        Assert.Equal(2, (await byJsonRpc.RunGetMethodAsync(wallet.Address, "seqno")).Number(0));

        AccountHistory history = await AccountHistory.ReadAsync(byJsonRpc, wallet.Address, null);
        Assert.Equal(AccountStatus.Active, history.Account.Status);
        Assert.Equal(wallet.Init.Code!.Hash, history.Account.Code!.Hash);
        Assert.Equal(3, history.Transactions.Count);
        Assert.True(Comment.TryRead(history.Transactions[0].InMessage!.Value.Message.Body, out string? welcome));
        Assert.Equal("welcome", welcome);
        foreach (Transaction transaction in history.Transactions.Skip(1))
        {
            Assert.Equal(
                [Coins.Parse("1.5"), Coins.Parse("0.25")],
                transaction.OutMessages.Select(sent => ((InternalMessageInfo)sent.Message.Info).Value.Coins).ToArray());
        }

        Assert.Equal(4, (await client.GetTransactionsAsync(payee)).Count);
        Assert.Equal(-13, (await client.RunGetMethodAsync(payee, "seqno")).ExitCode);
    }

    private static Address PayeeOf(WalletContract wallet) => new(0, new Bits256(SHA256.HashData(wallet.Address.Hash.AsSpan())));

    /// <summary>One chain for the tests that do not change its time. Started by the first test, so that it can be skipped there.</summary>
    public sealed class SharedSandbox : IAsyncDisposable
    {
        private SandboxProcess? sandbox;

        internal async Task<SandboxProcess> GetAsync() => sandbox ??= await StartAsync();

        public async ValueTask DisposeAsync()
        {
            if (sandbox is not null)
                await sandbox.DisposeAsync();
        }

        internal static Task<SandboxProcess> StartAsync() => TonSandbox.StartAsync(TonSandbox.Immediate with { ManualTime = Now });
    }
}
