using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Actors.Ports;
using Cocoon.Client.Receipts;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Host.Nodes;

/// <summary>A worker's receipts in a folder, one file of JSON lines a day.</summary>
internal sealed class EarningsFolder(string folder) : IEarnings, IAsyncDisposable
{
    private const int LinesReadMax = 1_000_000;
    private readonly DailyLines lines = new(folder, TimeProvider.System);
    private readonly Lock gate = new();
    private readonly Dictionary<string, NanoTon> open = new(StringComparer.Ordinal);
    private NanoTon earned;

    /// <summary>What the receipts say that were there at the start.</summary>
    public NanoTon EarnedBefore { get; } = SumOf(folder);

    /// <summary>What was earned since.</summary>
    public NanoTon EarnedSinceStart
    {
        get
        {
            lock (gate)
                return earned;
        }
    }

    /// <summary>Why receipts cannot be written; null when all is well.</summary>
    public string? Problem => lines.Problem;

    public void Keep(EarnedReceipt receipt)
    {
        SavedReceipt saved = new()
        {
            JobId = new JobId(receipt.Leaf.Account, new SessionId((ulong)receipt.Leaf.Session), receipt.Leaf.Number).ToString(),
            Receipt = receipt.Receipt.ToByteArray(),
            Verified = true,
        };
        Count(saved.JobId, receipt.Leaf);
        JsonObject json = JsonNode.Parse(saved.ToJson())!.AsObject();
        if (receipt.Claimed.Count > 0)
        {
            JsonObject claimed = [];
            foreach (UsageAmount used in receipt.Claimed)
                claimed[SavedReceipt.NameOf(used.Class)] = used.Amount;
            json["claimed"] = claimed;
        }

        if (receipt.Time > TimeSpan.Zero)
            json["milliseconds"] = (long)receipt.Time.TotalMilliseconds;
        lines.Add(json.ToJsonString());
    }

    /// <summary>Every job in the folder with its newest receipt, newest first.</summary>
    public static IEnumerable<EarnedJob> Read(string folder)
    {
        HashSet<(AccountId, long, long, PublicKey)> seen = [];
        foreach (string line in DailyLines.ReadBack(folder).Take(LinesReadMax))
        {
            if (Parse(line) is { } job && seen.Add((job.Leaf.Account, job.Leaf.Session, job.Leaf.Number, job.Leaf.Scope.Operator)))
                yield return job;
        }
    }

    /// <summary>The newest head of every ledger stream that the receipts of a folder show.</summary>
    public static IReadOnlyList<Head> HeadsOf(string folder)
    {
        Dictionary<(Scope, StreamId), (long Sequence, Head Head)> heads = [];
        foreach (EarnedJob job in Read(folder))
        {
            if (!job.Saved.TryReadMessage(out Receipt? receipt) || receipt!.Root is null || !BatchRoot.TryRead(receipt.Root.Statement.Span, out BatchRoot root))
                continue;
            if (!heads.TryGetValue((root.Scope, root.Stream), out (long Sequence, Head Head) known) || known.Sequence < root.LastSequence)
                heads[(root.Scope, root.Stream)] = (root.LastSequence, new Head { Root = receipt.Root, Certificate = receipt.Certificate });
        }

        return [.. heads.Values.Select(head => head.Head)];
    }

    public ValueTask DisposeAsync() => lines.DisposeAsync();

    /// <summary>Instalments are cumulative: each adds what it says beyond the one before.</summary>
    private void Count(string job, ReceiptLeaf leaf)
    {
        lock (gate)
        {
            open.Remove(job, out NanoTon before);
            earned += leaf.WorkerShare - before;
            if (leaf.Kind == ReceiptKind.Instalment)
                open[job] = leaf.WorkerShare;
        }
    }

    private static NanoTon SumOf(string folder)
    {
        NanoTon sum = NanoTon.Zero;
        foreach (EarnedJob job in Read(folder))
            sum += job.Leaf.WorkerShare;
        return sum;
    }

    private static EarnedJob? Parse(string line)
    {
        try
        {
            if (JsonNode.Parse(line) is not JsonObject json || SavedReceipt.Read(json) is not { } saved || !saved.TryReadLeaf(out ReceiptLeaf? leaf))
                return null;
            long? milliseconds = json["milliseconds"] is JsonValue value && value.TryGetValue(out long read) ? read : null;
            return new EarnedJob(saved, leaf!, milliseconds is { } known ? TimeSpan.FromMilliseconds(known) : null, json["claimed"] as JsonObject);
        }
        catch (JsonException)
        {
            // The last line of a worker that was killed.
            return null;
        }
    }
}

/// <summary>A job that a worker was paid for.</summary>
/// <param name="Saved">Its newest receipt.</param>
/// <param name="Leaf">What that says.</param>
/// <param name="Time">How long it ran here, where known.</param>
/// <param name="Claimed">Usage as this worker counted it, where known.</param>
internal sealed record EarnedJob(SavedReceipt Saved, ReceiptLeaf Leaf, TimeSpan? Time, JsonObject? Claimed)
{
    /// <summary>What the receipt is called in a statement: the first 16 digits of its leaf's hash.</summary>
    public string Reference => MerkleTree.HashLeaf(Leaf.ToBytes()).ToString()[..16];

    public long Amount(UsageClass usageClass) => Leaf.Usage.Where(priced => priced.Usage.Class == usageClass).Sum(priced => priced.Usage.Amount);

    /// <summary>Whether the operator billed fewer tokens of an answer than this worker counted.</summary>
    public bool BilledLess =>
        Leaf.Kind == ReceiptKind.Final && Claimed?["completion"] is JsonValue value && value.TryGetValue(out long counted) && counted > Amount(UsageClass.Completion);
}
