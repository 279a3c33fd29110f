using Cocoon.Actors.Cluster;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Proxy;

/// <summary>What the parts of one proxy node share.</summary>
internal sealed class ProxyContext(
    ProxySettings settings,
    ActorSystem system,
    ActorRef<FleetMessage> fleet,
    ShardDirectory<ProxyMessage> shards,
    ISignatureVerifier verifier,
    ReceiptAuthority receipts,
    NodeStanding standing)
{
    private readonly Dictionary<StreamId, string> stopped = [];
    private long lastLink;
    private int clients;
    private int jobs;

    public ProxySettings Settings => settings;

    public ActorSystem System => system;

    public ActorRef<FleetMessage> Fleet => fleet;

    public ShardDirectory<ProxyMessage> Shards => shards;

    public ISignatureVerifier Verifier => verifier;

    public ReceiptAuthority Receipts => receipts;

    public NodeStanding Standing => standing;

    public RefusalTally Refusals { get; } = new();

    /// <summary>Whether this node admits new work.</summary>
    public bool Draining { get; set; }

    /// <summary>Job actors that live on this node.</summary>
    public int Jobs => Volatile.Read(ref jobs);

    public void JobBegan() => Interlocked.Increment(ref jobs);

    public void JobEnded() => Interlocked.Decrement(ref jobs);

    public ShardPlace<ProxyMessage> PlaceOf(AccountId account) => shards.Find(StreamId.OfShard(account.Shard(settings.ShardCount)));

    /// <summary>Asked for what people and peers see; set right after the node's actors are made.</summary>
    public ActorRef<SurveyMessage> Survey { get; set; } = null!;

    /// <summary>Client connections.</summary>
    public int Clients => Volatile.Read(ref clients);

    public void ClientCame() => Interlocked.Increment(ref clients);

    public void ClientLeft() => Interlocked.Decrement(ref clients);

    /// <summary>Why a stream is stopped for good on this node, or null.</summary>
    public string? StoppedReason(StreamId stream)
    {
        lock (stopped)
            return stopped.GetValueOrDefault(stream);
    }

    public void NoteStopped(StreamId stream, string reason)
    {
        lock (stopped)
            stopped[stream] = reason;
    }

    public WorkerLinkId NextLink() => new(Interlocked.Increment(ref lastLink));
}
