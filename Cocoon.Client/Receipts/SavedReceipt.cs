using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;

namespace Cocoon.Client.Receipts;

/// <summary>A receipt as it is kept: one JSON object, with what people want to read beside what the operator signed.</summary>
public sealed record SavedReceipt
{
    /// <summary>The job, as <see cref="IJob.Id"/>.</summary>
    public required string JobId { get; init; }

    /// <summary>The protobuf message <c>cocoon.v1.Receipt</c>.</summary>
    public required ReadOnlyMemory<byte> Receipt { get; init; }

    /// <summary>Whether the client that kept it had checked it.</summary>
    public bool Verified { get; init; }

    /// <summary>The request as sent; null where it was not kept.</summary>
    public ReadOnlyMemory<byte>? Request { get; init; }

    /// <summary>The answer as relayed, chunk payloads one after the other; null where it was not kept.</summary>
    public ReadOnlyMemory<byte>? Answer { get; init; }

    /// <summary>The receipt as one line of JSON.</summary>
    public string ToJson()
    {
        JsonObject json = new() { ["job"] = JobId };
        if (TryReadLeaf(out ReceiptLeaf? leaf))
            Describe(json, leaf!);
        json["verified"] = Verified;
        json["receipt"] = Convert.ToBase64String(Receipt.Span);
        if (Request is { } request)
            json["request"] = Convert.ToBase64String(request.Span);
        if (Answer is { } answer)
            json["answer"] = Convert.ToBase64String(answer.Span);
        return json.ToJsonString();
    }

    /// <summary>Reads one JSON object: what <see cref="ToJson"/> made, or any with a field <c>receipt</c> in base64. Null if it is none.</summary>
    public static SavedReceipt? Read(JsonObject json)
    {
        byte[]? receipt = Bytes(json["receipt"]);
        if (receipt is null)
            return null;
        return new SavedReceipt
        {
            JobId = Text(json["job"]) ?? "",
            Receipt = receipt,
            Verified = json["verified"] is JsonValue verified && verified.GetValueKind() == JsonValueKind.True,
            Request = Memory(json["request"]),
            Answer = Memory(json["answer"]),
        };
    }

    internal bool TryReadMessage(out Receipt? message)
    {
        try
        {
            message = Cocoon.Protocol.V1.Receipt.Parser.ParseFrom(Receipt.Span);
            return true;
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            message = null;
            return false;
        }
    }

    internal bool TryReadLeaf(out ReceiptLeaf? leaf)
    {
        leaf = null;
        return TryReadMessage(out Receipt? message) && message!.Leaf.Length <= ReceiptLeaf.MaxLength && ReceiptLeaf.TryRead(message.Leaf.Span, out leaf);
    }

    internal static void Describe(JsonObject json, ReceiptLeaf leaf)
    {
        json["kind"] = leaf.Kind.ToString().ToLowerInvariant();
        json["instalment"] = leaf.Instalment;
        json["settled"] = DateTimeOffset.FromUnixTimeSeconds(leaf.SettledUnixSeconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        json["networkId"] = leaf.Scope.Network.ToString();
        json["operator"] = leaf.Scope.Operator.ToString();
        json["model"] = leaf.Model;
        json["tier"] = leaf.Tier == Tier.Attested ? "attested" : "open";
        json["worker"] = leaf.Worker.ToString();
        JsonObject usage = [];
        foreach (PricedUsage priced in leaf.Usage)
        {
            usage[NameOf(priced.Usage.Class)] = new JsonObject
            {
                ["amount"] = priced.Usage.Amount,
                ["nanoTonPerMillion"] = priced.NanoTonPerMillion,
            };
        }

        json["usage"] = usage;
        json["costNanoTon"] = leaf.Cost.Value;
        json["workerShareNanoTon"] = leaf.WorkerShare.Value;
    }

    internal static string NameOf(UsageClass usageClass) => usageClass.ToString().ToLowerInvariant();

    private static string? Text(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private static ReadOnlyMemory<byte>? Memory(JsonNode? node)
    {
        if (Bytes(node) is { } bytes)
            return bytes;
        return null;
    }

    private static byte[]? Bytes(JsonNode? node)
    {
        if (Text(node) is not { Length: > 0 } text)
            return null;
        byte[] bytes = new byte[(text.Length * 3 / 4) + 3];
        return Convert.TryFromBase64String(text, bytes, out int length) ? bytes[..length] : null;
    }
}
