using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Actors.Worker;

/// <summary>Work that was begun and whose last receipt has not come.</summary>
internal sealed class AwaitedReceipt(Scope scope, ByteString claim, int proxy, WorkOpen? open)
{
    private NanoTon paid;

    public Scope Scope => scope;

    public ByteString Claim => claim;

    /// <summary>The proxy that gave the job.</summary>
    public int Proxy => proxy;

    public UsageAmount[] Usage { get; private set; } = [];

    public TimeSpan Time { get; private set; }

    /// <summary>When the attempt ended here; null while it runs.</summary>
    public TimeSpan? EndedAt { get; private set; }

    /// <summary>Whether its link ended before it did.</summary>
    public bool LinkLost { get; private set; }

    public TimeSpan AskedAt { get; set; }

    public int Askings { get; set; }

    private int Instalment { get; set; }

    public void End(UsageAmount[] usage, TimeSpan time, bool linkLost, TimeSpan now) => (Usage, Time, LinkLost, EndedAt) = (usage, time, linkLost, now);

    /// <summary>Notes a receipt; false when it says nothing new.</summary>
    public bool Take(ReceiptLeaf leaf)
    {
        if (leaf.Kind == ReceiptKind.Instalment && leaf.Instalment <= Instalment)
            return false;
        Instalment = leaf.Instalment;
        paid = leaf.WorkerShare;
        return true;
    }

    /// <summary>Whether a receipt's usage is less than what was counted here.</summary>
    public bool IsMoreThan(ReceiptLeaf leaf)
        => Usage.Any(used => used.Amount > leaf.Usage.Where(priced => priced.Usage.Class == used.Class).Sum(priced => priced.Usage.Amount));

    public UnpaidWork Unpaid(UnpaidReason reason)
    {
        NanoTon missing = Worth() - paid;
        return new UnpaidWork(scope, claim, reason, open?.Model ?? "", Usage, missing > NanoTon.Zero ? missing : NanoTon.Zero);
    }

    /// <summary>The worker's part of what was counted, at the price that was locked; nothing where the price is not one.</summary>
    private NanoTon Worth()
    {
        if (open is null || Usage.Length == 0)
            return NanoTon.Zero;
        try
        {
            Rate[] rates = [.. open.Price.Select(price => new Rate((UsageClass)price.UsageClass, price.NanoTonPerMillion))];
            JobTerms terms = new(rates, 1000, (int)Math.Min(open.CommissionBasisPoints, int.MaxValue));
            NanoTon price = terms.Price(Usage);
            return price - terms.Commission(price);
        }
        catch (Exception wrong) when (wrong is ArgumentException or OverflowException)
        {
            return NanoTon.Zero;
        }
    }
}
