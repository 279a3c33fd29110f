using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Ledger;

/// <summary>A point of a stream that a receipt, a balance answer or an anchor named.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Sequence">The last event of a batch.</param>
/// <param name="Chain">The stream's chain hash there.</param>
public readonly record struct LedgerHead(StreamId Stream, long Sequence, Bytes32 Chain)
{
    /// <summary>For example <c>shard/3 at 120, chain 0a1b…</c>.</summary>
    public override string ToString() => $"{Stream} at {Sequence}, chain {Chain}";
}

/// <summary>What a presented head says about our journal.</summary>
public enum HeadVerdict
{
    /// <summary>The journal holds exactly that point.</summary>
    Known,

    /// <summary>The journal ends before it: it lost events, or an older copy was restored.</summary>
    Behind,

    /// <summary>The journal holds another history at that sequence: two copies were written, or one was altered.</summary>
    Contradicts,
}

/// <summary>The verdict on a head, with both sides to show.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Presented">What the peer presented.</param>
/// <param name="Ours">Our journal's head, or its point at that sequence when it contradicts.</param>
public sealed record HeadFinding(HeadVerdict Verdict, LedgerHead Presented, LedgerHead Ours)
{
    /// <summary>What is wrong and what to do, for logs and screens.</summary>
    public override string ToString() => Verdict switch
    {
        HeadVerdict.Known => $"{Presented} is in the journal",
        HeadVerdict.Behind =>
            $"a peer holds {Presented}, but the journal ends with {Ours}: it lost events or is a restored older copy. {Presented.Stream} is "
            + "stopped; restore the newest copy, or run 'cocoon ledger recover --accept-loss'",
        _ =>
            $"a peer holds {Presented}, but the journal has {Ours}: there are two histories of this stream. {Presented.Stream} is stopped; "
            + "find the copy that peers have receipts for",
    };
}

/// <summary>
/// Compares heads that peers keep with the journal. Whoever calls it has checked the node's signature on the head first, so that nobody
/// can stop a shard with an invented one.
/// </summary>
public static class HeadCheck
{
    /// <summary>Reads the journal around the presented head. Throws <see cref="JournalUnavailableException"/> when it cannot be read now.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="ours">The newest durable head of that stream that we know of; sequence 0 when the stream is empty.</param>
    /// <param name="presented">The peer's head.</param>
    public static async ValueTask<HeadFinding> CompareAsync(IJournal journal, LedgerHead ours, LedgerHead presented)
    {
        if (presented.Stream != ours.Stream)
            throw new ArgumentException($"a head of {presented.Stream} is compared with {ours.Stream}", nameof(presented));
        if (presented.Sequence <= 0)
            return new HeadFinding(HeadVerdict.Contradicts, presented, ours);
        // Asked of the journal even where our own head is older: that may be a zombie's, whose stream somebody else writes by now.
        // Batches end where they end: the one that holds the sequence must end exactly there.
        IReadOnlyList<JournalBatch> batches = await journal.ReadAsync(presented.Stream, presented.Sequence - 1, 1);
        if (batches.Count == 0)
            return new HeadFinding(HeadVerdict.Behind, presented, ours);
        LedgerHead found = new(presented.Stream, batches[0].LastSequence, batches[0].Chain);
        HeadVerdict verdict = found == presented ? HeadVerdict.Known : HeadVerdict.Contradicts;
        return new HeadFinding(verdict, presented, found);
    }
}
