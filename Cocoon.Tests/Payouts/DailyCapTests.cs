using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Ton.Crypto;

namespace Cocoon.Tests.Payouts;

/// <summary>What is more than a day allows is paid in parts, a day each, or the operator is told.</summary>
public sealed class DailyCapTests
{
    private const long Ton = NanoTon.PerTon;
    private const int Day = 86_400;
    private static readonly TreasuryWallet Wallet = new(PayoutHarness.Address("treasury"), TreasuryWalletKind.HighloadV3, 3_600);
    private static readonly PublicKey Worker = new(ScriptedTreasury.Hash("worker"));
    private static readonly PayoutOptions Options = new(1) { DailyOutflowMax = new NanoTon(4 * Ton) };

    [Fact]
    public async Task A_payout_above_the_days_limit_is_paid_in_parts_over_days()
    {
        ScriptedTreasury chain = new(Wallet);
        await using PayoutHarness harness = await StartAsync(chain);
        using Ed25519PrivateKey owner = Ed25519PrivateKey.FromSeed(new byte[32]);
        await harness.EarnAsync(owner, Worker, (10 * Ton) + 1, PayoutHarness.Address("home"), 1);
        long paid = 0;
        for (int part = 1; part <= 3; part++)
        {
            await harness.UntilAsync(seen => seen.Attempt?.Number == part);
            BatchPayout payout = Assert.Single(chain.Newest!.Value.Request.Payouts);
            Assert.InRange(payout.Amount.Value, 3 * Ton, 4 * Ton);
            paid += payout.Amount.Value;
            chain.RunNewest();
            if (part == 3)
                break;
            TreasuryView view = await harness.UntilAsync(seen => seen.State == PayoutState.DailyLimit);
            Assert.Equal((3 - part, (10 * Ton) + 1 - paid, 4 * Ton), (view.WaitingForDayCount, view.WaitingForDayAmount.Value, view.DailyOutflowMax!.Value.Value));
            Assert.Contains("they wait for the next day", view.Text, StringComparison.Ordinal);

            // A restart neither forgets nor repeats anything.
            await harness.RestartAsync();
            chain.Time += Day;
        }

        TreasuryView done = await harness.UntilAsync(seen => seen.State == PayoutState.Idle && seen.WaitingCount == 0 && seen.Attempt is null);
        Assert.Equal((10 * Ton) + 1, paid);
        Assert.Equal((paid, 0), (done.Totals.Paid.Value, done.WaitingForDayCount));
        PayoutView[] payouts = [.. (await harness.PayoutsAsync(Worker.Value)).Payouts];
        Assert.Equal([PayoutStanding.Paid, PayoutStanding.Paid, PayoutStanding.Paid, PayoutStanding.Reopened], payouts.Select(one => one.Standing));
    }

    [Fact]
    public async Task Small_payouts_pass_one_that_no_day_allows_and_the_operator_is_told_what_to_do()
    {
        ScriptedTreasury chain = new(Wallet);
        await using PayoutHarness harness = await StartAsync(chain);
        Bytes32 deposit = chain.Deposit(PayoutHarness.Address("stranger"), 6 * Ton, "for whom");
        await harness.UntilAsync(seen => seen.Suspense.Count == 1);
        Assert.Equal(LedgerRefusal.None, (await harness.AskAsync(harness.Treasury, reply => new RefundSuspense(deposit, reply))).Refusal);
        TreasuryView view = await harness.UntilAsync(seen => seen.State == PayoutState.DailyLimit);
        Assert.Contains("above it on any day: raise payouts.daily-cap, or give it back with 'cocoon payouts retry 1'", view.Text, StringComparison.Ordinal);

        using Ed25519PrivateKey owner = Ed25519PrivateKey.FromSeed(new byte[32]);
        await harness.EarnAsync(owner, Worker, 2 * Ton, PayoutHarness.Address("home"), 1);
        view = await harness.UntilAsync(seen => seen.Attempt is { Number: 1 });
        Assert.Equal((1, 6 * Ton), (view.WaitingForDayCount, view.WaitingForDayAmount.Value));
        chain.RunNewest();
        await harness.UntilAsync(seen => seen.State == PayoutState.DailyLimit && seen.Totals.Paid.Value == 2 * Ton);
        Assert.Equal(LedgerRefusal.None, (await harness.AskAsync(harness.Treasury, reply => new ReopenPayout(1, "too large", reply))).Refusal);
        view = await harness.UntilAsync(seen => seen.State == PayoutState.Idle);
        Assert.Equal((1, 0), (view.Suspense.Count, view.WaitingForDayCount));
    }

    [Fact]
    public async Task Withdrawals_and_commission_are_split_too_and_only_so_far()
    {
        ScriptedTreasury chain = new(Wallet);
        await using PayoutHarness harness = await StartAsync(chain);
        LedgerAnswer asked = await harness.AskAsync(
            harness.Treasury, reply => new WithdrawCommission(new NanoTon(9 * Ton), PayoutHarness.Address("own"), "march", reply));
        Assert.Equal(LedgerRefusal.None, asked.Refusal);
        await harness.UntilAsync(seen => seen.Attempt is { Number: 1 });
        Assert.Equal(3 * Ton, Assert.Single(chain.Newest!.Value.Request.Payouts).Amount.Value);
        Assert.Equal([3 * Ton, 3 * Ton, 3 * Ton, 9 * Ton], (await harness.PayoutsAsync()).Payouts.Select(payout => payout.Amount.Value));

        // The same reference again is the same commission.
        await harness.AskAsync(harness.Treasury, reply => new WithdrawCommission(new NanoTon(9 * Ton), PayoutHarness.Address("own"), "march", reply));
        Assert.Equal(4, (await harness.PayoutsAsync()).Payouts.Count);
    }

    [Fact]
    public void A_limit_below_the_least_payout_is_refused()
    {
        Assert.Contains("nothing could leave", (Options with { DailyOutflowMax = new NanoTon(1) }).Problem(1), StringComparison.Ordinal);
        Assert.Null(Options.Problem(1));
    }

    private static async Task<PayoutHarness> StartAsync(ScriptedTreasury chain)
    {
        PayoutHarness harness = await PayoutHarness.StartAsync(chain, Options);
        chain.Deposit(PayoutHarness.Address("operator"), 100 * Ton, PayoutActor.OperatorComment);
        await harness.UntilAsync(seen => seen.Wallets[0].Booked.Value > 0);
        return harness;
    }
}
