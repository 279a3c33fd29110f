using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Client;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Commands.Demo;

/// <summary>One sentence through the network, and what came back.</summary>
/// <param name="Prompt">The sentence.</param>
/// <param name="Text">Its translation.</param>
/// <param name="Result">Usage, cost, worker, receipt.</param>
/// <param name="Balance">What the account has left when this job and those shown before it are paid.</param>
internal sealed record DemoJob(string Prompt, string Text, JobResult Result, NanoTon Balance)
{
    /// <summary>Streams a translation, telling <paramref name="show"/> each piece as it comes.</summary>
    public static async Task<DemoJob> RunAsync(IJobClient client, string model, string prompt, Action<string> show, CancellationToken cancellationToken)
    {
        JobRequest request = new() { Model = model, Body = BodyOf(model, prompt), Stream = true, MaxOutputTokens = 100 };
        StringBuilder text = new();
        await using IJob job = await client.SubmitAsync(request, cancellationToken);
        await foreach (JobChunk chunk in job.ReadAsync(cancellationToken))
        {
            string piece = ContentOf(chunk.Payload);
            text.Append(piece);
            show(piece);
        }

        JobResult result = await job.Result;
        return new DemoJob(prompt, text.ToString(), result, default);
    }

    public JsonObject ToJson()
    {
        JsonObject usage = [];
        foreach (UsageAmount used in Result.Usage)
            usage[used.Class.ToString().ToLowerInvariant()] = used.Amount;
        return new JsonObject
        {
            ["prompt"] = Prompt,
            ["text"] = Text,
            ["id"] = Result.JobId,
            ["worker"] = Result.Worker,
            ["usage"] = usage,
            ["costNanoTon"] = Result.Cost.Value,
            ["receipt"] = Result.Receipt?.ToString(),
            ["receiptValid"] = Result.Receipt?.Verified ?? false,
            ["balanceNanoTon"] = Balance.Value,
        };
    }

    /// <summary>Temperature 0: the same sentence has the same translation in every run.</summary>
    private static byte[] BodyOf(string model, string prompt) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["model"] = model,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt }),
        ["stream"] = true,
        ["temperature"] = 0,
    });

    private static string ContentOf(ReadOnlyMemory<byte> payload)
    {
        if (payload.IsEmpty)
            return "";
        using JsonDocument chunk = JsonDocument.Parse(payload);
        return chunk.RootElement.TryGetProperty("choices", out JsonElement choices) && choices.GetArrayLength() > 0
            && choices[0].TryGetProperty("delta", out JsonElement delta)
            && delta.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String
            ? content.GetString()!
            : "";
    }
}
