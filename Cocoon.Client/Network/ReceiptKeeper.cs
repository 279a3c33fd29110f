using Cocoon.Client.Receipts;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Client.Network;

/// <summary>
/// Checks receipts and keeps the newest signed head of each stream, to be shown at the next connection: an operator whose ledger was
/// rolled back then finds itself contradicted.
/// </summary>
internal sealed class ReceiptKeeper
{
    private readonly Scope scope;
    private readonly RememberedSignatures verifier;
    private readonly ReceiptFolder? folder;
    private readonly Lock gate = new();
    private readonly SortedDictionary<StreamId, (long Sequence, Head Head)> heads = [];

    public ReceiptKeeper(Scope scope, ISignatureVerifier verifier, ReceiptFolder? folder)
    {
        this.scope = scope;
        this.verifier = new RememberedSignatures(verifier);
        this.folder = folder;
        foreach (Head head in folder?.HeadsOf(scope) ?? [])
        {
            if (BatchRoot.TryRead(head.Root.Statement.Span, out BatchRoot root))
                Keep(root, head);
        }
    }

    /// <summary>
    /// What is wrong with a ledger that says it ends at that event with that chain hash, or null: we hold the operator's signature on a
    /// later event, or on another history.
    /// </summary>
    public string? Contradiction(StreamId stream, long sequence, Bytes32 chain)
    {
        Head? kept;
        lock (gate)
            kept = heads.TryGetValue(stream, out (long Sequence, Head Head) known) && known.Sequence >= sequence ? known.Head : null;
        if (kept is null || !BatchRoot.TryRead(kept.Root.Statement.Span, out BatchRoot root)
            || (root.LastSequence == sequence && root.ChainHash == chain))
            return null;
        string signed = $"the operator signed event {root.LastSequence} of {stream} (chain {root.ChainHash}), but its ledger now ends with event {sequence} (chain {chain})";
        return root.LastSequence > sequence
            ? signed + ": it was rolled back to an older copy. Nothing is sent to it; its operator must restore the newest copy"
            : signed + ": there are two histories. Nothing is sent to it; its operator must find the copy that receipts exist for";
    }

    public IReadOnlyList<Head> Heads
    {
        get
        {
            lock (gate)
                return [.. heads.Values.Select(kept => kept.Head)];
        }
    }

    /// <summary>Whether the receipt is the operator's word on this job, with these hashes of what was sent and received.</summary>
    public bool Check(Receipt? receipt, JobId job, Func<Bytes32, Bytes32> requestHash, Func<Bytes32, Bytes32> answerHash)
    {
        if (receipt is null
            || ReceiptVerifier.Verify(receipt, scope, verifier, out ReceiptLeaf? leaf, out BatchRoot? root) != ReceiptVerdict.Valid)
            return false;
        Keep(root!, new Head { Root = receipt.Root, Certificate = receipt.Certificate });
        if (leaf!.Account != job.Account || leaf.Session != (long)job.Session.Value || leaf.Number != job.Number)
            return false;
        if (leaf.Kind == ReceiptKind.Instalment)
            return true;
        return Matches(receipt.RequestSalt, leaf.RequestHash, requestHash) && Matches(receipt.AnswerSalt, leaf.AnswerHash, answerHash);
    }

    /// <summary>Keeps a receipt that was just checked.</summary>
    public void Save(JobId job, JobReceipt receipt, ReadOnlyMemory<byte> request, Func<byte[]> answer)
    {
        if (folder is null)
            return;
        SavedReceipt saved = new() { JobId = job.ToString(), Receipt = receipt.Bytes, Verified = receipt.Verified };
        folder.Keep(folder.KeepsBodies ? saved with { Request = request, Answer = answer() } : saved);
    }

    /// <summary>A job of an earlier run, as its receipt tells it; its request and answer are not at hand to be hashed again.</summary>
    public JobResult Describe(JobId job, NanoTon cost, Receipt? receipt)
    {
        ReceiptLeaf? leaf = null;
        bool valid = receipt is not null
            && ReceiptVerifier.Verify(receipt, scope, verifier, out leaf, out _) == ReceiptVerdict.Valid
            && leaf!.Account == job.Account && leaf.Session == (long)job.Session.Value && leaf.Number == job.Number;
        return new JobResult(
            job.ToString(),
            leaf?.Worker.ToString() ?? "",
            leaf?.Tier == Tier.Attested ? JobTier.Attested : JobTier.Open,
            leaf is null ? [] : [.. leaf.Usage.Select(priced => priced.Usage)],
            leaf?.Cost ?? cost,
            "",
            receipt is null ? null : new JobReceipt(receipt.ToByteArray(), valid));
    }

    private static bool Matches(ByteString salt, Bytes32 expected, Func<Bytes32, Bytes32> hash)
        => salt.Length == Bytes32.Length && hash(Bytes32.From(salt.Span)) == expected;

    private void Keep(BatchRoot root, Head head)
    {
        lock (gate)
        {
            if (!heads.TryGetValue(root.Stream, out (long Sequence, Head Head) kept) || kept.Sequence < root.LastSequence)
                heads[root.Stream] = (root.LastSequence, head);
        }
    }
}
