using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Worker;

/// <summary>
/// Checks the receipts that come and passes them on to be kept. Of every ledger stream it holds the newest signed head, to be shown at the
/// next connection: an operator whose ledger was rolled back then finds itself contradicted.
/// </summary>
internal sealed class EarningsDesk
{
    /// <summary>Ended attempts that are remembered until their receipt comes; the oldest give way.</summary>
    private const int RememberedMax = 4096;

    private const int HeadsShownMax = 512;

    private readonly WorkerSettings settings;
    private readonly Dictionary<(int Proxy, ulong Attempt), (UsageAmount[] Usage, TimeSpan Time)> ended = [];
    private readonly Queue<(int Proxy, ulong Attempt)> order = new();
    private readonly SortedDictionary<StreamId, (long Sequence, Head Head)>[] heads;

    public EarningsDesk(WorkerSettings settings)
    {
        this.settings = settings;
        heads = [.. settings.Proxies.Select(_ => new SortedDictionary<StreamId, (long Sequence, Head Head)>())];
        for (int proxy = 0; proxy < heads.Length; proxy++)
        {
            foreach (Head head in settings.Heads)
            {
                if (BatchRoot.TryRead(head.Root.Statement.Span, out BatchRoot root) && root.Scope == ScopeOf(proxy))
                    Note(proxy, root, head);
            }
        }
    }

    public long Kept { get; private set; }

    public long Refused { get; private set; }

    /// <summary>As many as a Hello holds.</summary>
    public IReadOnlyList<Head> HeadsFor(int proxy) => [.. heads[proxy].Values.Take(HeadsShownMax).Select(kept => kept.Head)];

    public void Remember(int proxy, ulong attempt, UsageAmount[] usage, TimeSpan time)
    {
        if (settings.Earnings is null)
            return;
        ended[(proxy, attempt)] = (usage, time);
        order.Enqueue((proxy, attempt));
        if (order.Count > RememberedMax)
            ended.Remove(order.Dequeue());
    }

    public void Take(int proxy, WorkReceipt work)
    {
        if (settings.Earnings is null || settings.Verifier is null || work.Receipt is null)
            return;
        ReceiptVerdict verdict = ReceiptVerifier.Verify(work.Receipt, ScopeOf(proxy), settings.Verifier, out ReceiptLeaf? leaf, out BatchRoot? root);
        if (verdict != ReceiptVerdict.Valid || leaf!.Worker != settings.Proxies[proxy].Identity.Signer.PublicKey)
        {
            Refused++;
            return;
        }

        Kept++;
        Head head = new() { Root = work.Receipt.Root, Certificate = work.Receipt.Certificate };
        // Nodes of one operator share its streams.
        for (int other = 0; other < heads.Length; other++)
        {
            if (ScopeOf(other) == ScopeOf(proxy))
                Note(other, root!, head);
        }

        (UsageAmount[] Usage, TimeSpan Time) known = ended.GetValueOrDefault((proxy, work.Attempt), ([], TimeSpan.Zero));
        if (leaf.Kind != ReceiptKind.Instalment)
            ended.Remove((proxy, work.Attempt));
        settings.Earnings.Keep(new EarnedReceipt(work.Receipt, leaf, known.Usage, known.Time));
    }

    private Scope ScopeOf(int proxy) => settings.Proxies[proxy].Identity.Scope;

    private void Note(int proxy, BatchRoot root, Head head)
    {
        if (!heads[proxy].TryGetValue(root.Stream, out (long Sequence, Head Head) kept) || kept.Sequence < root.LastSequence)
            heads[proxy][root.Stream] = (root.LastSequence, head);
    }
}
