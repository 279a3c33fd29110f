using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Nodes;

/// <summary>A job that a worker was not paid for, or not in full.</summary>
/// <param name="Noted">When that was clear, as UTC text.</param>
/// <param name="Reason">Why.</param>
/// <param name="Amount">What it would have been paid.</param>
internal sealed record UnpaidJob(string Noted, UnpaidReason Reason, NanoTon Amount)
{
    /// <summary>The reason as files and JSON have it.</summary>
    public static string NameOf(UnpaidReason reason) => reason switch
    {
        UnpaidReason.ProxyLost => "proxy-lost",
        UnpaidReason.NotRelayed => "not-relayed",
        UnpaidReason.Cancelled => "cancelled",
        _ => "billed-less",
    };

    /// <summary>The reason in a sentence.</summary>
    public static string Explain(UnpaidReason reason) => reason switch
    {
        UnpaidReason.ProxyLost => "the proxy or the link to it was lost before they were settled",
        UnpaidReason.NotRelayed => "nothing of them had reached the client",
        UnpaidReason.Cancelled => "they were cancelled or cut before everything had reached the client",
        _ => "the operator accepted less usage than was counted here",
    };

    /// <summary>Unpaid jobs by reason.</summary>
    public static IReadOnlyList<UnpaidTotal> Totals(IEnumerable<UnpaidJob> jobs) =>
        [.. jobs.GroupBy(job => job.Reason).OrderBy(reason => reason.Key)
            .Select(reason => new UnpaidTotal(reason.Key, reason.Count(), new NanoTon(reason.Sum(job => job.Amount.Value))))];

    /// <summary>Totals as JSON: an array of reason, jobs, nanoTon.</summary>
    public static JsonArray ToJson(IEnumerable<UnpaidTotal> totals) => new([.. totals.Select(total => (JsonNode)new JsonObject
    {
        ["reason"] = NameOf(total.Reason),
        ["jobs"] = total.Jobs,
        ["nanoTon"] = total.Amount.Value,
    })]);

    /// <summary>Reads one line; null for work that turned out to be worth nothing, and for anything else.</summary>
    public static UnpaidJob? Parse(string line)
    {
        try
        {
            if (JsonNode.Parse(line) is not JsonObject json || json["usage"] is not JsonObject { Count: > 0 }
                || json["nanoTon"] is not JsonValue amount || !amount.TryGetValue(out long value))
                return null;
            string name = (string?)json["reason"] ?? "";
            UnpaidReason reason = Enum.GetValues<UnpaidReason>().FirstOrDefault(one => NameOf(one) == name);
            return reason == default ? null : new UnpaidJob((string?)json["noted"] ?? "", reason, new NanoTon(value));
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
