using System.Text;
using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Inference;

/// <summary>A job run to its end, and what came out.</summary>
internal sealed record EngineRun(
    IReadOnlyList<EngineChunk> Chunks, IReadOnlyDictionary<UsageClass, long> Usage, string? Finish, EngineException? Error)
{
    /// <summary>The payloads that are not empty.</summary>
    public IReadOnlyList<string> Payloads => [.. Chunks.Where(chunk => chunk.Payload.Length > 0).Select(chunk => Encoding.UTF8.GetString(chunk.Payload.Span))];

    public long Of(UsageClass kind) => Usage.GetValueOrDefault(kind);

    /// <summary>Text and reasoning of all choices, as a client would join them.</summary>
    public string Text => string.Concat(Payloads.SelectMany(payload => Texts(JsonDocument.Parse(payload).RootElement)));

    public static EngineJob Job(string model, string body, bool stream = true, int maxOutput = 100, string scope = "account") =>
        new(EngineEndpoint.ChatCompletions, model, Encoding.UTF8.GetBytes(body), maxOutput, stream, scope);

    public static async Task<EngineRun> RunAsync(IInferenceEngine engine, EngineJob job, CancellationToken cancellationToken = default)
    {
        List<EngineChunk> chunks = [];
        EngineException? error = null;
        try
        {
            await foreach (EngineChunk chunk in engine.RunAsync(job, cancellationToken))
            {
                Assert.True(chunks.Count == 0 || chunks[^1].Finish is null, "a chunk came after the one with the finish reason");
                Assert.All(chunk.Usage, amount => Assert.True(amount.Amount > 0));
                chunks.Add(chunk);
            }
        }
        catch (EngineException failure)
        {
            error = failure;
        }

        Dictionary<UsageClass, long> usage = [];
        foreach (UsageAmount amount in chunks.SelectMany(chunk => chunk.Usage))
            usage[amount.Class] = usage.GetValueOrDefault(amount.Class) + amount.Amount;
        return new EngineRun(chunks, usage, chunks.Count > 0 ? chunks[^1].Finish : null, error);
    }

    private static IEnumerable<string> Texts(JsonElement payload)
    {
        foreach (JsonElement choice in payload.GetProperty("choices").EnumerateArray())
        {
            JsonElement message = choice.TryGetProperty("delta", out JsonElement delta) ? delta : choice.TryGetProperty("message", out JsonElement whole) ? whole : choice;
            foreach (string name in (string[])["reasoning_content", "reasoning", "content", "text"])
            {
                if (message.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String)
                    yield return text.GetString()!;
            }
        }
    }
}
