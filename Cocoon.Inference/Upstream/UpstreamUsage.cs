using System.Text.Json;

namespace Cocoon.Inference.Upstream;

/// <summary>Usage as a server reports it; null where it says nothing.</summary>
/// <param name="Prompt">All prompt tokens, cached ones included.</param>
/// <param name="Cached">Of these, from the prefix cache.</param>
/// <param name="Completion">All answer tokens, reasoning included, over all choices.</param>
/// <param name="Reasoning">Of these, reasoning.</param>
internal readonly record struct UpstreamUsage(long? Prompt, long? Cached, long? Completion, long? Reasoning)
{
    private const long Highest = 1L << 40;

    /// <summary>The larger of each: servers that report several times count upwards.</summary>
    public UpstreamUsage Max(UpstreamUsage other) => new(
        Larger(Prompt, other.Prompt), Larger(Cached, other.Cached), Larger(Completion, other.Completion), Larger(Reasoning, other.Reasoning));

    /// <summary>
    /// OpenAI's <c>usage</c> object, with SGLang's top-level <c>reasoning_tokens</c>, and cached tokens in the words of DeepSeek
    /// (<c>prompt_cache_hit_tokens</c>) and Moonshot (<c>cached_tokens</c>) too.
    /// </summary>
    public static UpstreamUsage Read(JsonElement usage)
    {
        if (usage.ValueKind != JsonValueKind.Object)
            return default;
        long? nested = Number(Child(usage, "completion_tokens_details"), "reasoning_tokens");
        long? cached = Number(Child(usage, "prompt_tokens_details"), "cached_tokens");
        return new UpstreamUsage(
            Number(usage, "prompt_tokens"),
            Larger(Larger(cached, Number(usage, "prompt_cache_hit_tokens")), Number(usage, "cached_tokens")),
            Number(usage, "completion_tokens"),
            Larger(nested, Number(usage, "reasoning_tokens")));
    }

    /// <summary>llama.cpp's <c>timings</c> object.</summary>
    public static UpstreamUsage ReadTimings(JsonElement timings)
    {
        if (Number(timings, "prompt_n") is not { } computed || Number(timings, "predicted_n") is not { } predicted)
            return default;
        long cached = Number(timings, "cache_n") ?? 0;
        return new UpstreamUsage(computed + cached, cached, predicted, null);
    }

    private static long? Larger(long? left, long? right) => left is null || right > left ? right : left;

    private static JsonElement Child(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement child) ? child : default;

    private static long? Number(JsonElement parent, string name) =>
        Child(parent, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out long number) && number is >= 0 and < Highest
            ? number
            : null;
}
