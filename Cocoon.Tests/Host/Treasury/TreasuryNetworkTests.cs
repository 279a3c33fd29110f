using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Runtime;
using Cocoon.Client;
using Cocoon.Client.Keys;
using Cocoon.Client.Network;
using Cocoon.Host.Commands.Demo;
using Cocoon.Host.Keys;
using Cocoon.Host.Treasury;
using Cocoon.Inference.TestEngine;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Ledger;
using Cocoon.Tests.Network;
using Cocoon.Tests.Ton.Chain;
using Cocoon.Ton;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Chain.Toncenter;
using Cocoon.Ton.Crypto;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;

namespace Cocoon.Tests.Host.Treasury;

/// <summary>Money goes in and out of a network over a chain with a real TVM: deposits, withdrawals, pay, suspense, commission.</summary>
public sealed class TreasuryNetworkTests
{
    private static readonly NanoTon One = new(NanoTon.PerTon);

    // 7 TON less the rent of a few nanoTON that the account pays where a second passes between its transactions.
    private const long AllThree = (7 * NanoTon.PerTon) - 1_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnAccountDepositsAndTakesItsMoneyOut(bool highload)
    {
        await using SandboxProcess sandbox = await StartSandboxAsync();
        using TreasuryRuntime treasury = Runtime(sandbox, highload ? WalletKind.HighloadV3 : WalletKind.V5R1);
        await using TestNetwork network = await TestNetwork.StartAsync([], NanoTon.Zero, treasury: treasury);
        NetworkJobClient client = network.NewClient(ceiling: One);
        Address wallet = new WalletV5R1(network.Account.PublicKey.Value.ToBits256()).Address;
        string address = wallet.ToString(bounceable: false);
        using ToncenterClient chain = sandbox.Open();

        // By comment; in capitals and with a prefix too.
        await sandbox.FaucetAsync(AddressOf(treasury), Coins.Parse("3"), client.Account.ToString());
        await sandbox.FaucetAsync(AddressOf(treasury), Coins.Parse("2"), "cocoon:" + client.Account.ToString().ToUpperInvariant());
        await UntilAsync(async () => (await client.GetBalanceAsync()).Available.Value == 5 * NanoTon.PerTon);

        WithdrawalException unknown = await Assert.ThrowsAsync<WithdrawalException>(async () => await client.WithdrawAsync(One, address));
        Assert.Contains("register it first", unknown.Message, StringComparison.Ordinal);
        WithdrawalException testOnly = await Assert.ThrowsAsync<WithdrawalException>(
            async () => await client.RegisterWalletAsync(wallet.ToString(bounceable: false, testOnly: true)));
        Assert.Contains("test networks only", testOnly.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<WithdrawalException>(async () => await client.RegisterWalletAsync("UQ-not-an-address"));
        await client.RegisterWalletAsync(address);
        await Assert.ThrowsAsync<WithdrawalException>(async () => await client.WithdrawAsync(new NanoTon(6 * NanoTon.PerTon), address));
        await Assert.ThrowsAsync<WithdrawalException>(async () => await client.WithdrawAsync(new NanoTon(1), address));

        long number = await client.WithdrawAsync(new NanoTon(1_500_000_000), address);
        Assert.Equal(number, await client.WithdrawAsync(new NanoTon(1_500_000_000), address, number));
        await UntilAsync(async () => (await client.GetWithdrawalsAsync()).Any(one => one.State == WithdrawalState.Paid));
        WithdrawalInfo paid = Assert.Single(await client.GetWithdrawalsAsync());
        Assert.Equal((new NanoTon(1_500_000_000), address, 64), (paid.Amount, paid.Wallet, paid.Transaction.Length));
        await UntilAsync(async () => (await chain.GetAccountAsync(wallet)).LastTransaction is not null);
        AccountHistory seen = await AccountHistory.ReadAsync(chain, wallet, known: null);
        Assert.Equal(Coins.Parse("1.5"), Assert.IsType<InternalMessageInfo>(Assert.Single(seen.Transactions).InMessage!.Value.Message.Info).Value.Coins);
        Assert.Equal(3_500_000_000, (await client.GetBalanceAsync()).Available.Value);
        await AssertAgreesAsync(network, treasury);
    }

    [Fact]
    public async Task AWorkerIsToldWhatBecomesOfItsPay()
    {
        await using SandboxProcess sandbox = await StartSandboxAsync();
        using TreasuryRuntime treasury = Runtime(sandbox);
        await using TestNetwork network = await TestNetwork.StartAsync(
            [(new DeterministicEngine(new TestEngineOptions(), (wait, cancelled) => new ValueTask(Task.Delay(wait, cancelled))), "cocoon-test")],
            NanoTon.Zero,
            worker: (_, settings) => settings with
            {
                PayPeriod = TimeSpan.FromMilliseconds(100),
                Payouts = new Dictionary<Scope, SignedStatement>
                {
                    [settings.Proxies[0].Identity.Scope] = OwnerStatement(settings.Proxies[0].Identity.Signer.PublicKey, settings.Proxies[0].Identity.Scope),
                },
            },
            treasury: treasury);
        await sandbox.FaucetAsync(AddressOf(treasury), Coins.Parse("10"), "cocoon:operator");
        PublicKey worker = (await network.Proxy.Node.Fleet.AskAsync<FleetView>(reply => new DescribeFleet(reply), Waiting.Patience)).Workers[0].Worker;
        ActorRef<ProxyMessage> shard = network.Proxy.Node.Shards.Find(new StreamId(0)).Here!;
        shard.TellControl(new ProxyMessage.ToLedger(LedgerSamples.Earn(network.AccountId, 1, worker, One)));

        HashSet<PayoutPhase> phases = [];
        await UntilAsync(async () =>
        {
            Earnings? pay = (await network.Workers[0].StatusAsync()).Pay[0];
            foreach (PayoutLine line in pay?.Payouts ?? [])
                phases.Add(line.Phase);
            return phases.Contains(PayoutPhase.Paid);
        });
        Earnings last = (await network.Workers[0].StatusAsync()).Pay[0]!;
        PayoutLine payout = Assert.Single(last.Payouts);
        Assert.Equal((NanoTon.PerTon, 32, 32), (payout.AmountNanoTon, payout.Transaction.Length, payout.Message.Length));
        Assert.Equal(36, last.Address.Length);
        await AssertAgreesAsync(network, treasury);
    }

    [Fact]
    public async Task TheOperatorAssignsRefundsAndTakesCommissionThroughTheRunningProxy()
    {
        await using SandboxProcess sandbox = await StartSandboxAsync();
        using TreasuryRuntime treasury = Runtime(sandbox);
        await using TestNetwork network = await TestNetwork.StartAsync([], NanoTon.Zero, treasury: treasury);
        NetworkJobClient client = network.NewClient(ceiling: One);
        string socket = ControlSocket.PathOf(network.Proxy.Setup.LedgerFile);
        await sandbox.FaucetAsync(AddressOf(treasury), Coins.Parse("2"), "for Anna");
        await sandbox.FaucetAsync(AddressOf(treasury), Coins.Parse("1"));
        await sandbox.FaucetAsync(AddressOf(treasury), Coins.Parse("4"), "cocoon:operator");
        await UntilAsync(async () => (int?)(await AskAsync(socket, "treasury"))["suspense"] == 2 && Chain(await AskAsync(socket, "treasury")) > AllThree);

        string[] deposits = [.. Suspense(network).Select(deposit => Convert.ToHexStringLower(deposit.Transaction.Span))];
        Assert.False((bool)(await AskAsync(socket, "assign", ("transaction", new string('0', 64)), ("account", client.Account.ToString())))["ok"]!);
        Assert.True((bool)(await AskAsync(socket, "assign", ("transaction", deposits[0]), ("account", client.Account.ToString()), ("memo", "Anna's")))["ok"]!);
        await UntilAsync(async () => (await client.GetBalanceAsync()).Available.Value == 2 * NanoTon.PerTon);
        Assert.True((bool)(await AskAsync(socket, "refund", ("transaction", deposits[1])))["ok"]!);
        string own = new WalletV5R1(network.Account.PublicKey.Value.ToBits256()).Address.ToString(bounceable: false);
        JsonObject tooMuch = await AskAsync(socket, "commission", ("to", own), ("amount", "40"));
        Assert.Contains("of the commission is free", (string)tooMuch["error"]!, StringComparison.Ordinal);
        Assert.True((bool)(await AskAsync(socket, "commission", ("to", own), ("amount", "1.25"), ("reference", "march")))["ok"]!);
        Assert.True((bool)(await AskAsync(socket, "commission", ("to", own), ("amount", "1.25"), ("reference", "march")))["ok"]!);
        await UntilAsync(() => Task.FromResult(Payouts(network).Count(payout => payout.Standing == PayoutStanding.Paid) == 2));
        Assert.Equal([1_000_000_000, 1_250_000_000], Payouts(network).Select(payout => payout.Request.Amount));
        Assert.Empty(Suspense(network));
        Assert.True((bool)(await AskAsync(socket, "retry"))["ok"]!);
        Assert.Contains("does not know 'dance'", (string)(await AskAsync(socket, "dance"))["error"]!, StringComparison.Ordinal);
        Assert.False((bool)(await AskAsync(socket, "explain", ("transaction", deposits[0])))["ok"]!);
        Assert.False((bool)(await AskAsync(socket, "reopen"))["ok"]!);
        await AssertAgreesAsync(network, treasury);

        // A stranger without the right to the folder cannot even open it.
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(socket));
    }

    private static Task<SandboxProcess> StartSandboxAsync() => TonSandbox.StartAsync(new SandboxOptions { BlockTime = TimeSpan.FromMilliseconds(60) });

    private static TreasuryRuntime Runtime(SandboxProcess sandbox, WalletKind kind = WalletKind.HighloadV3)
    {
        byte[] seed = RandomNumberGenerator.GetBytes(32);
        WalletFile file = WalletFile.Create(kind, TonNetwork.Mainnet, 3_600, seed, null);
        PayoutOptions payouts = new(2)
        {
            GatherPeriod = TimeSpan.Zero,
            ScanPeriod = TimeSpan.FromMilliseconds(50),
            AttemptPeriod = TimeSpan.FromMilliseconds(50),
        };
        SweepOptions sweep = new() { Period = TimeSpan.FromMilliseconds(50), Threshold = new NanoTon(1) };
        return TreasuryRuntime.Of(sandbox.Open(), [OpenWallet.Of(file, Ed25519PrivateKey.FromSeed(seed))], TonNetwork.Mainnet, payouts, sweep);
    }

    private static SignedStatement OwnerStatement(PublicKey worker, Scope scope)
    {
        using Ed25519Signer owner = new(SHA256.HashData("owner"u8));
        return DemoTreasury.PayoutAddressOf(owner, worker, scope);
    }

    private static Address AddressOf(TreasuryRuntime treasury) => treasury.Chain.Wallets[0].Address.ToAddress();

    private static long? Chain(JsonObject treasury) => (long?)treasury["wallets"]![0]!["chainNanoTon"];

    private static TreasuryJournal Journal(TestNetwork network) => TreasuryJournal.Read(network.Proxy.Setup.LedgerFile, network.Proxy.Setup.LedgerKey);

    private static IEnumerable<DepositSeen> Suspense(TestNetwork network) =>
        Journal(network).Treasury.Suspense.Values.OrderBy(deposit => deposit.LogicalTime);

    private static ICollection<Payout> Payouts(TestNetwork network) => Journal(network).Treasury.Payouts.Values;

    private static async Task<JsonObject> AskAsync(string socket, string what, params (string Key, string Value)[] fields)
    {
        JsonObject request = new() { ["do"] = what };
        foreach ((string key, string value) in fields)
            request[key] = value;
        return Assert.IsType<JsonObject>(await ControlSocket.AskAsync(socket, request, TestContext.Current.CancellationToken));
    }

    private static async Task AssertAgreesAsync(TestNetwork network, TreasuryRuntime treasury)
    {
        Assert.Empty(await network.Proxy.AuditAsync());
        TreasuryJournal journal = Journal(network);
        ReconcileReport report = Reconciliation.Compare(journal, treasury.Chain.Wallets, [await treasury.Chain.ReadAsync(0, after: null, default)]);
        Assert.Empty(report.Problems);
    }

    private static Task UntilAsync(Func<Task<bool>> condition) => Waiting.UntilAsync(condition);
}
