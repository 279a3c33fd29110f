using System.Runtime.InteropServices;
using System.Text.Json;
using Cocoon.Client;
using Cocoon.Client.Recounts;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Gateway;

/// <summary>Adds cost, worker and receipt to OpenAI's answers, and makes them what the caller asked for.</summary>
internal static class AnswerShape
{
    /// <summary>Whether a stream object reports usage, and so must wait for the job's cost.</summary>
    public static bool HasUsage(ReadOnlyMemory<byte> payload)
    {
        // Inside a JSON string the quotes would be escaped: only a key matches, or a string that is this one word.
        if (payload.Span.IndexOf("\"usage\""u8) < 0)
            return false;
        using JsonDocument document = JsonDocument.Parse(payload);
        return document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("usage", out JsonElement usage) && usage.ValueKind == JsonValueKind.Object;
    }

    /// <summary>The answer with <c>usage.cost_nano_ton</c> and a <c>cocoon</c> object.</summary>
    /// <param name="payload">OpenAI's object.</param>
    /// <param name="result">The settled job.</param>
    /// <param name="base64">Turn embeddings that are lists of numbers into base64.</param>
    public static byte[] WithCost(ReadOnlyMemory<byte> payload, JobResult result, bool base64 = false)
    {
        using JsonDocument document = JsonDocument.Parse(payload);
        return GatewayJson.Write(json =>
        {
            bool hasUsage = false;
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.Name == "usage" && property.Value.ValueKind == JsonValueKind.Object)
                {
                    hasUsage = true;
                    WriteUsage(json, property.Value, result);
                }
                else if (property.Name == "data" && base64 && property.Value.ValueKind == JsonValueKind.Array)
                {
                    WriteEmbeddings(json, property.Value);
                }
                else if (property.Name is not ("usage" or "cocoon"))
                {
                    property.WriteTo(json);
                }
            }

            if (!hasUsage)
                WriteUsage(json, default, result);
            WriteCocoon(json, result);
        });
    }

    /// <summary>The <c>cocoon</c> object alone, for a stream whose caller did not ask for usage.</summary>
    public static byte[] CostAlone(JobResult result) => GatewayJson.Write(json => WriteCocoon(json, result));

    private static void WriteUsage(Utf8JsonWriter json, JsonElement reported, JobResult result)
    {
        json.WriteStartObject("usage");
        if (reported.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in reported.EnumerateObject())
                property.WriteTo(json);
        }
        else
        {
            long prompt = Sum(result, UsageClass.Prompt, UsageClass.Cached);
            long completion = Sum(result, UsageClass.Completion, UsageClass.Reasoning);
            json.WriteNumber("prompt_tokens", prompt);
            json.WriteNumber("completion_tokens", completion);
            json.WriteNumber("total_tokens", prompt + completion);
        }

        json.WriteNumber("cost_nano_ton", result.Cost.Value);
        json.WriteEndObject();
    }

    private static void WriteCocoon(Utf8JsonWriter json, JobResult result)
    {
        json.WriteStartObject("cocoon");
        json.WriteString("job", result.JobId);
        json.WriteString("worker", result.Worker);
        json.WriteString("tier", GatewayHeaders.TierName(result.Tier));
        GatewayJson.WriteUsage(json, "usage", result.Usage);
        json.WriteNumber("cost_nano_ton", result.Cost.Value);
        if (result.Receipt is { } receipt)
            json.WriteString("receipt", receipt.ToString());
        else
            json.WriteNull("receipt");
        if (result.Recount is { } recount)
            WriteRecount(json, recount);
        json.WriteEndObject();
    }

    private static void WriteRecount(Utf8JsonWriter json, UsageRecount recount)
    {
        json.WriteStartObject("recount");
        if (recount.Prompt is { } prompt)
            json.WriteNumber("prompt_tokens", prompt);
        if (recount.Completion is { } completion)
            json.WriteNumber("completion_tokens", completion);
        json.WriteBoolean("exceeded", recount.IsExceeded);
        json.WriteEndObject();
    }

    private static void WriteEmbeddings(Utf8JsonWriter json, JsonElement data)
    {
        json.WriteStartArray("data");
        foreach (JsonElement item in data.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object)
            {
                item.WriteTo(json);
                continue;
            }

            json.WriteStartObject();
            foreach (JsonProperty property in item.EnumerateObject())
            {
                if (property.Name == "embedding" && property.Value.ValueKind == JsonValueKind.Array)
                    json.WriteBase64String("embedding", ToBytes(property.Value));
                else
                    property.WriteTo(json);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static ReadOnlySpan<byte> ToBytes(JsonElement numbers)
    {
        float[] values = [.. numbers.EnumerateArray().Select(number => number.ValueKind == JsonValueKind.Number ? number.GetSingle() : 0f)];
        return MemoryMarshal.AsBytes(values.AsSpan());
    }

    private static long Sum(JobResult result, UsageClass first, UsageClass second) =>
        result.Usage.Where(amount => amount.Class == first || amount.Class == second).Sum(amount => amount.Amount);
}
