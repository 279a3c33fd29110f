using Cocoon.Actors.Cluster;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;

namespace Cocoon.Actors.Proxy;

/// <summary>One proxy node: its fleet, its share of the shards, and a handler for every connection that comes in.</summary>
public sealed class ProxyNode
{
    private readonly ProxyContext context;

    /// <summary>Starts the node's actors in <paramref name="system"/>.</summary>
    /// <param name="system">The node's actors.</param>
    /// <param name="settings">How it runs jobs.</param>
    /// <param name="fleet">Routing constants.</param>
    /// <param name="leases">The lease table.</param>
    /// <param name="endpoint">Where the node listens, as others dial it.</param>
    /// <param name="verifier">Checks signatures.</param>
    /// <param name="receipts">Signs receipts; the ledgers made by <paramref name="createLedger"/> use the same.</param>
    /// <param name="createLedger">Makes the ledger actor of a stream that this node owns.</param>
    /// <param name="models">Remembers which models were served; null: a restarted node knows of none.</param>
    public ProxyNode(
        ActorSystem system,
        ProxySettings settings,
        FleetOptions fleet,
        IShardLeases leases,
        string endpoint,
        ISignatureVerifier verifier,
        ReceiptAuthority receipts,
        Func<StreamOwnership, ILedgerRoutes, Actor<LedgerCommand>> createLedger,
        IModelMemory? models = null)
    {
        ShardRoutes routes = new(Shards);
        Fleet = system.Spawn("fleet", () => new FleetActor(fleet, models), new SpawnOptions(MailboxCapacity: 65_536));
        context = new ProxyContext(settings, system, Fleet, Shards, verifier, receipts, Standing);
        Survey = context.Survey = system.Spawn("survey", () => new SurveyActor(context), new SpawnOptions(MailboxCapacity: 16_384, RestartPolicy.Always));
        Supervisor = system.Spawn(
            "shards",
            () => new ShardSupervisor<ProxyMessage>(
                leases, endpoint, Standing, Shards, ownership => new ProxyActor(context, () => createLedger(ownership, routes))),
            new SpawnOptions(Restart: RestartPolicy.Always));
    }

    /// <summary>The node's workers.</summary>
    public ActorRef<FleetMessage> Fleet { get; }

    /// <summary>Knows what the node sees of the network.</summary>
    public ActorRef<SurveyMessage> Survey { get; }

    /// <summary>Keeps the node's streams.</summary>
    public ActorRef<ShardEvent> Supervisor { get; }

    /// <summary>How sure the node is of its lease.</summary>
    public NodeStanding Standing { get; } = new();

    /// <summary>Who serves which stream.</summary>
    public ShardDirectory<ProxyMessage> Shards { get; } = new();

    /// <summary>Jobs on this node, from their header to their last word.</summary>
    public int Jobs => context.Jobs;

    /// <summary>The handler of a new connection.</summary>
    public ILinkHandler Accept(ILink link) => new InboundLink(link, context);

    /// <summary>Ends every job that is left: what was relayed is settled, its client and its worker get their receipts.</summary>
    public void EndJobs()
    {
        for (int number = 0; number < context.Settings.ShardCount; number++)
            Shards.Find(new StreamId(number)).Here?.TellControl(new ProxyMessage.EndJobs());
    }

    /// <summary>Takes no new jobs and connections; those that run go on.</summary>
    public void Drain()
    {
        context.Draining = true;
        Fleet.TellControl(new DrainFleet());
    }
}
