using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Ton.Crypto;

namespace Cocoon.Tests.Payouts;

public sealed class DepositTests
{
    private const long Ton = NanoTon.PerTon;
    private static readonly TreasuryWallet Wallet = new(PayoutHarness.Address("treasury"), TreasuryWalletKind.HighloadV3, 3_600);
    private static readonly WalletAddress Stranger = PayoutHarness.Address("stranger");
    private static readonly Ed25519PrivateKey Client = Ed25519PrivateKey.FromSeed(new byte[32]);
    private static readonly PublicKey ClientKey = new(Bytes32.From(Client.PublicKey));
    private static readonly AccountId Account = AccountId.Of(ClientKey);

    [Fact]
    public async Task ADepositThatNamesItsAccountIsCreditedOnce()
    {
        ScriptedTreasury chain = new(Wallet);
        await using PayoutHarness harness = await PayoutHarness.StartAsync(chain);
        chain.Deposit(Stranger, Ton, Account.ToString());
        await harness.UntilBalanceAsync(Account, Ton);
        await harness.RestartAsync();
        chain.Deposit(Stranger, Ton, $" cocoon:{Account} ");
        await harness.UntilBalanceAsync(Account, 2 * Ton);
        TreasuryView view = await harness.ViewAsync();
        Assert.Equal((2 * Ton) - 2_000, view.Wallets[0].Booked.Value);
        Assert.Equal(2_000, view.Totals.Fees.Value);
    }

    [Fact]
    public async Task AWalletThatOneAccountRegisteredNeedsNoComment()
    {
        ScriptedTreasury chain = new(Wallet);
        await using PayoutHarness harness = await PayoutHarness.StartAsync(chain);
        WalletAddress wallet = PayoutHarness.Address("client wallet");
        byte[] statement = new WalletRegistration(PayoutHarness.Scope, Account, 1, wallet).ToStatement();
        byte[] signature = Client.Sign(statement);
        Assert.Equal(
            LedgerRefusal.BadSignature,
            (await harness.AskAsync(harness.Treasury, reply => new RegisterWallet(ClientKey, statement, new byte[64], reply))).Refusal);
        Assert.Equal(
            LedgerRefusal.None, (await harness.AskAsync(harness.Treasury, reply => new RegisterWallet(ClientKey, statement, signature, reply))).Refusal);
        chain.Deposit(wallet, Ton);
        await harness.UntilBalanceAsync(Account, Ton);

        // A second account claims the same wallet: from now on nobody can say whose its deposits are.
        using Ed25519PrivateKey other = Ed25519PrivateKey.FromSeed([.. Enumerable.Repeat((byte)1, 32)]);
        PublicKey otherKey = new(Bytes32.From(other.PublicKey));
        byte[] claim = new WalletRegistration(PayoutHarness.Scope, AccountId.Of(otherKey), 1, wallet).ToStatement();
        await harness.AskAsync(harness.Treasury, reply => new RegisterWallet(otherKey, claim, other.Sign(claim), reply));
        chain.Deposit(wallet, Ton);
        TreasuryView view = await harness.UntilAsync(seen => seen.Suspense.Count == 1);
        Assert.Equal(SuspenseReason.UnknownAccount, view.Suspense[0].Reason);
    }

    [Fact]
    public async Task WhatBelongsToNobodyWaitsUntilAnOperatorDecides()
    {
        ScriptedTreasury chain = new(Wallet);
        await using PayoutHarness harness = await PayoutHarness.StartAsync(chain);
        Bytes32 unknown = chain.Deposit(Stranger, Ton, "hello");
        Bytes32 dust = chain.Deposit(Stranger, 1_000, Account.ToString());
        chain.Deposit(Stranger, 0);
        chain.Deposit(Stranger, Ton, Account.ToString(), isJetton: true);
        Bytes32 bounced = chain.Deposit(Stranger, Ton, isBounced: true);
        chain.Deposit(Stranger, Ton, PayoutActor.OperatorComment);
        TreasuryView view = await harness.UntilAsync(seen => seen.Suspense.Count == 5 && seen.Totals.Commission.Value > 0);
        Assert.Equal(
            [SuspenseReason.UnknownAccount, SuspenseReason.Dust, SuspenseReason.Dust, SuspenseReason.Jetton, SuspenseReason.Bounced],
            view.Suspense.Select(deposit => deposit.Reason));
        Assert.Equal(LedgerRefusal.None, (await harness.AskAsync(harness.Treasury, reply => new AssignSuspense(unknown, Account, "asked", reply))).Refusal);
        await harness.UntilBalanceAsync(Account, Ton);
        Assert.Equal(
            LedgerRefusal.Malformed, (await harness.AskAsync(harness.Treasury, reply => new AssignSuspense(unknown, Account, "again", reply))).Refusal);
        Assert.Equal(LedgerRefusal.Malformed, (await harness.AskAsync(harness.Treasury, reply => new RefundSuspense(dust, reply))).Refusal);
        Assert.Equal(LedgerRefusal.None, (await harness.AskAsync(harness.Treasury, reply => new RefundSuspense(bounced, reply))).Refusal);
        await harness.UntilAsync(seen => seen.Attempt is not null);
        BatchPayout refund = Assert.Single(chain.Newest!.Value.Request.Payouts);
        Assert.Equal(Stranger, refund.Destination);
        Assert.Equal(Ton, refund.Amount.Value);

        // It comes back, and is in suspense again, less what the way cost.
        chain.RunNewest();
        await harness.UntilAsync(seen => seen.Attempt is null);
        chain.Deposit(Stranger, Ton - 5_000, isBounced: true);
        view = await harness.UntilAsync(seen => seen.Bounced.Count == 1);
        await harness.AskAsync(harness.Treasury, reply => new ReopenPayout(view.Bounced[0].Number, "came back", reply));
        view = await harness.ViewAsync();
        Assert.Contains(view.Suspense, deposit => deposit.Amount == Ton - 5_000);
    }

    [Fact]
    public async Task CoinsFromOurOwnWalletAreBookedAndNotCredited()
    {
        TreasuryWallet second = new(PayoutHarness.Address("second"), TreasuryWalletKind.HighloadV3, 3_600);
        ScriptedTreasury chain = new(Wallet, second);
        await using PayoutHarness harness = await PayoutHarness.StartAsync(chain);
        chain.Deposit(Stranger, 3 * Ton, PayoutActor.OperatorComment);
        SentMessage moved = new(second.Address, new NanoTon(Ton), default, string.Empty);
        chain.Add(0, new RequestReceived(ScriptedTreasury.Hash("by hand"), 8_380_415, chain.Time), [moved], cost: 500);
        chain.Deposit(Wallet.Address, Ton, Account.ToString(), wallet: 1);
        TreasuryView view = await harness.UntilAsync(seen => seen.Wallets[1].Booked.Value > 0);
        Assert.Equal(Ton - 1_000, view.Wallets[1].Booked.Value);
        Assert.Equal((2 * Ton) - 1_500, view.Wallets[0].Booked.Value);
        Assert.Equal(0, (await harness.BalanceAsync(Account)).Value);
    }
}
