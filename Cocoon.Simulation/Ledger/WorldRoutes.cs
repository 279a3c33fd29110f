using Cocoon.Actors.Cluster;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Journal;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Jobs;
using Cocoon.Simulation.Scheduling;
using Cocoon.Simulation.Worlds;
using Google.Protobuf;

namespace Cocoon.Simulation.Ledger;

/// <summary>
/// How one stream reaches others: encoded messages between nodes that may be lost, late, doubled or overtaken, addressed by the
/// sender's own, possibly stale, view of who owns what, and refused where the sender's epoch is over.
/// </summary>
internal sealed class WorldRoutes(World world, ProxyMachine node, StreamOwnership sender, SeededRandom chance) : ILedgerRoutes
{
    public void Deliver(StreamId from, StreamId to, TransferOut transfer)
    {
        byte[] bytes = transfer.ToByteArray();
        Send(to, $"transfer {transfer.Number} from {from} to {to}", TrailHash.Digest(bytes), target =>
            target.Tell(new ProxyMessage.ToLedger(new DeliverTransfer(from, TransferOut.Parser.ParseFrom(bytes)))));
    }

    public void Acknowledge(StreamId from, StreamId receiver, long number)
        => Send(from, $"{receiver} has transfer {number} of {from}", (ulong)number, target =>
            target.Tell(new ProxyMessage.ToLedger(new TransferArrived(receiver, number))));

    private void Send(StreamId to, string name, ulong code, Action<ActorRef<ProxyMessage>> tell)
    {
        if (node.Node is not { } here)
            return;
        ShardPlace<ProxyMessage> place = here.Shards.Find(to);
        if (place.Here is not null)
        {
            tell(place.Here);
            return;
        }

        if (world.Nodes.FirstOrDefault(other => place.Endpoint.StartsWith(other.Name + ':', StringComparison.Ordinal)) is not ProxyMachine owner)
            return;
        // A transfer of a history that is gone must not be credited, whenever the sender is let go on. Epochs jump at a restore: a wire
        // message has to carry its sender's.
        long epoch = sender.Lease.Epoch;
        bool faulty = world.Network.Faults.Late > 0;
        int copies = !faulty ? 1 : chance.Below(20) switch { 0 => 0, 1 => 2, _ => 1 };
        for (int i = 0; i < copies; i++)
        {
            TimeSpan late = faulty && chance.Below(30) == 0 ? chance.Between(TimeSpan.Zero, TimeSpan.FromSeconds(3)) : TimeSpan.Zero;
            world.Loop.Schedule(new PlannedEvent(name, code, () => Arrive(owner, to, tell, epoch)), world.Network.Latency(node.Id, owner.Id) + late);
        }
    }

    private void Arrive(ProxyMachine owner, StreamId to, Action<ActorRef<ProxyMessage>> tell, long epoch)
    {
        bool arrives = owner.Life is { Scheduler.IsPaused: false } && !world.Network.IsParted(node.Id, owner.Id);
        bool current = world.Database.Tables.EpochOf(sender.Stream) <= epoch;
        if (arrives && current && owner.Node?.Shards.Find(to).Here is { } target)
            tell(target);
    }
}
