using Cocoon.Actors.Cluster;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Link;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Ledger;
using Cocoon.Simulation.Network;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation.Jobs;

/// <summary>A proxy: the production node on the world's database and network, and whoever runs errands at it.</summary>
internal sealed class ProxyMachine(World world, int id, int number, ProxyParts parts) : WorldNode(world, id, PeerIdentity.ProxyName(number))
{
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EndMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeaveMax = TimeSpan.FromSeconds(2);

    /// <summary>The node of the present life.</summary>
    public ProxyNode? Node { get; private set; }

    /// <summary>What it is truly connected to.</summary>
    public WatchedLinks? Links { get; private set; }

    protected override void Boot(NodeLife life)
    {
        SeededRandom chance = new(World.Options.Seed, ((ulong)Id << 24) + (ulong)Lives);
        LinkIdentity identity = PeerIdentity.Proxy(number);
        ReceiptAuthority receipts = new(PeerIdentity.Scope, identity.Signer, identity.Certificate!, parts.Key);
        IJournal journal = parts.Bugs.Wrap((IJournal)life.Database, life.Database, parts.Key);
        ProxyNode node = new(
            life.System,
            parts.Settings,
            parts.Fleet,
            parts.Bugs.Wrap((IShardLeases)life.Database),
            $"{Name}:{PeerIdentity.Port}",
            SimulatedSigner.Verifier,
            receipts,
            (ownership, _) => parts.Bugs.Wrap(() => new LedgerActor(
                new Persistence(journal, life.Database, ownership, parts.Key, SnapshotEvery: 40),
                parts.Ledger,
                parts.Bugs.Wrap(new WorldRoutes(World, this, ownership, chance)),
                SimulatedSigner.Verifier,
                receipts)));
        Node = node;
        WatchedLinks watched = new(World.Loop, parts.KeepsBodies);
        Links = watched;
        life.Transport.Listen(new ListenTarget(Name, PeerIdentity.Port, () => identity), link => watched.Watch(parts.Bugs.Accept(link, node.Accept)));
        life.System.Spawn("errands", () => new ErrandRunner(node, parts.Errands, parts.Oracle));
    }

    /// <summary>Takes nothing new, lets what runs run for a while, ends the rest, gives its streams back and restarts.</summary>
    public void Drain()
    {
        if (Node is not { } node || Life is not { } life)
            return;
        World.Note(Id, "drains");
        node.Drain();
        World.Loop.Schedule("leaves", DrainMax, () =>
        {
            if (Life != life)
                return;
            node.EndJobs();
            World.Loop.Schedule("gives its streams back", EndMax, () => node.Supervisor.TellControl(new ShardEvent.Leave()));
            World.Loop.Schedule("stops", EndMax + LeaveMax, () =>
            {
                if (Life != life)
                    return;
                Crash();
                World.Loop.Schedule("restart", TimeSpan.FromSeconds(1), Start);
            });
        });
    }

    protected override void Crashed() => (Node, Links) = (null, null);

    protected override bool IsExpected(Exception failure)
        => failure is StreamFencedException or StreamInterruptedException or JournalUnavailableException
            || (failure is ActorStopException { InnerException: { } inner } && IsExpected(inner));
}

/// <summary>What all proxies of a world share.</summary>
/// <param name="Key">The ledger key.</param>
/// <param name="Settings">How jobs are run.</param>
/// <param name="Fleet">How workers are chosen.</param>
/// <param name="Ledger">The ledgers' configuration.</param>
/// <param name="Errands">What the operator wants done beside jobs.</param>
/// <param name="Oracle">Told of everything that is answered.</param>
/// <param name="Bugs">What is deliberately wrong.</param>
/// <param name="KeepsBodies">Whether what is relayed is kept, to be looked at.</param>
internal sealed record ProxyParts(
    LedgerKey Key, ProxySettings Settings, FleetOptions Fleet, LedgerOptions Ledger, Errands Errands, LedgerOracle Oracle, BugKit Bugs, bool KeepsBodies);
