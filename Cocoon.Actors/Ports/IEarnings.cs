using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Actors.Ports;

/// <summary>A worker's own record of what it earned: the receipts that its proxies hand it, and what never was paid. Every call returns at once.</summary>
public interface IEarnings
{
    /// <summary>Keeps a receipt. The same one may come again.</summary>
    void Keep(EarnedReceipt receipt);

    /// <summary>An answer has begun to leave: until a receipt for it is kept, or it is told to be unpaid, the operator is to be asked for one.</summary>
    void Await(AwaitedWork work);

    /// <summary>Work that will not be paid, or was paid less than was counted here. Nothing more comes for it.</summary>
    void Miss(UnpaidWork work);
}

/// <summary>A receipt that names this worker, checked.</summary>
/// <param name="Receipt">As the operator's node signed it.</param>
/// <param name="Leaf">What it says. Usage and amounts are cumulative over the job's instalments.</param>
/// <param name="Claimed">What this worker counted in its chunks, where it still knows: the operator bills no more, and may bill less.</param>
/// <param name="Time">From the job's arrival here to its last chunk; zero where unknown.</param>
/// <param name="Claim">What the receipt could be asked for by; empty where unknown.</param>
public sealed record EarnedReceipt(Receipt Receipt, ReceiptLeaf Leaf, IReadOnlyList<UsageAmount> Claimed, TimeSpan Time, ByteString Claim);

/// <summary>Work whose receipt has not come.</summary>
/// <param name="Scope">The operator it was done for.</param>
/// <param name="Claim">What the receipt is asked for by.</param>
public sealed record AwaitedWork(Scope Scope, ByteString Claim);

/// <summary>Why work was not paid.</summary>
public enum UnpaidReason
{
    /// <summary>The proxy, or the link to it, was lost: what was not settled by then is nobody's debt.</summary>
    ProxyLost = 1,

    /// <summary>Nothing of it had reached the client: the job was given to another worker, lost a hedge, or its client was gone.</summary>
    NotRelayed = 2,

    /// <summary>The job was cancelled or cut before everything had reached the client.</summary>
    Cancelled = 3,

    /// <summary>The operator accepted less usage than was counted here.</summary>
    BilledLess = 4,
}

/// <summary>Work that was not paid, or not in full.</summary>
/// <param name="Scope">The operator it was done for.</param>
/// <param name="Claim">What names the job to that operator.</param>
/// <param name="Reason">Why.</param>
/// <param name="Model">The model, or empty where unknown.</param>
/// <param name="Usage">What this worker counted.</param>
/// <param name="Amount">What it would have been paid for that, less what it was.</param>
public sealed record UnpaidWork(
    Scope Scope, ByteString Claim, UnpaidReason Reason, string Model, IReadOnlyList<UsageAmount> Usage, NanoTon Amount);

/// <summary>Unpaid work of one reason.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Jobs">How many jobs.</param>
/// <param name="Amount">What they would have been paid.</param>
public sealed record UnpaidTotal(UnpaidReason Reason, long Jobs, NanoTon Amount);
