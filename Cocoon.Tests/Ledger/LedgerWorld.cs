using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Client.Keys;
using Cocoon.Host.Storage;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Tests.Storage;

namespace Cocoon.Tests.Ledger;

/// <summary>The actors of a small ledger on a real file, with messages between streams that a test may lose and repeat.</summary>
internal sealed class LedgerWorld : ILedgerRoutes, IActorEvents, IEntropy, IAsyncDisposable
{
    public static readonly TimeSpan Deadline = Waiting.Patience;
    private readonly TemporaryFolder folder = new();
    private readonly ThreadPoolScheduler scheduler = new();
    private readonly Dictionary<StreamId, ActorRef<LedgerCommand>> actors = [];
    private readonly Lock gate = new();
    private readonly Random chance = new(5);
    private SqliteJournal journal;
    private ActorSystem system;

    public LedgerWorld()
    {
        journal = SqliteJournal.Open(new SqliteOptions(folder.File("ledger.db"), "test", 4));
        system = new ActorSystem("test", scheduler, this, this);
    }

    public LedgerOptions Options { get; init; } = new(default(Scope)) { CeilingOptional = true, TickPeriod = TimeSpan.FromMilliseconds(20) };

    /// <summary>What the ledgers write to and read from: the journal, or something around it.</summary>
    public Func<IJournal, IJournal> Wrap { get; init; } = static journal => journal;

    /// <summary>Signs receipts; null: there are none.</summary>
    public ReceiptAuthority? Receipts { get; init; }

    /// <summary>Of a hundred messages between streams, how many are lost; as many come twice.</summary>
    public int LossPercent { get; set; }

    public List<Exception> Failures { get; } = [];

    public static JobTerms Terms { get; } = new PriceTable().With("tiny").Terms("tiny")!;

    public static LedgerKey Key { get; } = new(new byte[32]);

    public SqliteJournal Journal => journal;

    public string Path => journal.Path;

    public async Task StartAsync()
    {
        Incarnation node = await journal.JoinAsync("test");
        foreach (ShardLease lease in await journal.ClaimAsync(node, 100))
        {
            Actors.Persistence.Persistence persistence = new(Wrap(journal), journal, new StreamOwnership(journal, node, lease), Key, 50);
            actors[lease.Stream] = system.Spawn(
                lease.Stream.ToString(),
                () => new LedgerActor(persistence, Options, this, new Ed25519Verifier(), Receipts),
                new SpawnOptions(Restart: RestartPolicy.Always));
        }
    }

    /// <summary>Ends every actor as a planned stop does and starts the next incarnation on the same file.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await ReopenAsync();
    }

    private Task ReopenAsync()
    {
        journal = SqliteJournal.Open(new SqliteOptions(folder.File("ledger.db"), "test", 4));
        system = new ActorSystem("test", scheduler, this, this);
        return StartAsync();
    }

    /// <summary>A backup of the ledger as it is, every actor anew.</summary>
    public async Task<string> BackUpAsync(string name)
    {
        await StopAsync();
        string copy = folder.File(name);
        LedgerFiles.Copy(Path, copy);
        await ReopenAsync();
        return copy;
    }

    /// <summary>Puts a backup in the ledger's place.</summary>
    public async Task RestoreAsync(string copy)
    {
        await StopAsync();
        LedgerFiles.Copy(copy, Path);
        await ReopenAsync();
    }

    public async Task StopAsync()
    {
        await system.StopAsync();
        await journal.DisposeAsync();
        actors.Clear();
    }

    public ActorRef<LedgerCommand> this[StreamId stream] => actors[stream];

    public static StreamId StreamOf(AccountId account) => StreamId.OfShard(account.Shard(4));

    public ActorRef<LedgerCommand> Of(AccountId account) => actors[StreamOf(account)];

    public async Task<NanoTon> CreditAsync(AccountId account, long amount, string reference = "")
    {
        LedgerAnswer answer = await Of(account).AskAsync<LedgerAnswer>(reply => new Credit(account, new NanoTon(amount), reference, "", reply), Deadline);
        Assert.Equal(LedgerRefusal.None, answer.Refusal);
        return (await BalanceAsync(account)).Balance;
    }

    public async Task<BalanceAnswer> BalanceAsync(AccountId account) =>
        await Of(account).AskAsync<BalanceAnswer>(reply => new QueryBalance(account, reply), Deadline);

    public async Task<ReserveAnswer> ReserveAsync(JobId job, long outputMax = 1000, ulong purse = 0, string model = "tiny") =>
        await Of(job.Account).AskAsync<ReserveAnswer>(
            reply => new Reserve(job, purse, model, Terms, 1000, [], outputMax, 1, TimeSpan.FromMinutes(1), reply), Deadline);

    public async Task<SettleAnswer> SettleAsync(JobId job, int instalment, bool final, long completion, ulong purse = 0) =>
        await Of(job.Account).AskAsync<SettleAnswer>(
            reply => new Settle(
                job, instalment, final, LedgerSamples.Worker(1), "tiny", Terms, [new(UsageClass.Prompt, 1000), new(UsageClass.Completion, completion)], reply)
            { Purse = purse },
            Deadline);

    public async Task<JobAnswer> JobAsync(JobId job) =>
        await Of(job.Account).AskAsync<JobAnswer>(reply => new QueryJob(job, reply), Deadline);

    public async Task<LedgerAnswer> AskAsync(StreamId stream, Func<ReplyTo<LedgerAnswer>, LedgerCommand> question) =>
        await this[stream].AskAsync(question, Deadline);

    void ILedgerRoutes.Deliver(StreamId from, StreamId to, TransferOut transfer) => Pass(to, new DeliverTransfer(from, transfer));

    void ILedgerRoutes.Acknowledge(StreamId sender, StreamId receiver, long number) => Pass(sender, new TransferArrived(receiver, number));

    void IActorEvents.Failed(ActorRef actor, Exception failure, TimeSpan? restartAfter)
    {
        lock (gate)
            Failures.Add(failure);
    }

    void IActorEvents.Dropped(ActorRef actor, int count)
    {
    }

    void IEntropy.Fill(Span<byte> bytes) => chance.NextBytes(bytes);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        scheduler.Dispose();
        folder.Dispose();
    }

    private void Pass(StreamId to, LedgerCommand message)
    {
        int times;
        lock (gate)
            times = chance.Next(100) < LossPercent ? chance.Next(2) * 2 : 1;
        for (int i = 0; i < times; i++)
        {
            if (actors.TryGetValue(to, out ActorRef<LedgerCommand>? actor))
                actor.Tell(message);
        }
    }
}
