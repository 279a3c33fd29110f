using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;

namespace Cocoon.Actors.Cluster;

/// <summary>
/// Joins the cluster and renews the node's lease at a third of the term. The monotonic clock, read before a renewal is sent, silences the
/// node at 0.7 of the term. When the store says that the incarnation is dead, it joins again as a new one.
/// </summary>
internal sealed class LeaseKeeper(IShardLeases leases, string endpoint, NodeStanding standing, ActorRef<ShardEvent> supervisor)
    : Actor<LeaseKeeper.Due>
{
    private bool busy;

    /// <summary>Time to join or renew.</summary>
    internal readonly record struct Due;

    protected override void OnStart()
    {
        StartPeriodicTimer(leases.Term / 3, default);
        Receive(default);
    }

    protected override void Receive(Due message)
    {
        // A request that hangs is given up by the store's adapter; a second one beside it would only add load.
        if (busy)
            return;
        busy = true;
        Run(standing.Incarnation is { } node ? ended => RenewAsync(node, ended) : JoinAsync);
    }

    private async ValueTask JoinAsync(CancellationToken ended)
    {
        TimeSpan before = Now;
        try
        {
            Incarnation node = await leases.JoinAsync(endpoint);
            ended.ThrowIfCancellationRequested();
            standing.Renewed(node, SilentAt(before));
            supervisor.TellControl(new ShardEvent.Joined(node));
        }
        catch (JournalUnavailableException)
        {
            // The next tick tries again. An entry that was made without our knowledge runs out by itself.
        }

        busy = false;
    }

    private async ValueTask RenewAsync(Incarnation node, CancellationToken ended)
    {
        TimeSpan before = Now;
        try
        {
            bool alive = await leases.RenewAsync(node);
            ended.ThrowIfCancellationRequested();
            if (alive)
            {
                standing.Renewed(node, SilentAt(before));
            }
            else
            {
                standing.Lost();
                supervisor.TellControl(new ShardEvent.Died(node));
            }
        }
        catch (JournalUnavailableException)
        {
            // Silence falls by itself when renewals stay away.
        }

        busy = false;
    }

    private TimeSpan SilentAt(TimeSpan sent) => sent + (leases.Term * 7 / 10);
}
