using Cocoon.Actors.Cluster;
using Cocoon.Actors.Ledger;
using Cocoon.Protocol;
using Cocoon.Protocol.Journal;

namespace Cocoon.Actors.Proxy;

/// <summary>
/// Transfers between streams of one node. What is owned elsewhere is not delivered yet: the sender keeps it and tries again.
/// </summary>
public sealed class ShardRoutes(ShardDirectory<ProxyMessage> shards) : ILedgerRoutes
{
    /// <inheritdoc/>
    public void Deliver(StreamId from, StreamId to, TransferOut transfer) => Tell(to, new DeliverTransfer(from, transfer));

    /// <inheritdoc/>
    public void Acknowledge(StreamId sender, StreamId receiver, long number) => Tell(sender, new TransferArrived(receiver, number));

    private void Tell(StreamId stream, LedgerCommand command) => shards.Find(stream).Here?.TellControl(new ProxyMessage.ToLedger(command));
}
