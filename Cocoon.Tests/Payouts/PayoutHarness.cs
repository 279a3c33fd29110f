using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Client.Keys;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Storage;
using Cocoon.Ton.Crypto;

namespace Cocoon.Tests.Payouts;

/// <summary>A treasury and one shard on a journal in memory, over scripted wallets. Rounds follow each other every few milliseconds.</summary>
internal sealed class PayoutHarness : ILedgerRoutes, IActorEvents, IEntropy, IAsyncDisposable
{
    public static readonly TimeSpan Deadline = Waiting.Patience;
    public static readonly Scope Scope = new(NetworkId.Of("payout-tests"), new PublicKey(ScriptedTreasury.Hash("operator")));
    private static readonly StreamId Shard = StreamId.OfShard(0);
    private readonly ThreadPoolScheduler scheduler = new();
    private readonly MemoryJournal journal;
    private readonly Dictionary<StreamId, ActorRef<LedgerCommand>> actors = [];
    private readonly PayoutOptions options;
    private ActorSystem system = null!;

    public PayoutHarness(ScriptedTreasury chain, PayoutOptions? options = null)
    {
        Chain = chain;
        this.options = (options ?? new PayoutOptions(1)) with
        {
            GatherPeriod = TimeSpan.Zero,
            ScanPeriod = TimeSpan.FromMilliseconds(5),
            AttemptPeriod = TimeSpan.FromMilliseconds(5),
            AnchorPeriod = TimeSpan.Zero,
        };
        journal = new MemoryJournal([StreamId.Treasury, Shard], () => scheduler.Now, TimeSpan.FromHours(1));
    }

    public ScriptedTreasury Chain { get; }

    public ActorRef<LedgerCommand> Treasury => actors[StreamId.Treasury];

    public ActorRef<LedgerCommand> Accounts => actors[Shard];

    public List<Exception> Failures { get; } = [];

    public static async Task<PayoutHarness> StartAsync(ScriptedTreasury chain, PayoutOptions? options = null)
    {
        PayoutHarness harness = new(chain, options);
        await harness.StartAsync();
        return harness;
    }

    public async Task StartAsync()
    {
        system = new ActorSystem("test", scheduler, this, this);
        LedgerOptions ledger = new(Scope) { CeilingOptional = true, TickPeriod = TimeSpan.FromMilliseconds(20) };
        journal.Reopen(1);
        Incarnation node = await journal.JoinAsync("test");
        foreach (ShardLease lease in await journal.ClaimAsync(node, 10))
        {
            OneAtATime store = new(journal);
            Actors.Persistence.Persistence persistence = new(store, store, new StreamOwnership(journal, node, lease), new LedgerKey(new byte[32]), 20);
            actors[lease.Stream] = system.Spawn<LedgerCommand>(
                lease.Stream.ToString(),
                () => lease.Stream.IsTreasury
                    ? new PayoutActor(persistence, ledger, options, this, new Ed25519Verifier(), Chain)
                    : new LedgerActor(persistence, ledger, this, new Ed25519Verifier()),
                new SpawnOptions(Restart: RestartPolicy.Always));
        }
    }

    /// <summary>A crash as memory sees it: every actor anew, from the journal.</summary>
    public async Task RestartAsync()
    {
        await system.StopAsync();
        await StartAsync();
    }

    public async Task<TreasuryView> ViewAsync() => await Treasury.AskAsync<TreasuryView>(reply => new QueryTreasury(reply), Deadline);

    public async Task<PayoutsView> PayoutsAsync(Bytes32? who = null)
        => await Treasury.AskAsync<PayoutsView>(reply => new QueryPayouts(who, 0, 100, reply), Deadline);

    public async Task<LedgerAnswer> AskAsync(ActorRef<LedgerCommand> stream, Func<ReplyTo<LedgerAnswer>, LedgerCommand> command)
        => await stream.AskAsync(command, Deadline);

    public async Task<NanoTon> BalanceAsync(AccountId account)
        => (await Accounts.AskAsync<BalanceAnswer>(reply => new QueryBalance(account, reply), Deadline)).Balance;

    /// <summary>Waits until the treasury looks so; the last look otherwise.</summary>
    public async Task<TreasuryView> UntilAsync(Func<TreasuryView, bool> condition)
    {
        TreasuryView? view = null;
        await Waiting.UntilAsync(async () => condition(view = await ViewAsync()), () => $"the treasury never came so far: {view}");
        return view!;
    }

    public Task UntilBalanceAsync(AccountId account, long amount)
    {
        NanoTon seen = NanoTon.Zero;
        return Waiting.UntilAsync(async () => (seen = await BalanceAsync(account)).Value == amount, () => $"the balance is {seen}, not {amount} nanoTON");
    }

    /// <summary>Earnings of a worker arrive in the treasury, and its owner's address.</summary>
    public async Task EarnAsync(Ed25519PrivateKey owner, PublicKey worker, long amount, WalletAddress address, int number)
    {
        LedgerEvent arrived = new()
        {
            // Without a time the money would be old enough to be paid at once.
            TimeUnixMs = scheduler.UtcNow.ToUnixTimeMilliseconds(),
            TransferIn = new TransferIn { From = 99, Number = number, Kind = TransferKind.Earnings, Amount = amount, Beneficiary = Bytes(worker.Value) },
        };
        Assert.Equal(LedgerRefusal.None, (await AskAsync(Treasury, reply => new BookEvent(arrived, reply))).Refusal);
        await SetAddressAsync(owner, worker, address, 1);
    }

    public async Task<LedgerAnswer> SetAddressAsync(Ed25519PrivateKey owner, PublicKey worker, WalletAddress address, long sequence)
    {
        PublicKey ownerKey = new(Bytes32.From(owner.PublicKey));
        byte[] statement = new PayoutAddress(Scope, ownerKey, worker, sequence, address.Workchain, address.Account).ToStatement();
        return await AskAsync(Treasury, reply => new SetPayoutAddress(worker, statement, owner.Sign(statement), reply));
    }

    public static WalletAddress Address(string name) => new(0, ScriptedTreasury.Hash(name));

    public static Google.Protobuf.ByteString Bytes(Bytes32 value) => Google.Protobuf.ByteString.CopyFrom(value.AsSpan());

    void ILedgerRoutes.Deliver(StreamId from, StreamId to, TransferOut transfer) => actors[to].Tell(new DeliverTransfer(from, transfer));

    void ILedgerRoutes.Acknowledge(StreamId sender, StreamId receiver, long number) => actors[sender].Tell(new TransferArrived(receiver, number));

    void IActorEvents.Failed(ActorRef actor, Exception failure, TimeSpan? restartAfter)
    {
        lock (Failures)
            Failures.Add(failure);
    }

    void IActorEvents.Dropped(ActorRef actor, int count)
    {
    }

    void IEntropy.Fill(Span<byte> bytes) => bytes.Clear();

    public async ValueTask DisposeAsync()
    {
        await system.StopAsync();
        scheduler.Dispose();
        Assert.Empty(Failures);
    }

    /// <summary>The memory journal is made for one thread; two actors use it here.</summary>
    private sealed class OneAtATime(MemoryJournal journal) : IJournal, ISnapshots
    {
        public ValueTask<AppendOutcome> AppendAsync(JournalBatch batch)
        {
            lock (journal)
                return journal.AppendAsync(batch);
        }

        public ValueTask<IReadOnlyList<JournalBatch>> ReadAsync(StreamId stream, long afterSequence, int maxBytes)
        {
            lock (journal)
                return journal.ReadAsync(stream, afterSequence, maxBytes);
        }

        public ValueTask<bool> SaveAsync(Snapshot snapshot)
        {
            lock (journal)
                return journal.SaveAsync(snapshot);
        }

        public ValueTask<Snapshot?> LoadAsync(StreamId stream)
        {
            lock (journal)
                return journal.LoadAsync(stream);
        }
    }
}
