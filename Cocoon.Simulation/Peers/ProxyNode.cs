using Cocoon.Actors.Cluster;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Ledger;
using Cocoon.Simulation.Network;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation.Peers;

/// <summary>A proxy: the production lease keeper, shard supervisor and ledgers, behind a front that takes jobs.</summary>
internal sealed class ProxyNode(World world, int id, int number, ProxyParts parts) : WorldNode(world, id, PeerIdentity.ProxyName(number))
{
    /// <summary>Who serves which stream, in the present life's view.</summary>
    public ShardDirectory<LedgerCommand>? Directory { get; private set; }

    protected override void Boot(NodeLife life)
    {
        NodeStanding standing = new();
        ShardDirectory<LedgerCommand> directory = new();
        Directory = directory;
        SeededRandom chance = new(World.Options.Seed, ((ulong)Id << 24) + (ulong)Lives);
        ILedgerRoutes routes = parts.Bugs.Wrap(new WorldRoutes(World, this, directory, chance));
        IJournal journal = parts.Bugs.Wrap((IJournal)life.Database, life.Database, parts.Key);
        IShardLeases leases = parts.Bugs.Wrap((IShardLeases)life.Database);
        life.System.Spawn("shards", () => new ShardSupervisor<LedgerCommand>(leases, Name, standing, directory, ownership => new LedgerActor(
            new Persistence(journal, life.Database, ownership, parts.Key, SnapshotEvery: 40), parts.Options, routes, SimulatedSigner.Verifier)));
        life.System.Spawn(
            "front",
            () => new ProxyFront(World, life, number, directory, standing, parts, chance),
            new SpawnOptions(MailboxCapacity: 8192));
    }

    protected override void Crashed() => Directory = null;

    protected override bool IsExpected(Exception failure)
        => failure is StreamFencedException or StreamInterruptedException or JournalUnavailableException;
}

/// <summary>What all proxies of a world share.</summary>
/// <param name="Key">The ledger key.</param>
/// <param name="Options">The ledger's configuration.</param>
/// <param name="Errands">What the operator and clients want done beside jobs.</param>
/// <param name="Oracle">Told of everything that is answered.</param>
/// <param name="Bugs">What is deliberately wrong.</param>
internal sealed record ProxyParts(LedgerKey Key, LedgerOptions Options, Errands Errands, LedgerOracle Oracle, BugKit Bugs);
