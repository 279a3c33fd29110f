using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;

namespace Cocoon.Actors.Cluster;

/// <summary>
/// Keeps one node's share of the streams: claims free ones, starts an actor for each, hands over what others lack, and stops everything
/// when the incarnation dies. All nodes run the same plan over the same table; there is no leader. The treasury is a stream like the others.
/// </summary>
/// <param name="leases">The lease table.</param>
/// <param name="endpoint">Where this node listens.</param>
/// <param name="standing">Told of joins, renewals and deaths.</param>
/// <param name="directory">Kept up to date.</param>
/// <param name="create">Makes the actor of a stream that this node owns.</param>
public sealed class ShardSupervisor<TCommand>(
    IShardLeases leases,
    string endpoint,
    NodeStanding standing,
    ShardDirectory<TCommand> directory,
    Func<StreamOwnership, Actor<TCommand>> create) : Actor<ShardEvent>
{
    private static readonly SpawnOptions StreamOptions = new(MailboxCapacity: 4096, Restart: RestartPolicy.Always);
    private readonly SortedDictionary<StreamId, Served> served = [];
    private readonly HashSet<StreamId> corrupt = [];
    private LeaseTable table = new([], []);
    private Incarnation? incarnation;
    private bool busy;
    private bool leaving;

    /// <inheritdoc/>
    protected override void OnStart()
    {
        Spawn("lease", () => new LeaseKeeper(leases, endpoint, standing, Self), new SpawnOptions(Restart: RestartPolicy.Always));
        StartPeriodicTimer(leases.Term / 3, ShardEvent.Due.Now);
    }

    /// <inheritdoc/>
    protected override void Receive(ShardEvent message)
    {
        switch (message)
        {
            case ShardEvent.Joined joined:
                incarnation = joined.Node;
                break;
            case ShardEvent.Died:
                incarnation = null;
                StopAll();
                return;
            case ShardEvent.Leave:
                leaving = true;
                break;
        }

        if (busy || incarnation is not { } self)
            return;
        busy = true;
        Run(ended => BalanceAsync(self, ended));
    }

    /// <inheritdoc/>
    protected override void OnTerminated(Terminated terminated)
    {
        foreach ((StreamId stream, Served actor) in served)
        {
            if (!ReferenceEquals(actor.Actor, terminated.Actor))
                continue;
            if (terminated.Failure is StreamCorruptException or Ledger.LedgerForkException)
                corrupt.Add(stream);
            if (actor.ReleaseTo is { } self)
                Run(_ => ReleaseAsync(self, actor.Ownership.Lease));
            served.Remove(stream);
            Publish();
            return;
        }
    }

    private async ValueTask BalanceAsync(Incarnation self, CancellationToken ended)
    {
        try
        {
            LeaseTable read = await leases.ReadAsync();
            ended.ThrowIfCancellationRequested();
            if (incarnation == self)
            {
                table = read;
                await AdoptAsync(self, ended);
                ShardPlan plan = leaving ? new ShardPlan(0, [.. served.Keys]) : ShardPlan.For(read, self);
                foreach (StreamId stream in plan.Release)
                    HandOver(stream, self);
                if (plan.Claim > 0)
                    StartAll(self, await leases.ClaimAsync(self, plan.Claim), ended);
                Publish();
            }
        }
        catch (JournalUnavailableException)
        {
            // The next tick reads the table again; what a lost answer claimed is found there and adopted.
        }

        busy = false;
    }

    /// <summary>
    /// Streams that the table says are ours and no actor serves: a claim or a raised epoch whose answer was lost, or an actor that
    /// failed. Their epoch is raised before they are served, because an earlier write may still be under way.
    /// </summary>
    private async ValueTask AdoptAsync(Incarnation self, CancellationToken ended)
    {
        foreach (ShardOwner owner in table.Streams)
        {
            if (leaving || owner.Owner != self || served.ContainsKey(owner.Stream) || corrupt.Contains(owner.Stream))
                continue;
            ShardLease? raised = await leases.RaiseEpochAsync(self, new ShardLease(owner.Stream, owner.Epoch));
            if (raised is { } lease)
                StartAll(self, [lease], ended);
        }
    }

    private void StartAll(Incarnation self, IReadOnlyList<ShardLease> claimed, CancellationToken ended)
    {
        ended.ThrowIfCancellationRequested();
        if (incarnation != self)
            return;
        foreach (ShardLease lease in claimed)
        {
            if (served.ContainsKey(lease.Stream))
                continue;
            StreamOwnership ownership = new(leases, self, lease);
            ActorRef<TCommand> actor = Spawn(lease.Stream.ToString(), () => create(ownership), StreamOptions);
            Watch(actor);
            served.Add(lease.Stream, new Served(actor, ownership));
        }
    }

    private void HandOver(StreamId stream, Incarnation self)
    {
        if (!served.TryGetValue(stream, out Served? actor) || actor.ReleaseTo is not null)
            return;
        served[stream] = actor with { ReleaseTo = self };
        actor.Actor.Stop();
    }

    private async ValueTask ReleaseAsync(Incarnation self, ShardLease lease)
    {
        try
        {
            await leases.ReleaseAsync(self, lease);
        }
        catch (JournalUnavailableException)
        {
            // Still ours in the table: it is adopted, and handed over again by the next plan.
        }
    }

    private void StopAll()
    {
        foreach (Served actor in served.Values)
            actor.Actor.Stop();
        served.Clear();
        Publish();
    }

    private void Publish()
    {
        Dictionary<StreamId, ShardPlace<TCommand>> places = [];
        foreach (ShardOwner owner in table.Streams)
            places[owner.Stream] = new(null, owner.Owner is { } node && node != incarnation ? owner.Endpoint : string.Empty);
        foreach ((StreamId stream, Served actor) in served)
        {
            if (actor.ReleaseTo is null)
                places[stream] = new(actor.Actor, endpoint);
        }

        directory.Replace(table.Nodes, places);
    }

    private sealed record Served(ActorRef<TCommand> Actor, StreamOwnership Ownership, Incarnation? ReleaseTo = null);
}
