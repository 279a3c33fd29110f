using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Ton.Crypto;

namespace Cocoon.Tests.Payouts;

public sealed class WithdrawalTests
{
    private const long Ton = NanoTon.PerTon;
    private static readonly TreasuryWallet Highload = new(PayoutHarness.Address("treasury"), TreasuryWalletKind.HighloadV3, 3_600);
    private static readonly WalletAddress Home = PayoutHarness.Address("client wallet");
    private static readonly Ed25519PrivateKey Client = Ed25519PrivateKey.FromSeed(new byte[32]);
    private static readonly PublicKey Key = new(Bytes32.From(Client.PublicKey));
    private static readonly AccountId Account = AccountId.Of(Key);

    [Fact]
    public async Task OnlySignedRequestsForFreeMoneyToTheRegisteredWalletAreTakenEachOnce()
    {
        ScriptedTreasury chain = new(Highload);
        await using PayoutHarness harness = await PayoutHarness.StartAsync(chain);
        chain.Deposit(Home, 5 * Ton, Account.ToString());
        await harness.UntilBalanceAsync(Account, 5 * Ton);
        Assert.Equal(LedgerRefusal.WalletUnknown, await WithdrawAsync(harness, 1, Ton));
        byte[] registration = new WalletRegistration(PayoutHarness.Scope, Account, 1, Home).ToStatement();
        await harness.AskAsync(harness.Accounts, reply => new RegisterWallet(Key, registration, Client.Sign(registration), reply));
        Assert.Equal(LedgerRefusal.BadSignature, await WithdrawAsync(harness, 1, Ton, signature: new byte[64]));
        Assert.Equal(LedgerRefusal.WalletUnknown, await WithdrawAsync(harness, 1, Ton, PayoutHarness.Address("elsewhere")));
        Assert.Equal(LedgerRefusal.Malformed, await WithdrawAsync(harness, 1, 1));
        Assert.Equal(LedgerRefusal.Malformed, await WithdrawAsync(harness, 0, Ton));
        Assert.Equal(LedgerRefusal.InsufficientBalance, await WithdrawAsync(harness, 1, 6 * Ton));
        await ReserveAsync(harness);
        Assert.Equal(LedgerRefusal.InsufficientBalance, await WithdrawAsync(harness, 1, 5 * Ton));
        Assert.Equal(LedgerRefusal.None, await WithdrawAsync(harness, 2, Ton));
        Assert.Equal(LedgerRefusal.None, await WithdrawAsync(harness, 2, Ton));
        Assert.Equal(LedgerRefusal.Superseded, await WithdrawAsync(harness, 1, Ton));
        await harness.UntilAsync(seen => seen.Attempt is { PayoutCount: 1 });
        BatchPayout payout = Assert.Single(chain.Newest!.Value.Request.Payouts);
        Assert.Equal((Home, Ton), (payout.Destination, payout.Amount.Value));
        Assert.Equal(4 * Ton, (await harness.BalanceAsync(Account)).Value);
    }

    [Fact]
    public async Task AWithdrawalThatComesBackReturnsToItsAccount()
    {
        ScriptedTreasury chain = new(Highload);
        await using PayoutHarness harness = await PayoutHarness.StartAsync(chain);
        chain.Deposit(Home, 5 * Ton, Account.ToString());
        await harness.UntilBalanceAsync(Account, 5 * Ton);
        byte[] registration = new WalletRegistration(PayoutHarness.Scope, Account, 1, Home).ToStatement();
        await harness.AskAsync(harness.Accounts, reply => new RegisterWallet(Key, registration, Client.Sign(registration), reply));
        Assert.Equal(LedgerRefusal.None, await WithdrawAsync(harness, 1, Ton));
        await harness.UntilAsync(seen => seen.Attempt is not null);
        chain.RunNewest();
        await harness.UntilAsync(seen => seen.Attempt is null && seen.Totals.Paid.Value == Ton);
        chain.Deposit(Home, Ton - 700, isBounced: true);
        TreasuryView view = await harness.UntilAsync(seen => seen.Bounced.Count == 1);
        await harness.AskAsync(harness.Treasury, reply => new ReopenPayout(view.Bounced[0].Number, "came back", reply));
        await harness.UntilBalanceAsync(Account, (5 * Ton) - 700);
    }

    [Fact]
    public async Task CommissionLeavesOncePerReferenceAndNotWhatFeesNeed()
    {
        ScriptedTreasury chain = new(Highload);
        await using PayoutHarness harness = await PayoutHarness.StartAsync(chain);
        chain.Deposit(PayoutHarness.Address("operator"), 10 * Ton, PayoutActor.OperatorComment);
        TreasuryView view = await harness.UntilAsync(seen => seen.Totals.Commission.Value > 0);
        Assert.Equal((10 * Ton) - 1_000, view.Totals.Commission.Value);
        WalletAddress cold = PayoutHarness.Address("cold");
        Assert.Equal(LedgerRefusal.InsufficientBalance, await CommissionAsync(harness, 10 * Ton, cold, "a"));
        Assert.Equal(LedgerRefusal.Malformed, await CommissionAsync(harness, Ton, cold with { IsTestOnly = true }, "a"));
        Assert.Equal(LedgerRefusal.None, await CommissionAsync(harness, Ton, cold, "a"));
        Assert.Equal(LedgerRefusal.None, await CommissionAsync(harness, Ton, cold, "a"));
        Assert.Single((await harness.PayoutsAsync()).Payouts);
    }

    private static async Task<LedgerRefusal> CommissionAsync(PayoutHarness harness, long amount, WalletAddress to, string reference)
        => (await harness.AskAsync(harness.Treasury, reply => new WithdrawCommission(new NanoTon(amount), to, reference, reply))).Refusal;

    private static async Task<LedgerRefusal> WithdrawAsync(
        PayoutHarness harness, long number, long amount, WalletAddress? wallet = null, byte[]? signature = null)
    {
        byte[] statement = new WithdrawalRequest(PayoutHarness.Scope, Account, number, new NanoTon(amount), wallet ?? Home).ToStatement();
        return (await harness.AskAsync(harness.Accounts, reply => new Withdraw(Key, statement, signature ?? Client.Sign(statement), reply))).Refusal;
    }

    private static async Task ReserveAsync(PayoutHarness harness)
    {
        JobId job = new(Account, SessionId.Open(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 1), 1);
        JobTerms terms = new PriceTable().With("tiny").Terms("tiny")!;
        ReserveAnswer answer = await harness.Accounts.AskAsync<ReserveAnswer>(
            reply => new Reserve(job, 0, "tiny", terms, 1_000, [], 1_000, 1, TimeSpan.FromMinutes(1), reply), PayoutHarness.Deadline);
        Assert.Equal(LedgerRefusal.None, answer.Refusal);
    }
}
