using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Actors.Worker;

/// <summary>
/// Checks the receipts that come and passes them on to be kept; asks for those that do not come, by the claims that came with the work. Of
/// every ledger stream it holds the newest signed head, to be shown at the next connection: an operator whose ledger was rolled back then
/// finds itself contradicted.
/// </summary>
internal sealed class EarningsDesk
{
    /// <summary>Work that is remembered until its receipt comes; the oldest gives way.</summary>
    private const int AwaitedMax = 4096;

    private const int HeadsShownMax = 512;

    // 256 claims of 64 bytes are well below a frame's 64 KiB.
    private const int ClaimsMax = 256;

    private readonly WorkerSettings settings;
    private readonly Dictionary<ByteString, LinkedListNode<AwaitedReceipt>> awaited = [];
    private readonly LinkedList<AwaitedReceipt> inOrder = new();
    private readonly SortedDictionary<UnpaidReason, UnpaidTotal> unpaid = [];
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

        foreach (AwaitedWork work in settings.Awaited)
        {
            AwaitedReceipt earlier = new(work.Scope, work.Claim, -1, null);
            earlier.End([], TimeSpan.Zero, linkLost: true, TimeSpan.Zero);
            Add(earlier);
        }
    }

    public long Kept { get; private set; }

    public long Refused { get; private set; }

    /// <summary>Work that has ended and whose receipt has not come.</summary>
    public int Missing => inOrder.Count(work => work.EndedAt is not null);

    public IReadOnlyList<UnpaidTotal> Unpaid => [.. unpaid.Values];

    /// <summary>As many as a Hello holds.</summary>
    public IReadOnlyList<Head> HeadsFor(int proxy) => [.. heads[proxy].Values.Take(HeadsShownMax).Select(kept => kept.Head)];

    /// <summary>The first chunk of an answer leaves: from now on there is something to be paid for.</summary>
    public void Begin(int proxy, WorkOpen open)
    {
        if (settings.Earnings is null || open.Claim.IsEmpty || awaited.ContainsKey(open.Claim))
            return;
        Add(new AwaitedReceipt(ScopeOf(proxy), open.Claim, proxy, open));
        settings.Earnings.Await(new AwaitedWork(ScopeOf(proxy), open.Claim));
    }

    public void End(ByteString claim, UsageAmount[] usage, TimeSpan time, bool linkLost, TimeSpan now)
    {
        if (awaited.TryGetValue(claim, out LinkedListNode<AwaitedReceipt>? work))
            work.Value.End(usage, time, linkLost, now);
    }

    /// <summary>The claims to ask a proxy for now. With several nodes of an operator every asking goes to the next.</summary>
    public IReadOnlyList<ByteString> ClaimsFor(int proxy, IReadOnlyList<bool> ready, TimeSpan now)
    {
        int[] nodes = [.. Enumerable.Range(0, ready.Count).Where(other => ready[other] && ScopeOf(other) == ScopeOf(proxy))];
        List<ByteString> claims = [];
        foreach (AwaitedReceipt work in inOrder)
        {
            if (claims.Count == ClaimsMax)
                break;
            bool isDue = work.EndedAt is { } ended && now - ended >= settings.ClaimPeriod / 2 && (work.Askings == 0 || now - work.AskedAt >= settings.ClaimPeriod);
            if (!isDue || work.Scope != ScopeOf(proxy) || nodes[(Math.Max(0, Array.IndexOf(nodes, work.Proxy)) + work.Askings) % nodes.Length] != proxy)
                continue;
            work.Askings++;
            work.AskedAt = now;
            claims.Add(work.Claim);
        }

        return claims;
    }

    public void Take(int proxy, WorkReceipt work, TimeSpan now)
    {
        if (settings.Earnings is null || settings.Verifier is null)
            return;
        AwaitedReceipt? known = awaited.GetValueOrDefault(work.Claim)?.Value;
        // What was asked for twice is answered twice.
        if (work.Standing != WorkStanding.Unspecified && (known is null || work.Standing == WorkStanding.Running))
            return;
        if (work.Receipt is not null && !TakeReceipt(proxy, work, known))
            return;

        // A job may be settled long after its ledger was away: only then it is over.
        if (work.Standing is WorkStanding.Interrupted or WorkStanding.Unpaid && now - known!.EndedAt >= settings.UnpaidAfter)
            Miss(known, known.LinkLost ? UnpaidReason.ProxyLost : UnpaidReason.NotRelayed);
    }

    private bool TakeReceipt(int proxy, WorkReceipt work, AwaitedReceipt? known)
    {
        ReceiptVerdict verdict = ReceiptVerifier.Verify(work.Receipt, ScopeOf(proxy), settings.Verifier!, out ReceiptLeaf? leaf, out BatchRoot? root);
        if (verdict != ReceiptVerdict.Valid || leaf!.Worker != settings.Proxies[proxy].Identity.Signer.PublicKey)
        {
            Refused++;
            return false;
        }

        if (known is not null && !known.Take(leaf))
            return true;
        Kept++;
        Head head = new() { Root = work.Receipt.Root, Certificate = work.Receipt.Certificate };
        // Nodes of one operator share its streams.
        for (int other = 0; other < heads.Length; other++)
        {
            if (ScopeOf(other) == ScopeOf(proxy))
                Note(other, root!, head);
        }

        settings.Earnings!.Keep(new EarnedReceipt(work.Receipt, leaf, known?.Usage ?? [], known?.Time ?? TimeSpan.Zero, work.Claim));
        if (known is null || leaf.Kind == ReceiptKind.Instalment)
            return true;
        if (known.IsMoreThan(leaf))
            Miss(known, ReasonOf(leaf.Kind));
        else
            Remove(known);
        return true;
    }

    private static UnpaidReason ReasonOf(ReceiptKind kind) => kind switch
    {
        ReceiptKind.Partial => UnpaidReason.Cancelled,
        ReceiptKind.Hedge => UnpaidReason.NotRelayed,
        _ => UnpaidReason.BilledLess,
    };

    private void Miss(AwaitedReceipt work, UnpaidReason reason)
    {
        Remove(work);
        UnpaidWork missed = work.Unpaid(reason);
        settings.Earnings!.Miss(missed);
        if (missed.Usage.Count == 0)
            return;
        UnpaidTotal before = unpaid.GetValueOrDefault(reason) ?? new UnpaidTotal(reason, 0, NanoTon.Zero);
        unpaid[reason] = new UnpaidTotal(reason, before.Jobs + 1, before.Amount + missed.Amount);
    }

    private void Add(AwaitedReceipt work)
    {
        if (inOrder.Count == AwaitedMax)
            Remove(inOrder.First!.Value);
        awaited[work.Claim] = inOrder.AddLast(work);
    }

    private void Remove(AwaitedReceipt work)
    {
        if (awaited.Remove(work.Claim, out LinkedListNode<AwaitedReceipt>? node))
            inOrder.Remove(node);
    }

    private Scope ScopeOf(int proxy) => settings.Proxies[proxy].Identity.Scope;

    private void Note(int proxy, BatchRoot root, Head head)
    {
        if (!heads[proxy].TryGetValue(root.Stream, out (long Sequence, Head Head) kept) || kept.Sequence < root.LastSequence)
            heads[proxy][root.Stream] = (root.LastSequence, head);
    }
}
