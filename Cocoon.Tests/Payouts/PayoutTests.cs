using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Ton.Crypto;

namespace Cocoon.Tests.Payouts;

public sealed class PayoutTests
{
    private const long Ton = NanoTon.PerTon;
    private static readonly TreasuryWallet Highload = new(PayoutHarness.Address("treasury"), TreasuryWalletKind.HighloadV3, 3_600);
    private static readonly WalletAddress Home = PayoutHarness.Address("worker wallet");
    private static readonly PublicKey Worker = new(ScriptedTreasury.Hash("worker"));
    private static readonly Ed25519PrivateKey Owner = Ed25519PrivateKey.FromSeed(new byte[32]);

    [Fact]
    public async Task AWorkerIsPaidOnceAndEveryFeeIsBooked()
    {
        ScriptedTreasury chain = new(Highload);
        await using PayoutHarness harness = await StartAsync(chain);
        await harness.EarnAsync(Owner, Worker, 2 * Ton, Home, 1);
        TreasuryView view = await harness.UntilAsync(seen => seen.Attempt is { Standing: AttemptStanding.Sent });
        Assert.Equal(PayoutState.Paying, view.State);
        byte[] first = chain.Sent[0];
        await harness.RestartAsync();
        await harness.UntilAsync(seen => seen.Attempt is { Sends: > 1 });
        Assert.All(chain.Sent, sent => Assert.Equal(first, sent));
        Assert.Equal(1, chain.PreparedCount);

        Bytes32 transaction = chain.RunNewest();
        view = await harness.UntilAsync(seen => seen.Attempt is null && seen.Totals.Paid.Value > 0);
        PayoutView paid = Assert.Single((await harness.PayoutsAsync(Worker.Value)).Payouts);
        Assert.Equal(PayoutStanding.Paid, paid.Standing);
        Assert.Equal(transaction, paid.Transaction);
        Assert.NotNull(paid.MessageHash);
        Assert.Equal(Home, paid.Destination);
        Assert.Equal(3_000_000, view.Totals.LastFeePerPayout.Value);
        Assert.Equal((98 * Ton) - 3_001_000, view.Wallets[0].Booked.Value);
        Assert.Equal(0, view.WaitingCount);
    }

    [Fact]
    public async Task ASmallWalletLeavesOutWhatItCannotPay()
    {
        TreasuryWallet small = new(PayoutHarness.Address("treasury"), TreasuryWalletKind.V5R1, 60);
        ScriptedTreasury chain = new(small);
        await using PayoutHarness harness = await StartAsync(chain, new PayoutOptions(1) { FailuresMax = 2 });
        chain.IsReachable = false;
        await harness.EarnAsync(Owner, Worker, 2 * Ton, Home, 1);
        PublicKey second = new(ScriptedTreasury.Hash("second worker"));
        await harness.EarnAsync(Owner, second, 3 * Ton, Home, 2);
        chain.IsReachable = true;
        await harness.UntilAsync(seen => seen.Attempt is { PayoutCount: 2 });
        Assert.Equal(7, chain.Newest!.Value.Request.Sequence);
        chain.RunNewest(pays: messages => [messages[1]]);
        await harness.UntilAsync(seen => seen.Attempt is { PayoutCount: 1 });
        PayoutsView all = await harness.PayoutsAsync();
        Assert.Single(all.Payouts, payout => payout.Standing == PayoutStanding.Paid);
        chain.RunNewest();
        await harness.UntilAsync(seen => seen.Attempt is null && seen.Totals.Paid.Value == 5 * Ton);
    }

    [Fact]
    public async Task AnExpiredBatchLeavesItsNumberAndItsPayoutsToTheNext()
    {
        ScriptedTreasury chain = new(Highload);
        await using PayoutHarness harness = await StartAsync(chain);
        await harness.EarnAsync(Owner, Worker, 2 * Ton, Home, 1);
        await harness.UntilAsync(seen => seen.Attempt is { Number: 1 });
        BatchRequest first = chain.Newest!.Value.Request;

        // Past the timeout, but not past the margin: it might be in a block that is not known yet.
        chain.Time = first.CreatedAtUnixSeconds + 3_600 + 60;
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal(1, chain.PreparedCount);
        chain.Time++;
        await harness.UntilAsync(seen => seen.Attempt is { Number: 2 });
        BatchRequest next = chain.Newest!.Value.Request;
        Assert.Equal(first.Sequence, next.Sequence);
        Assert.NotEqual(first.CreatedAtUnixSeconds, next.CreatedAtUnixSeconds);
        Assert.Equal(first.Payouts, next.Payouts);
    }

    [Fact]
    public async Task BatchesThatFailStopPayoutsUntilAnOperatorHasLooked()
    {
        ScriptedTreasury chain = new(Highload);
        await using PayoutHarness harness = await StartAsync(chain, new PayoutOptions(1) { FailuresMax = 2 });
        await harness.EarnAsync(Owner, Worker, 2 * Ton, Home, 1);
        for (int number = 1; number <= 2; number++)
        {
            await harness.UntilAsync(seen => seen.Attempt?.Number == number);
            Assert.Equal(number - 1, chain.Newest!.Value.Request.Sequence);
            chain.RunNewest(pays: _ => []);
        }

        await harness.UntilAsync(seen => seen.State == PayoutState.FailedTooOften);
        await harness.AskAsync(harness.Treasury, reply => new RetryPayouts(reply));
        await harness.UntilAsync(seen => seen.Attempt is { Number: 3 });
    }

    [Fact]
    public async Task ARequestThatIsNoBatchOfThisJournalStopsPayoutsThoughItsNumberIsOurs()
    {
        ScriptedTreasury chain = new(Highload);
        await using PayoutHarness harness = await StartAsync(chain);
        await harness.EarnAsync(Owner, Worker, 2 * Ton, Home, 1);
        await harness.UntilAsync(seen => seen.Attempt is { Number: 1 });

        // As after a restored backup: the lost time's batch of the same number comes first, with another body.
        BatchRequest ours = chain.Newest!.Value.Request;
        SentMessage self = new(Highload.Address, ours.SelfMessageValue, default, string.Empty);
        Bytes32 request = chain.Add(0, new RequestReceived(ScriptedTreasury.Hash("lost"), ours.Sequence, ours.CreatedAtUnixSeconds), [self], cost: 7);
        TreasuryView view = await harness.UntilAsync(seen => seen.State == PayoutState.Unexplained);
        Assert.Equal(request, view.Unexplained!.Transaction.Point.Hash);
        int sends = chain.Sent.Count;
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(sends, chain.Sent.Count);

        // Explaining the request alone starts nothing: its batch has not paid anybody yet.
        await harness.AskAsync(harness.Treasury, reply => new ExplainOutflow(request, [], "restored", reply));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(PayoutState.Unexplained, (await harness.ViewAsync()).State);
        chain.Time = ours.CreatedAtUnixSeconds + 3_700;
        Bytes32 batch = chain.Add(
            0, new BatchReceived(ours.Sequence, ours.SelfMessageValue), [new SentMessage(Home, new NanoTon(2 * Ton), default, string.Empty)], cost: 5);
        view = await harness.UntilAsync(seen => seen.Unexplained?.Transaction.Point.Hash == batch && seen.Attempt is null && seen.Unexplained.Candidates.Count == 1);
        await harness.AskAsync(harness.Treasury, reply => new ExplainOutflow(batch, view.Unexplained!.Candidates, "it was that one", reply));
        view = await harness.UntilAsync(seen => seen.State == PayoutState.Idle && seen.WaitingCount == 0);
        Assert.Equal((98 * Ton) - 1_012, view.Wallets[0].Booked.Value);
        Assert.Equal(PayoutStanding.Paid, (await harness.PayoutsAsync()).Payouts[0].Standing);
    }

    [Fact]
    public async Task TooLittleTooDearOrTooMuchForADayWaitsAndSaysWhy()
    {
        ScriptedTreasury chain = new(Highload) { Balance = new NanoTon(2 * Ton) };
        await using PayoutHarness harness = await StartAsync(chain, new PayoutOptions(1) { DailyOutflowMax = new NanoTon(4 * Ton) });
        await harness.EarnAsync(Owner, Worker, 3 * Ton, Home, 1);
        await harness.UntilAsync(seen => seen.State == PayoutState.Insufficient);
        chain.Fees = new BatchFees(NanoTon.Zero, new NanoTon(30_000_000));
        await harness.UntilAsync(seen => seen.State == PayoutState.FeesTooHigh);
        chain.Balance = new NanoTon(100 * Ton);
        chain.Fees = new BatchFees(NanoTon.Zero, new NanoTon(1_000));
        await harness.UntilAsync(seen => seen.Attempt is { Number: 1 });
        chain.RunNewest();
        await harness.EarnAsync(Owner, Worker, 2 * Ton, Home, 2);
        TreasuryView view = await harness.UntilAsync(seen => seen.State == PayoutState.DailyLimit);
        Assert.Equal(3 * Ton, view.Totals.OutflowToday.Value);
        chain.Time += 86_400;
        await harness.UntilAsync(seen => seen.Attempt is { Number: 2 });
        chain.IsReachable = false;
        await harness.UntilAsync(seen => seen.State == PayoutState.ChainUnavailable);
    }

    [Fact]
    public async Task OnlyTheFirstOwnerMovesAWorkersPayAndNotAtOnce()
    {
        ScriptedTreasury chain = new(Highload);
        await using PayoutHarness harness = await StartAsync(chain);
        using Ed25519PrivateKey thief = Ed25519PrivateKey.FromSeed([.. Enumerable.Repeat((byte)9, 32)]);
        await harness.EarnAsync(Owner, Worker, Ton / 2, Home, 1);
        Assert.Equal(LedgerRefusal.BadSignature, (await harness.SetAddressAsync(thief, Worker, PayoutHarness.Address("thief"), 5)).Refusal);
        Assert.Equal(LedgerRefusal.None, (await harness.SetAddressAsync(Owner, Worker, PayoutHarness.Address("new home"), 2)).Refusal);
        Assert.Equal(Home, (await harness.PayoutsAsync(Worker.Value)).Address);
        Assert.Equal(Ton / 2, (await harness.PayoutsAsync(Worker.Value)).Owed.Value);
    }

    private static async Task<PayoutHarness> StartAsync(ScriptedTreasury chain, PayoutOptions? options = null)
    {
        PayoutHarness harness = await PayoutHarness.StartAsync(chain, options);
        chain.Deposit(PayoutHarness.Address("operator"), 100 * Ton, PayoutActor.OperatorComment);
        await harness.UntilAsync(seen => seen.Wallets[0].Booked.Value > 0);
        return harness;
    }
}
