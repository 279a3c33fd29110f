using Cocoon.Actors.Ledger;
using Cocoon.Client.Keys;
using Cocoon.Host.Commands.Ledger;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using static Cocoon.Tests.Ledger.LedgerSamples;
using JobId = Cocoon.Protocol.JobId;
using SessionId = Cocoon.Protocol.SessionId;
using StreamId = Cocoon.Protocol.StreamId;

namespace Cocoon.Tests.Ledger;

/// <summary>After an older copy of a ledger was restored: what peers' receipts prove is booked again, once, and the stream goes on.</summary>
public sealed class LossRecoveryTests : IDisposable
{
    private const long Funds = 1_000_000;
    private static readonly SessionId Now = SessionId.Open(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 1);
    private readonly Ed25519Signer operatorKey = new(Enumerable.Repeat((byte)1, 32).ToArray());
    private readonly Ed25519Signer nodeKey = new(Enumerable.Repeat((byte)2, 32).ToArray());
    private readonly AccountId account = Account(1);

    private StreamId Stream => LedgerWorld.StreamOf(account);

    private Scope Scope => new(NetworkId.Of("test"), operatorKey.PublicKey);

    public void Dispose()
    {
        operatorKey.Dispose();
        nodeKey.Dispose();
    }

    [Fact]
    public async Task What_receipts_prove_is_booked_again_once_and_what_none_proves_is_gone()
    {
        await using LedgerWorld world = await StartAsync();
        await SettleAsync(world, 1, 1, final: true, 100);
        string copy = await world.BackUpAsync("copy");
        Receipt second = await SettleAsync(world, 2, 1, final: true, 200);
        Receipt early = await SettleAsync(world, 3, 1, final: false, 300);
        Receipt open = await SettleAsync(world, 3, 2, final: false, 400);
        await SettleAsync(world, 4, 1, final: true, 500);
        Receipt last = await SettleAsync(world, 5, 1, final: true, 600);
        LedgerHead lost = HeadOf(last);

        await world.RestoreAsync(copy);
        HeadFinding found = await PresentAsync(world, lost);
        Assert.Equal(HeadVerdict.Behind, found.Verdict);
        Assert.Contains("ledger recover --accept-loss", found.ToString(), StringComparison.Ordinal);
        await Waiting.UntilAsync(() => world.Failures.Count > 0);
        Assert.IsType<LedgerForkException>(Assert.Single(world.Failures));

        // The stream has stopped: it answers nobody until the node is started again.
        await world.RestartAsync();
        Receipt[] kept = [last, open, second, early, second];
        LossAnswer trial = await AcceptAsync(world, lost, kept, isTrial: true);
        Assert.Equal(("", HeadVerdict.Behind, false, 3, 2, 0L), (trial.Refusal, trial.Finding.Verdict, trial.IsAccepted, trial.Settlements, trial.PassedOver, trial.Uncovered.Value));
        Assert.Equal(Funds - Price(100), (await world.BalanceAsync(account)).Balance.Value);
        LossAnswer done = await AcceptAsync(world, lost, kept);
        Assert.Equal(("", 3, 2, 0L), (done.Refusal, done.Settlements, done.PassedOver, done.Uncovered.Value));

        // A client deals with no ledger that ends before or with what it holds, and keeps the head of the highest number.
        Assert.True(done.Head.Sequence > lost.Sequence);
        Assert.Equal(Funds - Price(100) - Price(200) - Price(400) - Price(600), (await world.BalanceAsync(account)).Balance.Value);

        // Durable, and the lost end's heads no longer stop it; one beyond what was shown does.
        await world.RestartAsync();
        Assert.Equal(HeadVerdict.Known, (await PresentAsync(world, lost)).Verdict);
        Assert.Equal(HeadVerdict.Known, (await PresentAsync(world, HeadOf(open))).Verdict);
        LossAnswer again = await AcceptAsync(world, lost, kept);
        Assert.Equal((true, 0), (again.IsAccepted, again.Settlements));

        // A job that was settled is settled, by the receipt of the lost time but for its moment; the one that was open goes on.
        SettleAnswer repeated = await world.SettleAsync(new JobId(account, Now, 2), 1, final: true, 900);
        Assert.Equal(LedgerRefusal.JobSettled, repeated.Refusal);
        ReceiptLeaf leaf = LeafOf(second);
        ReceiptLeaf restored = LeafOf(repeated.Receipt!);
        Assert.Equal((leaf.Cost, leaf.WorkerShare, leaf.Worker, leaf.Model, leaf.Kind), (restored.Cost, restored.WorkerShare, restored.Worker, restored.Model, restored.Kind));
        Assert.Equal(leaf.Usage, restored.Usage);
        Receipt continued = await SettleAsync(world, 3, 3, final: true, 700);
        Assert.Equal(Price(700), LeafOf(continued).Cost.Value);
        Assert.Equal(Price(700) - (Price(700) / 20), LeafOf(continued).WorkerShare.Value);
        AssertSound(world);
        Assert.NotEqual(HeadVerdict.Known, (await PresentAsync(world, lost with { Sequence = lost.Sequence + 1 })).Verdict);
    }

    [Fact]
    public async Task Forged_foreign_and_expired_receipts_book_nothing()
    {
        await using LedgerWorld world = await StartAsync();
        string copy = await world.BackUpAsync("copy");
        Receipt honest = await SettleAsync(world, 1, 1, final: true, 100);
        AccountId neighbour = Enumerable.Range(2, 50).Select(Account).First(other => LedgerWorld.StreamOf(other) != Stream);
        await world.CreditAsync(neighbour, Funds);
        Receipt foreign = (await world.SettleAsync(new JobId(neighbour, Now, 1), 1, true, 100)).Receipt!;
        await world.RestoreAsync(copy);

        Receipt forged = honest.Clone();
        byte[] leaf = forged.Leaf.ToByteArray();
        leaf[^1] ^= 1;
        forged.Leaf = ByteString.CopyFrom(leaf);
        Receipt unsigned = honest.Clone();
        unsigned.Certificate = new SignedStatement();
        LossAnswer none = await AcceptAsync(world, HeadOf(honest), [forged, unsigned, foreign, new Receipt()], isTrial: true);
        Assert.Equal((0, 4), (none.Settlements, none.PassedOver));

        // Of another stream, of none, and of what the journal has: refused.
        Assert.Contains("is no head of", (await AcceptAsync(world, HeadOf(foreign), [foreign])).Refusal, StringComparison.Ordinal);
        Assert.Contains("is no head of", (await AcceptAsync(world, HeadOf(honest) with { Sequence = 0 }, [honest])).Refusal, StringComparison.Ordinal);
        BalanceAnswer balance = await world.BalanceAsync(account);
        LossAnswer known = await AcceptAsync(world, balance.Head, [honest]);
        Assert.Contains("nothing is lost", known.Refusal, StringComparison.Ordinal);
        Assert.Equal(balance.Balance, (await world.BalanceAsync(account)).Balance);

        // A session too old to tell its jobs apart is not booked: it might have been.
        LedgerAnswer expired = await world.AskAsync(Stream, reply => new BookEvent(
            new LedgerEvent { SessionsExpired = new SessionsExpired { OpenedBeforeUnixS = Now.OpenedUnixSeconds + 1 } }, reply));
        Assert.Equal(LedgerRefusal.None, expired.Refusal);
        LossAnswer late = await AcceptAsync(world, HeadOf(honest) with { Sequence = 25_000 }, [honest]);
        Assert.Equal(("", 0, 1, 25_001L), (late.Refusal, late.Settlements, late.PassedOver, late.Head.Sequence));
        AssertSound(world);
    }

    [Fact]
    public async Task What_accounts_no_longer_cover_is_said_and_booked_when_their_deposits_are_back()
    {
        await using LedgerWorld world = await StartAsync(funds: 0);
        string empty = await world.BackUpAsync("empty");
        await world.CreditAsync(account, Funds);
        Receipt first = await SettleAsync(world, 1, 1, final: true, 100);
        Receipt second = await SettleAsync(world, 2, 1, final: true, 200);
        await world.RestoreAsync(empty);

        // The account itself is lost: nothing can be booked yet, and the operator is told how much it is.
        LossAnswer none = await AcceptAsync(world, HeadOf(second), [first, second]);
        Assert.Equal((0, 2, Price(100) + Price(200)), (none.Settlements, none.PassedOver, none.Uncovered.Value));
        await world.CreditAsync(account, Price(100) + 100);
        LossAnswer part = await AcceptAsync(world, HeadOf(second), [first, second]);
        Assert.Equal((2, Price(200) - 100), (part.Settlements, part.Uncovered.Value));
        Assert.Equal(0, (await world.BalanceAsync(account)).Balance.Value);
        LossAnswer again = await AcceptAsync(world, HeadOf(second), [first, second]);
        Assert.Equal((0, 2), (again.Settlements, again.PassedOver));
        AssertSound(world);
    }

    [Fact]
    public async Task A_copy_that_had_gone_on_before_anybody_noticed_takes_the_lost_jobs_too()
    {
        await using LedgerWorld world = await StartAsync();
        string copy = await world.BackUpAsync("copy");
        Receipt lost = await SettleAsync(world, 1, 1, final: true, 100);
        Receipt more = await SettleAsync(world, 2, 1, final: true, 200);
        await world.RestoreAsync(copy);
        for (int number = 11; number <= 15; number++)
            await SettleAsync(world, number, 1, final: true, 300);

        Assert.Equal(HeadVerdict.Contradicts, (await PresentAsync(world, HeadOf(lost))).Verdict);
        await world.RestartAsync();
        LossAnswer done = await AcceptAsync(world, HeadOf(lost), [lost]);
        Assert.Equal(("", HeadVerdict.Contradicts, 1), (done.Refusal, done.Finding.Verdict, done.Settlements));
        Assert.Equal(HeadVerdict.Known, (await PresentAsync(world, HeadOf(lost))).Verdict);

        // Somebody comes later with more of the lost time: the stream stops again, and takes that too.
        Assert.Equal(HeadVerdict.Contradicts, (await PresentAsync(world, HeadOf(more))).Verdict);
        await world.RestartAsync();
        Assert.Equal(1, (await AcceptAsync(world, HeadOf(more), [lost, more])).Settlements);
        Assert.Equal(HeadVerdict.Known, (await PresentAsync(world, HeadOf(more))).Verdict);
        Assert.Equal(Funds - Price(100) - Price(200) - (5 * Price(300)), (await world.BalanceAsync(account)).Balance.Value);
        AssertSound(world);
    }

    [Fact]
    public async Task A_worker_is_owed_after_the_recovery_what_it_was_owed_before()
    {
        await using LedgerWorld world = await StartAsync();
        string copy = await world.BackUpAsync("copy");

        // The high number first: by itself it would make the low one too old to be told apart.
        Receipt[] receipts =
        [
            await SettleAsync(world, 1, 1, final: false, 150),
            await SettleAsync(world, 5_000, 1, final: true, 1),
            await SettleAsync(world, 1, 2, final: true, 333),
        ];
        long owed = Owed(world);
        await world.RestoreAsync(copy);
        Assert.Equal(0, Owed(world));
        Assert.Equal(2, (await AcceptAsync(world, HeadOf(receipts[^1]), receipts)).Settlements);
        Assert.Equal(owed, Owed(world));
        AssertSound(world);
    }

    [Theory]
    [InlineData(4, 9, 4, false)]
    [InlineData(4, 9, 5, true)]
    [InlineData(4, 9, 9, true)]
    [InlineData(4, 9, 10, false)]
    [InlineData(12, 9, 1, true)]
    [InlineData(12, 9, 9, true)]
    [InlineData(12, 9, 10, false)]
    public void Only_heads_of_the_lost_end_are_excused(long recovered, long shown, long presented, bool expected)
    {
        LedgerHead Head(long sequence) => new(StreamId.OfShard(1), sequence, default);
        LossAccepted loss = new() { Recovered = LossRecovery.HeadOf(Head(recovered)), Shown = LossRecovery.HeadOf(Head(shown)) };
        Assert.Equal(expected, LossRecovery.Excuses(loss, Head(presented)));
        Assert.False(LossRecovery.Excuses(loss, Head(presented) with { Stream = StreamId.OfShard(2) }));
    }

    private async Task<LedgerWorld> StartAsync(long funds = Funds)
    {
        NodeCertificate certificate = new(Scope, nodeKey.PublicKey, 1, long.MaxValue);
        LedgerWorld world = new()
        {
            Options = new LedgerOptions(Scope) { CeilingOptional = true, TickPeriod = TimeSpan.FromMilliseconds(20) },
            Receipts = new ReceiptAuthority(Scope, nodeKey, Statements.Sign(operatorKey, certificate.ToStatement()), LedgerWorld.Key),
        };
        await world.StartAsync();
        if (funds > 0)
            await world.CreditAsync(account, funds);
        return world;
    }

    private async Task<Receipt> SettleAsync(LedgerWorld world, long number, int instalment, bool final, long completion)
    {
        SettleAnswer settled = await world.SettleAsync(new JobId(account, Now, number), instalment, final, completion);
        Assert.Equal((LedgerRefusal.None, Price(completion)), (settled.Refusal, settled.Total.Value));
        return settled.Receipt!;
    }

    private static long Price(long completion) => LedgerWorld.Terms.Price([new(UsageClass.Prompt, 1000), new(UsageClass.Completion, completion)]).Value;

    private ReceiptLeaf LeafOf(Receipt receipt)
    {
        Assert.Equal(ReceiptVerdict.Valid, ReceiptVerifier.Verify(receipt, Scope, new Ed25519Verifier(), out ReceiptLeaf? leaf, out _));
        return leaf!;
    }

    private LedgerHead HeadOf(Receipt receipt)
    {
        Assert.Equal(ReceiptVerdict.Valid, ReceiptVerifier.Verify(receipt, Scope, new Ed25519Verifier(), out _, out BatchRoot? root));
        return new LedgerHead(root!.Stream, root.LastSequence, root.ChainHash);
    }

    private async Task<HeadFinding> PresentAsync(LedgerWorld world, LedgerHead head) =>
        await world[Stream].AskAsync<HeadFinding>(reply => new PresentHead(head, reply), LedgerWorld.Deadline);

    private async Task<LossAnswer> AcceptAsync(LedgerWorld world, LedgerHead shown, Receipt[] receipts, bool isTrial = false) =>
        await world[Stream].AskAsync<LossAnswer>(reply => new AcceptLoss(shown, receipts, "disk lost", reply) { IsTrial = isTrial }, LedgerWorld.Deadline);

    private long Owed(LedgerWorld world)
    {
        using LedgerInspection ledger = LedgerInspection.Open(world.Path);
        return new LedgerAudit(ledger.Reader, LedgerWorld.Key).Read(Stream).State.BalanceOf(Book.OfWorker(Worker(1))).Value;
    }

    private static void AssertSound(LedgerWorld world)
    {
        using LedgerInspection ledger = LedgerInspection.Open(world.Path);
        LedgerAudit audit = new(ledger.Reader, LedgerWorld.Key);
        StreamAudit[] audits = [.. ledger.Streams.Select(audit.Read)];
        Assert.Empty(audits.Select(stream => stream.Problem).OfType<string>());
        Assert.Empty(LedgerInvariants.CheckAll(audits.Select(stream => stream.State)));
    }
}
