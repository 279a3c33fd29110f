using Cocoon.Actors.Ledger;
using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Simulation.Jobs;
using Cocoon.Simulation.Network;
using static Cocoon.Tests.Ledger.LedgerSamples;

namespace Cocoon.Tests.Ledger;

/// <summary>Settlements whose place the state does not keep any more: what they came to is found in the journal.</summary>
public sealed class OldSettlementTests
{
    private const long Price = 180_000;
    private static readonly SessionId Now = SessionId.Open(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 1);

    [Fact]
    public async Task A_settlement_sent_again_long_after_others_is_answered_with_what_it_came_to()
    {
        await using LedgerWorld world = await StartAsync();
        AccountId account = Account(1);
        await world.CreditAsync(account, 100 * Price);
        JobId job = new(account, Now, 1);
        JobId open = new(account, Now, 2);
        SettleAnswer first = await world.SettleAsync(job, 1, final: true, 1000);
        SettleAnswer instalment = await world.SettleAsync(open, 1, final: false, 500);
        // More than one step of the search lies between, and the job of another session has the same number.
        await world.SettleAsync(new JobId(account, SessionId.Open(Now.OpenedUnixSeconds, 2), 1), 1, final: true, 10);
        for (int number = 3; number < 43; number++)
            await world.SettleAsync(new JobId(account, Now, number), 1, final: true, 0);
        for (int i = 0; i < 5000; i++)
            world.Of(account).TellControl(new Credit(account, new NanoTon(1), "", "", default));
        await world.CreditAsync(account, 1);
        await world.RestartAsync();

        Task<SettleAnswer> asked = world.SettleAsync(job, 1, final: true, 1000);
        AssertSame(first, await world.SettleAsync(job, 1, final: true, 1000));
        AssertSame(first, await asked);
        AssertSame(instalment, await world.SettleAsync(open, 1, final: false, 500));
        JobAnswer known = await world.JobAsync(job);
        Assert.Equal((JobStanding.Closed, first.Total, first.Sequence), (known.Standing, known.Total, known.Sequence));
        Assert.Equal(first.Receipt!.Leaf, known.Receipt!.Leaf);
        Assert.Empty(world.Failures);
    }

    [Fact]
    public async Task A_job_too_old_for_its_sessions_memory_is_known_by_the_journal()
    {
        await using LedgerWorld world = await StartAsync();
        AccountId account = Account(2);
        await world.CreditAsync(account, 100 * Price);
        JobId paid = new(account, Now, 1);
        SettleAnswer first = await world.SettleAsync(paid, 1, final: true, 1000);
        await world.SettleAsync(new JobId(account, Now, 3 + JobId.WindowLength), 1, final: true, 0);
        JobAnswer known = await world.JobAsync(paid);
        Assert.Equal((JobStanding.Closed, first.Total, first.Sequence), (known.Standing, known.Total, known.Sequence));
        JobAnswer never = await world.JobAsync(new JobId(account, Now, 2));
        Assert.Equal((JobStanding.Unknown, NanoTon.Zero, 0L), (never.Standing, never.Total, never.Sequence));
        AssertSame(first, await world.SettleAsync(paid, 1, final: true, 1000));
    }

    [Fact]
    public async Task A_job_that_runs_while_its_session_goes_far_on_is_paid_once()
    {
        await using LedgerWorld world = await StartAsync();
        AccountId account = Account(4);
        await world.CreditAsync(account, 1000 * Price);
        JobId slow = new(account, Now, 1);
        JobId cut = new(account, Now, 2);
        Assert.Equal(LedgerRefusal.None, (await world.ReserveAsync(slow)).Refusal);
        Assert.Equal(LedgerRefusal.None, (await world.ReserveAsync(cut)).Refusal);
        await world.SettleAsync(new JobId(account, Now, 3 + JobId.WindowLength), 1, final: true, 0);
        JobAnswer running = await world.JobAsync(slow);
        Assert.Equal((JobStanding.Unknown, true), (running.Standing, running.Running));

        SettleAnswer settled = await world.SettleAsync(slow, 1, final: true, 1000);
        Assert.Equal((LedgerRefusal.None, new NanoTon(Price)), (settled.Refusal, settled.Total));
        Assert.Equal(LedgerRefusal.None, (await world.SettleAsync(cut, 1, final: false, 500)).Refusal);
        Assert.Equal(LedgerRefusal.None, (await world.SettleAsync(cut, 2, final: true, 1000)).Refusal);
        NanoTon left = (await world.BalanceAsync(account)).Balance;
        AssertSame(settled, await world.SettleAsync(slow, 1, final: true, 1000));
        Assert.Equal(LedgerRefusal.JobSettled, (await world.SettleAsync(cut, 2, final: true, 1000)).Refusal);
        Assert.Equal(LedgerRefusal.JobSettled, (await world.ReserveAsync(slow)).Refusal);

        await world.RestartAsync();
        AssertSame(settled, await world.SettleAsync(slow, 1, final: true, 1000));
        Assert.Equal((left, NanoTon.Zero), ((await world.BalanceAsync(account)).Balance, (await world.BalanceAsync(account)).Reserved));
        Assert.Empty(world.Failures);
    }

    [Fact]
    public async Task A_hedges_loser_is_paid_once_with_the_settlement_and_has_a_receipt_of_its_own()
    {
        await using LedgerWorld world = await StartAsync();
        AccountId account = Account(3);
        await world.CreditAsync(account, 100 * Price);
        JobId job = new(account, Now, 1);
        HedgeShare loser = new(Worker(2), LedgerWorld.Terms, 1000);
        SettleAnswer first = await SettleAsync();
        NanoTon prompt = new(20_000);
        NanoTon share = prompt - LedgerWorld.Terms.Commission(prompt);
        ReceiptVerdict verdict = ReceiptVerifier.Verify(first.HedgeReceipt!, PeerIdentity.Scope, SimulatedSigner.Verifier, out ReceiptLeaf? leaf, out _);
        Assert.Equal((ReceiptVerdict.Valid, ReceiptKind.Hedge, share, Worker(2)), (verdict, leaf!.Kind, leaf.WorkerShare, leaf.Worker));
        Assert.Equal(new PricedUsage(new UsageAmount(UsageClass.Prompt, 1000), 20_000_000), Assert.Single(leaf.Usage));

        await world.RestartAsync();
        SettleAnswer again = await SettleAsync();
        AssertSame(first, again);
        Assert.Equal(first.HedgeReceipt!.Leaf, again.HedgeReceipt!.Leaf);
        Assert.Equal(first.HedgeReceipt.Leaf, (await world.JobAsync(job)).HedgeReceipt!.Leaf);
        BooksAnswer books = await world.Of(account).AskAsync<BooksAnswer>(reply => new QueryBooks(reply), LedgerWorld.Deadline);
        Assert.Equal(NanoTon.Zero - share, books.Hedges);

        async Task<SettleAnswer> SettleAsync() => await world.Of(account).AskAsync<SettleAnswer>(
            reply => new Settle(job, 1, true, Worker(1), "tiny", LedgerWorld.Terms, [new(UsageClass.Prompt, 1000)], reply) { Hedge = loser },
            LedgerWorld.Deadline);
    }

    [Fact]
    public async Task What_lies_too_far_back_is_called_so_and_not_looked_for_again()
    {
        ReadCount reads = new();
        await using LedgerWorld world = await StartAsync(reads, eventsMax: 200);
        AccountId account = Account(5);
        await world.CreditAsync(account, 1000 * Price);
        JobId job = new(account, Now, 1);
        SettleAnswer first = await world.SettleAsync(job, 1, final: true, 1000);
        await SettleManyAsync(world, account, 2, 41);
        JobAnswer near = await world.JobAsync(job);
        Assert.Equal((JobStanding.Closed, first.Total, false), (near.Standing, near.Total, near.IsTooFar));
        await world.RestartAsync();
        await SettleManyAsync(world, account, 42, 400);

        JobAnswer far = await world.JobAsync(job);
        Assert.Equal((JobStanding.TooOld, NanoTon.Zero, true), (far.Standing, far.Total, far.IsTooFar));
        long after = reads.Count;
        for (int i = 0; i < 20; i++)
            Assert.True((await world.JobAsync(job)).IsTooFar);
        Assert.Equal(after, reads.Count);
        Assert.Equal(LedgerRefusal.JobSettled, (await world.ReserveAsync(job)).Refusal);
        await Assert.ThrowsAnyAsync<Exception>(() => world.Of(account).AskAsync<SettleAnswer>(
            reply => new Settle(job, 1, true, Worker(1), "tiny", LedgerWorld.Terms, [new(UsageClass.Prompt, 1000)], reply), TimeSpan.FromMilliseconds(200)).AsTask());
        Assert.Empty(world.Failures);
    }

    [Fact]
    public async Task All_that_an_account_asks_for_is_looked_for_in_one_search()
    {
        const int asked = 300;
        ReadCount reads = new();
        await using LedgerWorld world = await StartAsync(reads);
        AccountId account = Account(6);
        await world.CreditAsync(account, 1000 * Price);
        await SettleManyAsync(world, account, 1, 400);
        await world.RestartAsync();
        long before = reads.Count;
        JobAnswer[] answers = await Task.WhenAll(Enumerable.Range(1, asked).Select(number => world.JobAsync(new JobId(account, Now, number))));
        Assert.All(answers, answer => Assert.Equal(JobStanding.Closed, answer.Standing));
        Assert.Equal(asked, answers.Select(answer => answer.Sequence).Distinct().Count());
        // One reading for each receipt, and a few searches.
        Assert.InRange(reads.Count - before, asked, asked + 50);
    }

    [Fact]
    public async Task Between_two_searches_is_a_rest_of_four_times_as_long()
    {
        TimeSpan slow = TimeSpan.FromMilliseconds(30);
        ReadCount reads = new();
        await using LedgerWorld world = await StartAsync(reads);
        AccountId[] accounts = [.. Enumerable.Range(100, 100).Select(Account).Where(account => account.Shard(4) == 0).Take(3)];
        foreach (AccountId account in accounts)
        {
            await world.CreditAsync(account, 1000 * Price);
            await SettleManyAsync(world, account, 1, 40);
        }

        reads.Delay = slow;
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        await Task.WhenAll(accounts.Select(account => world.JobAsync(new JobId(account, Now, 1))));
        // Each search reads a page and a settlement; the third begins after two rests.
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(began) > slow * 2 * 4 * 2);
    }

    private static async Task SettleManyAsync(LedgerWorld world, AccountId account, int first, int last)
        => await Task.WhenAll(Enumerable.Range(first, last - first + 1).Select(number => world.SettleAsync(new JobId(account, Now, number), 1, final: true, 0)));

    private static async Task<LedgerWorld> StartAsync(ReadCount? reads = null, long eventsMax = 1_000_000)
    {
        LinkIdentity proxy = PeerIdentity.Proxy(0);
        LedgerWorld world = new()
        {
            Options = new LedgerOptions(default(Scope)) { CeilingOptional = true, SearchEventsMax = eventsMax },
            Wrap = journal => reads?.Around(journal) ?? journal,
            Receipts = new ReceiptAuthority(PeerIdentity.Scope, proxy.Signer, proxy.Certificate!, LedgerWorld.Key),
        };
        await world.StartAsync();
        return world;
    }

    private static void AssertSame(SettleAnswer first, SettleAnswer repeated)
    {
        Assert.Equal((LedgerRefusal.JobSettled, first.Total, first.Sequence), (repeated.Refusal, repeated.Total, repeated.Sequence));
        Assert.Equal(first.Receipt!.Leaf, repeated.Receipt!.Leaf);
        Assert.Equal(ReceiptVerdict.Valid, ReceiptVerifier.Verify(repeated.Receipt, PeerIdentity.Scope, SimulatedSigner.Verifier, out _, out _));
    }

    private sealed class ReadCount
    {
        private long count;

        public long Count => Interlocked.Read(ref count);

        public TimeSpan Delay { get; set; }

        public IJournal Around(IJournal journal) => new Counted(this, journal);

        private sealed class Counted(ReadCount reads, IJournal journal) : IJournal
        {
            public ValueTask<AppendOutcome> AppendAsync(JournalBatch batch) => journal.AppendAsync(batch);

            public async ValueTask<IReadOnlyList<JournalBatch>> ReadAsync(StreamId stream, long afterSequence, int maxBytes)
            {
                Interlocked.Increment(ref reads.count);
                await Task.Delay(reads.Delay, TestContext.Current.CancellationToken);
                return await journal.ReadAsync(stream, afterSequence, maxBytes);
            }
        }
    }
}
