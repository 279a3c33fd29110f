using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Ports;

/// <summary>A worker's own record of what it earned: the receipts that its proxies hand it.</summary>
public interface IEarnings
{
    /// <summary>Keeps a receipt. Returns at once; the same one may come again.</summary>
    void Keep(EarnedReceipt receipt);
}

/// <summary>A receipt that names this worker, checked.</summary>
/// <param name="Receipt">As the operator's node signed it.</param>
/// <param name="Leaf">What it says. Usage and amounts are cumulative over the job's instalments.</param>
/// <param name="Claimed">What this worker counted in its chunks, where it still knows: the operator bills no more, and may bill less.</param>
/// <param name="Time">From the job's arrival here to its last chunk; zero where unknown.</param>
public sealed record EarnedReceipt(Receipt Receipt, ReceiptLeaf Leaf, IReadOnlyList<UsageAmount> Claimed, TimeSpan Time);
