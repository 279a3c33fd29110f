using System.Buffers;
using Cocoon.Actors.Ledger;
using Cocoon.Client.Keys;
using Cocoon.Host.Commands.Ledger;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using static Cocoon.Tests.Ledger.LedgerSamples;

namespace Cocoon.Tests.Ledger;

public class LedgerActorTests
{
    private static readonly SessionId Now = SessionId.Open(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 1);

    // 1,000 prompt and 1,000 output tokens at the public prices.
    private const long Full = 180_000;

    [Fact]
    public async Task A_job_is_reserved_settled_in_instalments_and_never_again()
    {
        await using LedgerWorld world = new();
        await world.StartAsync();
        AccountId account = Account(1);
        await world.CreditAsync(account, 1_000_000);
        JobId job = new(account, Now, 1);
        ReserveAnswer reserved = await world.ReserveAsync(job);
        Assert.Equal(new ReserveAnswer(LedgerRefusal.None, "", new NanoTon(Full), 1000), reserved);
        Assert.Equal(LedgerRefusal.JobRunning, (await world.ReserveAsync(job)).Refusal);
        Assert.Equal(new NanoTon(Full), (await world.BalanceAsync(account)).Reserved);

        SettleAnswer first = await world.SettleAsync(job, 1, final: false, 100);
        Assert.Equal(new NanoTon(36_000), first.Price);
        Assert.Equal(new NanoTon(Full - 36_000), (await world.BalanceAsync(account)).Reserved);
        JobAnswer open = await world.JobAsync(job);
        Assert.Equal((JobStanding.Open, true, 1, first.Sequence), (open.Standing, open.Running, open.Instalment, open.Sequence));
        Assert.Equal(LedgerRefusal.JobSettled, (await world.SettleAsync(job, 1, final: false, 200)).Refusal);

        SettleAnswer last = await world.SettleAsync(job, 2, final: true, 300);
        Assert.Equal(new NanoTon(68_000), last.Total);
        Assert.True(last.Head.Sequence >= last.Sequence);
        BalanceAnswer balance = await world.BalanceAsync(account);
        Assert.Equal((1_000_000 - 68_000, 0, 68_000), (balance.Balance.Value, balance.Reserved.Value, balance.Settled.Value));
        SettleAnswer again = await world.SettleAsync(job, 3, final: true, 900);
        Assert.Equal((LedgerRefusal.JobSettled, last.Sequence), (again.Refusal, again.Sequence));
        Assert.Equal(LedgerRefusal.JobSettled, (await world.ReserveAsync(job)).Refusal);
        AssertSound(world);
    }

    [Fact]
    public async Task Reservations_bound_what_is_charged_and_what_is_admitted()
    {
        await using LedgerWorld world = new();
        await world.StartAsync();
        AccountId account = Account(2);
        Assert.Equal(LedgerRefusal.UnknownAccount, (await world.ReserveAsync(new JobId(account, Now, 1))).Refusal);
        await world.CreditAsync(account, Full + 61_000);
        Assert.Equal(LedgerRefusal.None, (await world.ReserveAsync(new JobId(account, Now, 1))).Refusal);
        ReserveAnswer lowered = await world.ReserveAsync(new JobId(account, Now, 2));
        Assert.Equal((LedgerRefusal.None, 256L), (lowered.Refusal, lowered.OutputMax));
        Assert.Equal(LedgerRefusal.InsufficientBalance, (await world.ReserveAsync(new JobId(account, Now, 3))).Refusal);
        SettleAnswer cut = await world.SettleAsync(new JobId(account, Now, 1), 1, final: true, 5000);
        Assert.Equal((Full, 640_000L), (cut.Total.Value, cut.Cut.Value));
        world.Of(account).Tell(new Release(new JobId(account, Now, 2)));
        BalanceAnswer balance = await world.BalanceAsync(account);
        Assert.Equal((61_000L, 0L), (balance.Balance.Value, balance.Reserved.Value));
        Assert.Equal(LedgerRefusal.SessionRefused, (await world.ReserveAsync(new JobId(account, SessionId.Open(1000, 1), 4))).Refusal);
        SessionId future = SessionId.Open(Now.OpenedUnixSeconds + 4000, 1);
        Assert.Equal(LedgerRefusal.SessionRefused, (await world.ReserveAsync(new JobId(account, future, 4))).Refusal);
        Assert.Equal(LedgerRefusal.Malformed, (await world.ReserveAsync(new JobId(account, Now, 4), outputMax: -1)).Refusal);
    }

    [Fact]
    public async Task Nobody_charges_beyond_a_signed_ceiling()
    {
        using Ed25519Signer signer = new(new byte[32]);
        PublicKey operatorKey = Worker(9);
        Scope scope = new(NetworkId.Of("test"), operatorKey);
        await using LedgerWorld world = new() { Options = new LedgerOptions(scope) };
        await world.StartAsync();
        AccountId account = AccountId.Of(signer.PublicKey);
        await world.CreditAsync(account, 1_000_000);
        Assert.Equal(LedgerRefusal.CeilingReached, (await world.ReserveAsync(new JobId(account, Now, 1))).Refusal);

        Ceiling ceiling = new(scope, account, 1, new NanoTon(Full), Now.OpenedUnixSeconds + 3600);
        Assert.Equal(LedgerRefusal.None, await SetAsync(ceiling));
        Assert.Equal(LedgerRefusal.None, await SetAsync(ceiling));
        Assert.Equal(LedgerRefusal.Superseded, await SetAsync(ceiling with { Total = new NanoTon(9 * Full) }));
        Assert.Equal(LedgerRefusal.Malformed, await SetAsync(ceiling with { Sequence = 2, Scope = default }));
        Assert.Equal(LedgerRefusal.BadSignature, await SetAsync(ceiling with { Sequence = 2 }, breakSignature: true));
        Assert.Equal(LedgerRefusal.BadSignature, await SetAsync(ceiling with { Sequence = 2, Account = Account(1) }));

        Assert.Equal(LedgerRefusal.None, (await world.ReserveAsync(new JobId(account, Now, 1))).Refusal);
        Assert.Equal(LedgerRefusal.CeilingReached, (await world.ReserveAsync(new JobId(account, Now, 2))).Refusal);
        Assert.Equal(LedgerRefusal.Malformed, await SetAsync(ceiling with { Sequence = 2, Total = new NanoTon(Full - 1) }));
        await world.SettleAsync(new JobId(account, Now, 1), 1, final: true, 1000);
        Assert.Equal(LedgerRefusal.CeilingReached, (await world.ReserveAsync(new JobId(account, Now, 2))).Refusal);
        Ceiling ending = ceiling with { Sequence = 3, Total = new NanoTon(5 * Full), ExpiresUnixSeconds = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 30 };
        Assert.Equal(LedgerRefusal.None, await SetAsync(ending));
        Assert.Equal(LedgerRefusal.CeilingReached, (await world.ReserveAsync(new JobId(account, Now, 2))).Refusal);

        async Task<LedgerRefusal> SetAsync(Ceiling statement, bool breakSignature = false)
        {
            byte[] bytes = statement.ToStatement();
            byte[] signature = new byte[64];
            signer.Sign(bytes, signature);
            if (breakSignature)
                signature[5] ^= 1;
            StreamId stream = LedgerWorld.StreamOf(account);
            return (await world.AskAsync(stream, reply => new SetCeiling(signer.PublicKey, bytes, signature, reply))).Refusal;
        }
    }

    /// <summary>Whatever was reserved is forgotten with the ledger's memory: what its jobs settle afterwards is still bound by the budget.</summary>
    [Fact]
    public async Task A_purse_is_not_overspent_by_jobs_whose_ledger_restarted()
    {
        await using LedgerWorld world = new();
        await world.StartAsync();
        AccountId account = Account(9);
        await world.CreditAsync(account, 10 * Full);
        PurseSet terms = new() { Account = Bytes(account.Value), Purse = 5, Budget = Full };
        Assert.Equal(LedgerRefusal.None, (await world.AskAsync(LedgerWorld.StreamOf(account), reply => new SetPurse(terms, reply))).Refusal);
        Assert.Equal(LedgerRefusal.None, (await world.ReserveAsync(new JobId(account, Now, 1), purse: 5)).Refusal);
        await world.RestartAsync();
        Assert.Equal(LedgerRefusal.None, (await world.ReserveAsync(new JobId(account, Now, 2), outputMax: 500, purse: 5)).Refusal);
        SettleAnswer forgotten = await world.SettleAsync(new JobId(account, Now, 1), 1, final: true, 1000, purse: 5);
        SettleAnswer held = await world.SettleAsync(new JobId(account, Now, 2), 1, final: true, 500, purse: 5);
        Assert.Equal(new NanoTon(100_000), held.Total);
        Assert.Equal(new NanoTon(Full) - held.Total, forgotten.Total);
        AssertSound(world);
    }

    [Fact]
    public async Task A_purse_limits_its_gateways_together()
    {
        await using LedgerWorld world = new();
        await world.StartAsync();
        AccountId account = Account(3);
        StreamId stream = LedgerWorld.StreamOf(account);
        await world.CreditAsync(account, 100 * Full);
        PurseSet terms = new() { Account = Bytes(account.Value), Purse = 5, Budget = 2 * Full, ConcurrentLimit = 2, Models = { "tiny" } };
        Assert.Equal(LedgerRefusal.PurseUnusable, (await world.ReserveAsync(new JobId(account, Now, 1), purse: 5)).Refusal);
        Assert.Equal(LedgerRefusal.None, (await world.AskAsync(stream, reply => new SetPurse(terms, reply))).Refusal);
        Assert.Equal(LedgerRefusal.PurseModel, (await world.ReserveAsync(new JobId(account, Now, 1), purse: 5, model: "big")).Refusal);
        Assert.Equal(LedgerRefusal.None, (await world.ReserveAsync(new JobId(account, Now, 1), purse: 5)).Refusal);
        Assert.Equal(LedgerRefusal.None, (await world.ReserveAsync(new JobId(account, Now, 2), outputMax: 100, purse: 5)).Refusal);
        Assert.Equal(LedgerRefusal.RateLimited, (await world.ReserveAsync(new JobId(account, Now, 3), outputMax: 1, purse: 5)).Refusal);
        await world.SettleAsync(new JobId(account, Now, 1), 1, final: true, 1000);
        await world.SettleAsync(new JobId(account, Now, 2), 1, final: true, 100);
        Assert.Equal(LedgerRefusal.None, (await world.ReserveAsync(new JobId(account, Now, 4), outputMax: 700, purse: 5)).Refusal);
        ReserveAnswer tight = await world.ReserveAsync(new JobId(account, Now, 5), outputMax: 300, purse: 5);
        Assert.Equal(LedgerRefusal.PurseBudget, tight.Refusal);
        PurseStanding purse = Assert.Single(await world[stream].AskAsync<IReadOnlyList<PurseStanding>>(reply => new QueryPurses(account, reply), LedgerWorld.Deadline));
        Assert.Contains($"budget {new NanoTon(2 * Full)}, spent {purse.Spent}, held for running jobs {purse.Held}", tight.Text, StringComparison.Ordinal);
        terms = new PurseSet(terms) { Closed = true };
        Assert.Equal(LedgerRefusal.None, (await world.AskAsync(stream, reply => new SetPurse(terms, reply))).Refusal);
        Assert.Equal(LedgerRefusal.PurseUnusable, (await world.ReserveAsync(new JobId(account, Now, 6), purse: 5)).Refusal);
        Assert.Equal(LedgerRefusal.Malformed, (await world.AskAsync(stream, reply => new SetPurse(new PurseSet(terms) { Purse = 0 }, reply))).Refusal);
    }

    [Fact]
    public async Task Transfers_arrive_once_whatever_is_lost_or_repeated()
    {
        await using LedgerWorld world = new() { LossPercent = 60 };
        await world.StartAsync();
        AccountId[] accounts = [.. Enumerable.Range(0, 12).Select(Account)];
        foreach (AccountId account in accounts)
            await world.CreditAsync(account, 1_000_000);
        for (int i = 0; i < 60; i++)
        {
            AccountId from = accounts[i % 12];
            AccountId to = accounts[(i * 7 + 1) % 12];
            TransferOut lane = new()
            {
                Kind = TransferKind.Lane,
                Amount = 1000 + i,
                Source = Bytes(from.Value),
                Beneficiary = Bytes(to.Value),
                Request = i + 1,
            };
            LedgerAnswer sent = await world.AskAsync(
                LedgerWorld.StreamOf(from), reply => new StartTransfer(LedgerWorld.StreamOf(to), lane, reply));
            Assert.Equal(LedgerRefusal.None, sent.Refusal);
            LedgerAnswer repeated = await world.AskAsync(
                LedgerWorld.StreamOf(from), reply => new StartTransfer(LedgerWorld.StreamOf(to), lane, reply));
            Assert.Equal(LedgerRefusal.InsufficientBalance, repeated.Refusal);
            if (i == 30)
                await world.RestartAsync();
        }

        LedgerState[] states = [];
        await Waiting.UntilAsync(() => (states = Audit(world)).All(state => state.Total(BookKind.InTransit) == NanoTon.Zero));
        Assert.Equal(12_000_000, states.Sum(state => state.Total(BookKind.Client).Value));
        long expected = 1_000_000;
        for (int i = 0; i < 60; i++)
            expected += ((i * 7 + 1) % 12 == 5 ? 1000 + i : 0) - (i % 12 == 5 ? 1000 + i : 0);
        Assert.Equal(expected, (await world.BalanceAsync(accounts[5])).Balance.Value);
        AssertSound(world);
    }

    [Fact]
    public async Task Earnings_and_withdrawals_end_in_the_treasury()
    {
        await using LedgerWorld world = new();
        await world.StartAsync();
        AccountId account = Account(1);
        await world.CreditAsync(account, 1_000_000);
        await world.ReserveAsync(new JobId(account, Now, 1));
        await world.SettleAsync(new JobId(account, Now, 1), 1, final: true, 1000);
        await world.ReserveAsync(new JobId(account, Now, 2));
        StreamId stream = LedgerWorld.StreamOf(account);
        TransferOut withdrawal = new()
        {
            Kind = TransferKind.Withdrawal,
            Amount = 1_000_000 - Full,
            Beneficiary = Bytes(account.Value),
            Destination = Bytes("wallet"),
            Request = 1,
        };
        Assert.Equal(
            LedgerRefusal.InsufficientBalance, (await world.AskAsync(stream, reply => new StartTransfer(StreamId.Treasury, withdrawal, reply))).Refusal);
        withdrawal.Amount -= Full;
        Assert.Equal(LedgerRefusal.None, (await world.AskAsync(stream, reply => new StartTransfer(StreamId.Treasury, withdrawal, reply))).Refusal);
        await world.AskAsync(stream, reply => new SweepEarnings(new NanoTon(1), TimeSpan.FromDays(1), reply));
        LedgerState treasury = await UntilAsync(world, state => state.Stream.IsTreasury && state.Total(BookKind.Worker) > NanoTon.Zero);
        Assert.Equal(Full - (Full / 20), treasury.Total(BookKind.Worker).Value);
        Payout payout = Assert.Single(treasury.Treasury!.Payouts.Values);
        Assert.Equal((withdrawal.Amount, PayoutKind.Withdrawal, PayoutStanding.Waiting), (payout.Request.Amount, payout.Request.Kind, payout.Standing));
        LedgerAnswer impossible = await world.AskAsync(
            StreamId.Treasury,
            reply => new BookEvent(new LedgerEvent { PayoutPaid = new PayoutPaid { Attempt = 1, Amount = 5 } }, reply));
        Assert.Equal(LedgerRefusal.Malformed, impossible.Refusal);
        AssertSound(world);
    }

    [Fact]
    public async Task A_restart_forgets_reservations()
    {
        await using LedgerWorld world = new();
        await world.StartAsync();
        AccountId account = Account(4);
        await world.CreditAsync(account, 1_000_000);
        await world.ReserveAsync(new JobId(account, Now, 1));
        await world.RestartAsync();
        Assert.Equal(NanoTon.Zero, (await world.BalanceAsync(account)).Reserved);
        AssertSound(world);
    }

    [Fact]
    public async Task A_presented_head_that_the_journal_lacks_stops_the_stream()
    {
        await using LedgerWorld world = new();
        await world.StartAsync();
        AccountId account = Account(1);
        await world.CreditAsync(account, 1_000, "a");
        Assert.Equal(new NanoTon(1_000), await world.CreditAsync(account, 1_000, "a"));
        LedgerHead head = (await world.BalanceAsync(account)).Head;
        HeadFinding known = await world.Of(account).AskAsync<HeadFinding>(reply => new PresentHead(head, reply), LedgerWorld.Deadline);
        Assert.Equal(HeadVerdict.Known, known.Verdict);
        LedgerHead ahead = head with { Sequence = head.Sequence + 5 };
        HeadFinding behind = await world.Of(account).AskAsync<HeadFinding>(reply => new PresentHead(ahead, reply), LedgerWorld.Deadline);
        Assert.Equal(HeadVerdict.Behind, behind.Verdict);
        await Waiting.UntilAsync(() => world.Failures.Count > 0);
        LedgerForkException stopped = Assert.IsType<LedgerForkException>(Assert.Single(world.Failures));
        Assert.Equal(ahead, stopped.Finding.Presented);
    }

    [Fact]
    public async Task A_reference_credits_each_account_once_also_after_a_snapshot()
    {
        await using LedgerWorld world = new();
        await world.StartAsync();
        AccountId one = Account(1);
        AccountId neighbour = Account(Enumerable.Range(2, 100).First(number => LedgerWorld.StreamOf(Account(number)) == LedgerWorld.StreamOf(one)));
        await world.CreditAsync(one, 1_000, "a");
        Assert.Equal(new NanoTon(500), await world.CreditAsync(neighbour, 500, "a"));
        LedgerState state = await UntilAsync(world, found => found.HasCredit(neighbour, "a"));
        ArrayBufferWriter<byte> snapshot = new();
        state.WriteSnapshot(snapshot);
        LedgerState restored = LedgerState.FromSnapshot(state.Stream, snapshot.WrittenSpan);
        Assert.True(restored.HasCredit(one, "a"));
        Assert.False(restored.HasCredit(one, "b"));
    }

    private static async Task<LedgerState> UntilAsync(LedgerWorld world, Func<LedgerState, bool> condition)
    {
        LedgerState? found = null;
        await Waiting.UntilAsync(() => (found = Audit(world).FirstOrDefault(condition)) is not null);
        return found!;
    }

    private static LedgerState[] Audit(LedgerWorld world)
    {
        using LedgerInspection file = LedgerInspection.Open(world.Path);
        LedgerAudit audit = new(file.Reader, LedgerWorld.Key);
        StreamAudit[] audits = [.. file.Streams.Select(audit.Read)];
        Assert.All(audits, found => Assert.Null(found.Problem));
        return [.. audits.Select(found => found.State)];
    }

    private static void AssertSound(LedgerWorld world)
    {
        Assert.Empty(LedgerInvariants.CheckAll(Audit(world)));
        Assert.Empty(world.Failures);
    }
}
