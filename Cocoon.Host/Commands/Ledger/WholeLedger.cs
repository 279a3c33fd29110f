using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Host.Storage;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;

namespace Cocoon.Host.Commands.Ledger;

/// <summary>
/// The whole ledger in one process: every stream's actor on one store, started when it is first named, transfers handed over in memory.
/// </summary>
internal sealed class WholeLedger : ILedgerRoutes
{
    private readonly ActorSystem system;
    private readonly SqliteJournal journal;
    private readonly LedgerKey key;
    private readonly LedgerOptions options;
    private readonly ISignatureVerifier verifier;
    private readonly long snapshotEvery;
    private readonly Func<Actors.Persistence.Persistence, ILedgerRoutes, LedgerActor>? createTreasury;
    private readonly Incarnation node;
    private readonly Dictionary<StreamId, ShardLease> leases;
    private readonly Dictionary<StreamId, ActorRef<LedgerCommand>> actors = [];

    private WholeLedger(
        ActorSystem system, SqliteJournal journal, LedgerKey key, LedgerOptions options, ISignatureVerifier verifier, long snapshotEvery,
        Func<Actors.Persistence.Persistence, ILedgerRoutes, LedgerActor>? createTreasury, Incarnation node, IEnumerable<ShardLease> leases)
    {
        this.system = system;
        this.journal = journal;
        this.key = key;
        this.options = options;
        this.verifier = verifier;
        this.snapshotEvery = snapshotEvery;
        this.createTreasury = createTreasury;
        this.node = node;
        this.leases = leases.ToDictionary(lease => lease.Stream);
    }

    /// <summary>The stream's actor, started at its first mention.</summary>
    public ActorRef<LedgerCommand> this[StreamId stream]
    {
        get
        {
            lock (actors)
            {
                if (!actors.TryGetValue(stream, out ActorRef<LedgerCommand>? actor))
                    actors.Add(stream, actor = Start(stream));
                return actor;
            }
        }
    }

    /// <summary>The stream that holds an account.</summary>
    public ActorRef<LedgerCommand> Of(AccountId account) => this[StreamId.OfShard(account.Shard(journal.Shards))];

    /// <summary>
    /// Enters the store as a new incarnation and takes all its streams. <paramref name="createTreasury"/> makes the treasury's actor, where it
    /// is more than a ledger.
    /// </summary>
    public static async Task<WholeLedger> OpenAsync(
        ActorSystem system, SqliteJournal journal, LedgerKey key, LedgerOptions options, ISignatureVerifier verifier, long snapshotEvery,
        Func<Actors.Persistence.Persistence, ILedgerRoutes, LedgerActor>? createTreasury)
    {
        Incarnation node = await journal.JoinAsync("local");
        IReadOnlyList<ShardLease> leases = await journal.ClaimAsync(node, int.MaxValue);
        return new WholeLedger(system, journal, key, options, verifier, snapshotEvery, createTreasury, node, leases);
    }

    void ILedgerRoutes.Deliver(StreamId from, StreamId to, TransferOut transfer) => this[to].Tell(new DeliverTransfer(from, transfer));

    void ILedgerRoutes.Acknowledge(StreamId sender, StreamId receiver, long number) => this[sender].Tell(new TransferArrived(receiver, number));

    private ActorRef<LedgerCommand> Start(StreamId stream)
    {
        if (!leases.TryGetValue(stream, out ShardLease lease))
            throw new ArgumentException($"{stream} is not in {journal.Path}, which has {journal.Shards} shards", nameof(stream));
        StreamOwnership ownership = new(journal, node, lease);
        Actors.Persistence.Persistence persistence = new(journal, journal, ownership, key, snapshotEvery);
        return system.Spawn(
            $"ledger/{stream}",
            () => stream.IsTreasury && createTreasury is not null ? createTreasury(persistence, this) : new LedgerActor(persistence, options, this, verifier),
            new SpawnOptions(MailboxCapacity: 4096, Restart: RestartPolicy.Always));
    }
}
