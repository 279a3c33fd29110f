using Cocoon.Protocol;
using Cocoon.Protocol.Journal;

namespace Cocoon.Actors.Ledger;

/// <summary>
/// How streams reach each other, wherever they live. Either message may be lost or come twice: the sender sends again until it is
/// acknowledged, the receiver takes each number once.
/// </summary>
public interface ILedgerRoutes
{
    /// <summary>Brings <see cref="DeliverTransfer"/> to the owner of <paramref name="to"/>.</summary>
    void Deliver(StreamId from, StreamId to, TransferOut transfer);

    /// <summary>Brings <see cref="TransferArrived"/> to the owner of <paramref name="sender"/>.</summary>
    void Acknowledge(StreamId sender, StreamId receiver, long number);
}
