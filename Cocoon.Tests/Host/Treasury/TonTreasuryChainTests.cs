using System.Security.Cryptography;
using System.Text;
using Cocoon.Actors.Ports;
using Cocoon.Host.Keys;
using Cocoon.Host.Treasury;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Tests.Ton.Chain;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Chain.Toncenter;
using Cocoon.Ton.Crypto;
using Cocoon.Ton.Jettons;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;

namespace Cocoon.Tests.Host.Treasury;

/// <summary>The treasury's port on a chain with a real TVM.</summary>
public sealed class TonTreasuryChainTests
{
    private const long Now = 1_760_000_000;
    private static readonly NanoTon SelfMessage = new(500_000_000);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ABatchIsSentOnceReadBackAndEveryNanoIsAccountedFor(bool highload)
    {
        WalletKind kind = highload ? WalletKind.HighloadV3 : WalletKind.V5R1;
        await using SandboxProcess sandbox = await TonSandbox.StartAsync(TonSandbox.Immediate with { ManualTime = Now });
        using ToncenterClient client = sandbox.Open();
        using OpenWallet wallet = WalletOf(kind, "payer");
        TonTreasuryChain treasury = new(client, WalletV5R1.Mainnet, [wallet], TimeProvider.System);
        WalletReading empty = await treasury.ReadAsync(0, null, default);
        Assert.Equal((false, NanoTon.Zero, 0), (empty.IsDeployed, empty.Balance, empty.Transactions.Count));

        string account = new('a', 64);
        await sandbox.FaucetAsync(wallet.Contract.Address, Coins.Parse("20"), account);
        BatchPayout[] payouts = [.. Enumerable.Range(1, 12).Select(number => new BatchPayout(
            PayeeOf(number) with { IsBounceable = number == 12 }, new NanoTon(number * 10_000_000L), number % 2 == 0 ? $"payout {number}" : ""))];
        BatchRequest request = new(0, Now - 30, payouts, SelfMessage, Deploy: true) { AnchorComment = "heads" };
        PreparedBatch batch = treasury.Prepare(0, request);
        Assert.True(batch.Message.Span.SequenceEqual(treasury.Prepare(0, request).Message.Span));
        BatchFees fees = await treasury.EstimateFeesAsync(0, default);

        Assert.Equal(BatchSendVerdict.Accepted, (await treasury.SendAsync(0, batch.Message, default)).Verdict);
        BatchSendAnswer again = await treasury.SendAsync(0, batch.Message, default);
        Assert.Equal((BatchSendVerdict.Refused, kind == WalletKind.HighloadV3 ? 36 : 133), (again.Verdict, again.ExitCode));

        WalletReading reading = await treasury.ReadAsync(0, null, default);
        AssertBalances(reading);
        WalletTransaction deposit = reading.Transactions[0];
        TransferReceived received = Assert.IsType<TransferReceived>(deposit.Incoming);
        Assert.Equal((new NanoTon(20 * NanoTon.PerTon), account, false, false), (received.Amount, received.Comment, received.IsBounced, received.IsJetton));
        Assert.Null(deposit.Previous);

        WalletTransaction requested = reading.Transactions[1];
        Assert.Equal(new RequestReceived(batch.BodyHash, 0, Now - 30), requested.Incoming);
        WalletTransaction paid = kind == WalletKind.HighloadV3 ? reading.Transactions[2] : requested;
        if (kind == WalletKind.HighloadV3)
            Assert.Equal(0, Assert.IsType<BatchReceived>(paid.Incoming).Sequence);
        Assert.Equal((true, 0), (paid.Succeeded, paid.ExitCode));
        Assert.Equal(
            payouts.Select(payout => (payout.Destination with { IsBounceable = false }, payout.Amount, payout.Comment)),
            paid.Sent.Take(12).Select(sent => (sent.Destination, sent.Amount, sent.Comment)));
        Assert.Equal((wallet.Description.Address.Account, "heads"), (paid.Sent[12].Destination.Account, paid.Sent[12].Comment));
        Assert.Contains(reading.Transactions, one => one.Incoming is TransferReceived { Comment: "heads" });

        // The bounceable payee is not deployed: its coins came back, less what the way cost.
        TransferReceived bounced = Assert.Single(reading.Transactions.Select(one => one.Incoming).OfType<TransferReceived>(), one => one.IsBounced);
        Assert.True(bounced.Sender.IsSameAccount(payouts[11].Destination));
        Assert.InRange(bounced.Amount.Value, 100_000_000, 119_999_999);

        // The estimate is above the measured cost, by less than one order of magnitude.
        long cost = reading.Transactions.Skip(1).Sum(one => one.Cost.Value);
        long estimate = fees.PerBatch.Value + (12 * fees.PerPayout.Value);
        Assert.InRange(estimate, cost, 10 * cost);

        // Nothing new after the newest; the sequence number is read at the same moment.
        WalletReading nothing = await treasury.ReadAsync(0, reading.Transactions[^1].Point, default);
        Assert.Empty(nothing.Transactions);
        Assert.Equal(kind == WalletKind.V5R1 ? 1 : 0, nothing.Sequence);
    }

    [Fact]
    public async Task ABatchThatTheWalletCannotPayFailsAsAWholeFromAHighloadWallet()
    {
        await using SandboxProcess sandbox = await TonSandbox.StartAsync(TonSandbox.Immediate with { ManualTime = Now });
        using ToncenterClient client = sandbox.Open();
        using OpenWallet wallet = WalletOf(WalletKind.HighloadV3, "poor");
        TonTreasuryChain treasury = new(client, WalletV5R1.Mainnet, [wallet], TimeProvider.System);
        await sandbox.FaucetAsync(wallet.Contract.Address, Coins.Parse("2"));
        BatchPayout[] payouts = [.. Enumerable.Range(1, 3).Select(number => new BatchPayout(PayeeOf(number), new NanoTon(NanoTon.PerTon), ""))];
        PreparedBatch batch = treasury.Prepare(0, new BatchRequest(5, Now - 30, payouts, SelfMessage, Deploy: true));
        Assert.Equal(BatchSendVerdict.Accepted, (await treasury.SendAsync(0, batch.Message, default)).Verdict);
        WalletReading reading = await treasury.ReadAsync(0, null, default);
        AssertBalances(reading);
        WalletTransaction failed = Assert.Single(reading.Transactions, one => one.Incoming is BatchReceived);
        Assert.Equal((5L, false, 37), (((BatchReceived)failed.Incoming).Sequence, failed.Succeeded, failed.ExitCode));
        Assert.Empty(failed.Sent);
    }

    [Fact]
    public async Task JettonsStrangersAndForgedBatchesAreToldApart()
    {
        await using SandboxProcess sandbox = await TonSandbox.StartAsync(TonSandbox.Immediate with { ManualTime = Now });
        using ToncenterClient client = sandbox.Open();
        using OpenWallet treasury = WalletOf(WalletKind.HighloadV3, "treasury");
        using OpenWallet stranger = WalletOf(WalletKind.V5R1, "stranger");
        await sandbox.FaucetAsync(stranger.Contract.Address, Coins.Parse("5"));
        Cell notification = new JettonNotification(1, Coins.FromNano(5_000_000), stranger.Contract.Address, Comment.Create("usd")).ToCell();
        Cell forged = CellBuilder.BeginCell().StoreUInt(0xae42e5a4, 32).StoreUInt(3, 64).StoreRef(Cell.Empty).EndCell();
        Cell binary = CellBuilder.BeginCell().StoreUInt(0, 32).StoreUInt(0xff, 8).StoreUInt(1, 8).EndCell();
        WalletV5R1 from = (WalletV5R1)stranger.Contract;
        Cell body = from.CreateTransfer(
            0,
            (uint)Now + 60,
            [.. new[] { notification, forged, binary, Comment.Create(new string('x', 300)) }.Select(one => new OutgoingMessage(
                Message.Internal(treasury.Contract.Address, Coins.Parse("0.1"), bounce: false, one), SendMode.PayFeesSeparately))]).Sign(stranger.Key!);
        Assert.Equal(SendVerdict.Accepted, (await client.SendAsync(from.CreateExternal(body, deploy: true).ToCell())).Verdict);

        TonTreasuryChain chain = new(client, WalletV5R1.Mainnet, [treasury], TimeProvider.System);
        TransferReceived[] seen = [.. (await chain.ReadAsync(0, null, default)).Transactions.Select(one => Assert.IsType<TransferReceived>(one.Incoming))];
        Assert.All(seen, one => Assert.True(one.Sender.IsSameAccount(stranger.Description.Address)));
        Assert.Equal([true, false, false, false], seen.Select(one => one.IsJetton));
        Assert.Equal(["", "", "", new string('x', 200)], seen.Select(one => one.Comment));
    }

    [Fact]
    public async Task AnotherNetworkAnUnreachableOneAndALostHistoryAreToldApart()
    {
        await using SandboxProcess sandbox = await TonSandbox.StartAsync(TonSandbox.Immediate with { ManualTime = Now });
        using ToncenterClient client = sandbox.Open();
        using OpenWallet wallet = WalletOf(WalletKind.HighloadV3, "treasury");
        TonTreasuryChain wrong = new(client, WalletV5R1.Testnet, [wallet], TimeProvider.System);
        TreasuryContradictionException refused = await Assert.ThrowsAsync<TreasuryContradictionException>(async () => await wrong.ReadAsync(0, null, default));
        Assert.Contains("mainnet (-239)", refused.Message, StringComparison.Ordinal);

        await sandbox.FaucetAsync(wallet.Contract.Address, Coins.Parse("1"));
        TonTreasuryChain right = new(client, WalletV5R1.Mainnet, [wallet], TimeProvider.System);
        ChainPoint known = (await right.ReadAsync(0, null, default)).Transactions[0].Point;
        ChainPoint other = known with { Hash = Bytes32.From(new byte[32]) };
        await Assert.ThrowsAsync<TreasuryContradictionException>(async () => await right.ReadAsync(0, other, default));

        using ToncenterClient nowhere = new(new ToncenterOptions { Endpoints = [new ToncenterEndpoint(new Uri("http://127.0.0.1:1"))], AttemptsMax = 1 });
        TonTreasuryChain unreachable = new(nowhere, WalletV5R1.Mainnet, [wallet], TimeProvider.System);
        await Assert.ThrowsAsync<TreasuryUnavailableException>(async () => await unreachable.ReadAsync(0, null, default));
        await Assert.ThrowsAsync<TreasuryUnavailableException>(async () => await unreachable.EstimateFeesAsync(0, default));
        PreparedBatch batch = right.Prepare(0, new BatchRequest(0, Now, [new BatchPayout(PayeeOf(1), new NanoTon(1), "")], SelfMessage, Deploy: true));
        Assert.Equal(BatchSendVerdict.Unknown, (await unreachable.SendAsync(0, batch.Message, default)).Verdict);
    }

    /// <summary>The balance follows from the transactions: received less sent less cost.</summary>
    private static void AssertBalances(WalletReading reading)
    {
        long balance = 0;
        ChainPoint? previous = null;
        foreach (WalletTransaction transaction in reading.Transactions)
        {
            long received = transaction.Incoming switch
            {
                TransferReceived transfer => transfer.Amount.Value,
                BatchReceived batch => batch.Amount.Value,
                _ => 0,
            };
            balance += received - transaction.Sent.Sum(sent => sent.Amount.Value) - transaction.Cost.Value;
            Assert.Equal(previous, transaction.Previous);
            previous = transaction.Point;
        }

        Assert.Equal(reading.Balance.Value, balance);
    }

    private static OpenWallet WalletOf(WalletKind kind, string name)
    {
        byte[] seed = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        return OpenWallet.Of(WalletFile.Create(kind, TonNetwork.Mainnet, 3_600, seed, null), Ed25519PrivateKey.FromSeed(seed));
    }

    private static WalletAddress PayeeOf(int number) => new(0, Bytes32.From(SHA256.HashData(BitConverter.GetBytes(number))));
}
