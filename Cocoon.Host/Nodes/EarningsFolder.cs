using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Actors.Ports;
using Cocoon.Client.Receipts;
using Cocoon.Host.Commands;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Host.Nodes;

/// <summary>
/// A worker's receipts in a folder, one file of JSON lines a day. Beside them, in folders of the same kind: <c>awaited</c>, the claims of work
/// that was begun, and <c>unpaid</c>, what was not paid or not in full.
/// </summary>
internal sealed class EarningsFolder : IEarnings, IAsyncDisposable
{
    private const int LinesReadMax = 1_000_000;
    private const int AwaitedReadMax = 4096;
    private readonly DailyLines lines;
    private readonly DailyLines claims;
    private readonly DailyLines unpaid;
    private readonly Lock gate = new();
    private readonly Dictionary<string, NanoTon> open = new(StringComparer.Ordinal);
    private NanoTon earned;

    public EarningsFolder(string folder)
    {
        lines = new DailyLines(folder, TimeProvider.System);
        claims = new DailyLines(Path.Combine(folder, "awaited"), TimeProvider.System);
        unpaid = new DailyLines(UnpaidFolder(folder), TimeProvider.System);
        HashSet<string> closed = [.. DailyLines.ReadBack(UnpaidFolder(folder)).Take(LinesReadMax).Select(line => Text(line, "claim")).OfType<string>()];
        foreach (EarnedJob job in Read(folder))
        {
            EarnedBefore += job.Leaf.WorkerShare;
            if (job.Leaf.Kind == ReceiptKind.Instalment)
                open[job.Saved.JobId] = job.Leaf.WorkerShare;
            else if (job.Claim is { } claim)
                closed.Add(claim);
        }

        Awaited = [.. DailyLines.ReadBack(claims.Folder).Take(AwaitedReadMax).Select(ParseAwaited).OfType<AwaitedWork>()
            .Where(work => !closed.Contains(NameOf(work.Claim))).Reverse()];
    }

    /// <summary>What the receipts say that were there at the start.</summary>
    public NanoTon EarnedBefore { get; }

    /// <summary>Work of earlier runs whose receipt had not come, oldest first.</summary>
    public IReadOnlyList<AwaitedWork> Awaited { get; }

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
        if (!receipt.Claim.IsEmpty)
            json["claim"] = NameOf(receipt.Claim);
        lines.Add(json.ToJsonString());
    }

    public void Await(AwaitedWork work) => claims.Add(new JsonObject
    {
        ["network"] = work.Scope.Network.ToString(),
        ["operator"] = work.Scope.Operator.ToString(),
        ["claim"] = Convert.ToBase64String(work.Claim.Span),
    }.ToJsonString());

    public void Miss(UnpaidWork work)
    {
        JsonObject usage = [];
        foreach (UsageAmount used in work.Usage)
            usage[SavedReceipt.NameOf(used.Class)] = used.Amount;
        unpaid.Add(new JsonObject
        {
            ["noted"] = AnswerPrinter.Date(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()),
            ["operator"] = work.Scope.Operator.ToString(),
            ["claim"] = NameOf(work.Claim),
            ["reason"] = UnpaidJob.NameOf(work.Reason),
            ["model"] = work.Model,
            ["usage"] = usage,
            ["nanoTon"] = work.Amount.Value,
        }.ToJsonString());
    }

    /// <summary>What a folder says was not paid, newest first.</summary>
    public static IEnumerable<UnpaidJob> ReadUnpaid(string folder)
        => DailyLines.ReadBack(UnpaidFolder(folder)).Take(LinesReadMax).Select(UnpaidJob.Parse).OfType<UnpaidJob>();

    /// <summary>Every job in the folder with its newest receipt, newest first; told of each line that holds none.</summary>
    public static IEnumerable<EarnedJob> Read(string folder, Action? damaged = null)
    {
        HashSet<(AccountId, long, long, PublicKey)> seen = [];
        foreach (string line in DailyLines.ReadBack(folder).Take(LinesReadMax))
        {
            if (Parse(line) is not { } job)
                damaged?.Invoke();
            else if (seen.Add((job.Leaf.Account, job.Leaf.Session, job.Leaf.Number, job.Leaf.Scope.Operator)))
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

    public async ValueTask DisposeAsync()
    {
        await lines.DisposeAsync();
        await claims.DisposeAsync();
        await unpaid.DisposeAsync();
    }

    private static string UnpaidFolder(string folder) => Path.Combine(folder, "unpaid");

    /// <summary>Enough of a claim to know it by.</summary>
    private static string NameOf(ByteString claim) => Convert.ToHexStringLower(claim.Span[..Math.Min(16, claim.Length)]);

    private static AwaitedWork? ParseAwaited(string line)
    {
        if (Text(line, "network") is not { } network || Text(line, "operator") is not { } key || Text(line, "claim") is not { } text
            || !Bytes32.TryParseHex(key, out Bytes32 known) || !Bytes32.TryParseHex(network, out Bytes32 id))
            return null;
        byte[] claim = new byte[text.Length];
        return Convert.TryFromBase64String(text, claim, out int length)
            ? new AwaitedWork(new Scope(new NetworkId(id), new PublicKey(known)), ByteString.CopyFrom(claim, 0, length))
            : null;
    }

    private static string? Text(string line, string name)
    {
        try
        {
            return JsonNode.Parse(line) is JsonObject json && json[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

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

    private static EarnedJob? Parse(string line)
    {
        try
        {
            if (JsonNode.Parse(line) is not JsonObject json || SavedReceipt.Read(json) is not { } saved || !saved.TryReadLeaf(out ReceiptLeaf? leaf))
                return null;
            long? milliseconds = json["milliseconds"] is JsonValue value && value.TryGetValue(out long read) ? read : null;
            return new EarnedJob(saved, leaf!, milliseconds is { } known ? TimeSpan.FromMilliseconds(known) : null, json["claimed"] as JsonObject)
            {
                Claim = json["claim"] is JsonValue claim && claim.TryGetValue(out string? name) ? name : null,
            };
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
    /// <summary>What the receipt could be asked for by, where known.</summary>
    public string? Claim { get; init; }

    /// <summary>What the receipt is called in a statement: the first 16 digits of its leaf's hash.</summary>
    public string Reference => MerkleTree.HashLeaf(Leaf.ToBytes()).ToString()[..16];

    public long Amount(UsageClass usageClass) => Leaf.Usage.Where(priced => priced.Usage.Class == usageClass).Sum(priced => priced.Usage.Amount);

    /// <summary>Whether the operator billed fewer tokens of an answer than this worker counted.</summary>
    public bool BilledLess =>
        Leaf.Kind == ReceiptKind.Final && Claimed?["completion"] is JsonValue value && value.TryGetValue(out long counted) && counted > Amount(UsageClass.Completion);
}
