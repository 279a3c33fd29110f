using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Actors.Client;

/// <summary>
/// Checks receipts and keeps the newest signed head of each stream, to be shown at the next connection: an operator whose ledger was
/// rolled back then finds itself contradicted.
/// </summary>
internal sealed class ReceiptKeeper(Scope scope, ISignatureVerifier verifier)
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<StreamId, (long Sequence, Head Head)> heads = [];

    public IReadOnlyList<Head> Heads
    {
        get
        {
            lock (gate)
                return [.. heads.Values.Select(kept => kept.Head)];
        }
    }

    /// <summary>Takes a head of an earlier run, which was checked when it was kept.</summary>
    public void Learn(Head head)
    {
        if (BatchRoot.TryRead(head.Root.Statement.Span, out BatchRoot root))
            Keep(root, head);
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

    /// <summary>Whether the receipt is the operator's word on this job, with these hashes of what was sent and received.</summary>
    public bool Check(Receipt? receipt, JobId job, Func<Bytes32, Bytes32> requestHash, Func<Bytes32, Bytes32> answerHash, out ReceiptLeaf? leaf)
    {
        if (!CheckJob(receipt, job, out leaf))
            return false;
        if (leaf!.Kind == ReceiptKind.Instalment)
            return true;
        return Matches(receipt!.RequestSalt, leaf.RequestHash, requestHash) && Matches(receipt.AnswerSalt, leaf.AnswerHash, answerHash);
    }

    /// <summary>Whether the receipt is the operator's word on this job; its request and answer are not at hand to be hashed again.</summary>
    public bool CheckJob(Receipt? receipt, JobId job, out ReceiptLeaf? leaf)
    {
        leaf = null;
        if (receipt is null || ReceiptVerifier.Verify(receipt, scope, verifier, out leaf, out BatchRoot? root) != ReceiptVerdict.Valid)
            return false;
        Keep(root!, new Head { Root = receipt.Root, Certificate = receipt.Certificate });
        return leaf!.Kind != ReceiptKind.Hedge && leaf.Account == job.Account && leaf.Session == (long)job.Session.Value && leaf.Number == job.Number;
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
