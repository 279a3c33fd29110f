using System.Security.Cryptography;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Runtime;
using Cocoon.Host.Keys;
using Cocoon.Host.Nodes;
using Cocoon.Host.Treasury;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Chain.Toncenter;
using Cocoon.Ton.Crypto;
using Cocoon.Ton.Wallets;

namespace Cocoon.Host.Commands.Demo;

/// <summary>
/// The demo's chain and treasury: a real TVM in a child process, a highload wallet, and settings so eager that pennies are paid within a second.
/// </summary>
internal sealed class DemoTreasury : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);
    private readonly SandboxProcess sandbox;
    private readonly ToncenterClient chain;
    private readonly WalletContract wallet;

    private DemoTreasury(SandboxProcess sandbox, int shards)
    {
        this.sandbox = sandbox;
        chain = sandbox.Open();
        byte[] seed = RandomNumberGenerator.GetBytes(Ed25519.SeedLength);
        WalletFile file = WalletFile.Create(WalletKind.HighloadV3, TonNetwork.Mainnet, HighloadWalletV3.DefaultTimeoutSeconds, seed, passphrase: null);
        wallet = file.Contract;
        PayoutOptions payouts = new(shards)
        {
            Threshold = new NanoTon(1),
            PayoutMin = new NanoTon(1),
            GatherPeriod = TimeSpan.FromMilliseconds(300),
            ScanPeriod = TimeSpan.FromMilliseconds(100),
            AttemptPeriod = TimeSpan.FromMilliseconds(100),
        };
        SweepOptions sweep = new() { Period = TimeSpan.FromMilliseconds(200), Threshold = new NanoTon(1), CommissionThreshold = new NanoTon(1) };
        Runtime = TreasuryRuntime.Of(chain, [OpenWallet.Of(file, Ed25519PrivateKey.FromSeed(seed))], TonNetwork.Mainnet, payouts, sweep);
    }

    /// <summary>What the proxy runs on.</summary>
    public TreasuryRuntime Runtime { get; }

    /// <summary>Where clients deposit.</summary>
    public string Address => wallet.Address.ToString(bounceable: false);

    /// <summary>Starts the chain. Throws <see cref="SandboxException"/> with what is missing.</summary>
    public static async Task<DemoTreasury> StartAsync(int shards, CancellationToken cancellation) =>
        new(await SandboxProcess.StartAsync(new SandboxOptions { BlockTime = TimeSpan.FromMilliseconds(150) }, cancellation), shards);

    /// <summary>The statement by which an owner says where its worker's pay goes: to a V5R1 wallet of the owner's own key.</summary>
    public static SignedStatement PayoutAddressOf(ISigner owner, PublicKey worker, Scope scope)
    {
        WalletV5R1 own = new(owner.PublicKey.Value.ToBits256());
        PayoutAddress payout = new(scope, owner.PublicKey, worker, Sequence: 1, own.Address.Workchain, own.Address.Hash.ToBytes32());
        return Statements.Sign(owner, payout.ToStatement());
    }

    /// <summary>A deposit with the account as its comment, and the transaction in which it arrives.</summary>
    public async Task<Bits256> DepositAsync(AccountId account, NanoTon amount, CancellationToken cancellation)
    {
        await sandbox.FaucetAsync(wallet.Address, amount.ToCoins(), account.ToString());
        return await UntilAsync(
            async () => (await chain.GetAccountAsync(wallet.Address, cancellation)).LastTransaction?.Hash,
            found => found is not null,
            cancellation) ?? throw new SandboxException("the deposit did not arrive on the chain");
    }

    /// <summary>Waits until everything that workers earned is paid, and says how.</summary>
    public async Task<DemoPayouts> WaitForPayoutsAsync(ProxyHost proxy, NanoTon earned, CancellationToken cancellation)
    {
        ActorRef<ProxyMessage> treasury = proxy.Node.Shards.Find(StreamId.Treasury).Here
            ?? throw new InvalidOperationException("the demo's proxy serves the treasury");
        PayoutsView view = await UntilAsync(
            async () => await treasury.AskAsync<PayoutsView>(reply => new ProxyMessage.ToLedger(new QueryPayouts(null, 0, 100, reply)), Deadline),
            found => found.Payouts.Where(payout => payout.Standing == PayoutStanding.Paid).Sum(payout => payout.Amount.Value) >= earned.Value,
            cancellation);
        TreasuryView totals = await treasury.AskAsync<TreasuryView>(reply => new ProxyMessage.ToLedger(new QueryTreasury(reply)), Deadline);
        PayoutView[] paid = [.. view.Payouts.Where(payout => payout.Standing == PayoutStanding.Paid).OrderBy(payout => payout.Number)];
        return new DemoPayouts(paid, totals.Totals.LastFeePerPayout, totals.Totals.Fees, await ReceivedAsync(paid, cancellation));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Runtime.Dispose();
        await sandbox.DisposeAsync();
    }

    /// <summary>What the workers' wallets received, by the messages in their own transactions.</summary>
    private async Task<NanoTon> ReceivedAsync(IEnumerable<PayoutView> paid, CancellationToken cancellation)
    {
        NanoTon sum = NanoTon.Zero;
        foreach (WalletAddress address in paid.Select(payout => payout.Destination).Distinct())
        {
            AccountHistory history = await UntilAsync(
                () => AccountHistory.ReadAsync(chain, address.ToAddress(), known: null, cancellation: cancellation),
                found => found.Transactions.Count > 0,
                cancellation);
            sum += new NanoTon(history.Transactions
                .Select(one => one.InMessage?.Message.Info)
                .OfType<Ton.Messages.InternalMessageInfo>()
                .Sum(info => info.Value.Coins.ToNanoTon().Value));
        }

        return sum;
    }

    private static async Task<T> UntilAsync<T>(Func<Task<T>> look, Func<T, bool> isDone, CancellationToken cancellation)
    {
        long start = TimeProvider.System.GetTimestamp();
        T found = await look();
        while (!isDone(found) && TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            await Task.Delay(Pause, cancellation);
            found = await look();
        }

        return found;
    }
}
