using System.Buffers;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cocoon.Actors.Ports;

namespace Cocoon.Inference.Upstream;

/// <summary>A job's body made ready for a server.</summary>
/// <param name="Body">The JSON to send.</param>
/// <param name="WantsUsage">Whether the client itself asked for usage in the stream.</param>
/// <param name="WantsTimings">Whether the client itself asked for llama.cpp's timings in every chunk.</param>
/// <param name="Choices">How many answers it asked for.</param>
/// <param name="PromptBytes">Bytes of all texts in it, for an estimate.</param>
internal sealed record UpstreamRequest(byte[] Body, bool WantsUsage, bool WantsTimings, int Choices, long PromptBytes)
{
    /// <summary>
    /// Fields that reach beyond the job itself: they address other jobs' caches or slots, jump the queue, load or run code, or replace
    /// the template and bounds that usage is checked against, or generate more than the answers that are counted. vLLM, SGLang, llama-server and Ollama have these.
    /// </summary>
    private static readonly FrozenSet<string> Forbidden = FrozenSet.Create(
        StringComparer.Ordinal,
        "best_of", "bootstrap_host", "bootstrap_port", "bootstrap_room", "cache_prompt", "cache_salt", "chat_template", "custom_logit_processor",
        "custom_params", "data_parallel_rank", "extra_key", "id_slot", "keep_alive", "kv_transfer_params", "logits_processors", "lora",
        "lora_path", "n_cache_reuse", "n_predict", "options", "priority", "request_id", "return_hidden_states", "rid", "session_params",
        "slot_id", "use_beam_search", "vllm_xargs");

    /// <summary>Fields that the job's own record decides.</summary>
    private static readonly FrozenSet<string> Decided = FrozenSet.Create(
        StringComparer.Ordinal, "max_completion_tokens", "max_tokens", "model", "stream", "stream_options", "timings_per_token");

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Rewrites a job. Throws <see cref="EngineException"/> when its body is not a JSON object.</summary>
    /// <param name="job">The job.</param>
    /// <param name="dialect">What the server understands.</param>
    /// <param name="allowed">Otherwise forbidden fields that may pass.</param>
    /// <param name="saltKey">Hides account names from the server.</param>
    public static UpstreamRequest Make(EngineJob job, UpstreamDialect dialect, IReadOnlyCollection<string> allowed, ReadOnlySpan<byte> saltKey)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(JsonText.Repair(job.Body));
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw new EngineException(EngineFailure.BadRequest, "the request must be a JSON object");
            JsonElement options = root.TryGetProperty("stream_options", out JsonElement given) ? given : default;
            bool timings = IsTrue(root, "timings_per_token");
            ArrayBufferWriter<byte> bytes = new(job.Body.Length + 256);
            using (Utf8JsonWriter json = new(bytes, Relaxed))
            {
                json.WriteStartObject();
                foreach (JsonProperty property in root.EnumerateObject())
                {
                    bool refused = Forbidden.Contains(property.Name) && !allowed.Contains(property.Name, StringComparer.Ordinal);
                    if (!refused && !Decided.Contains(property.Name))
                        property.WriteTo(json);
                }

                Decide(json, job, dialect, options, timings);
                if (dialect.CacheSalt && !allowed.Contains("cache_salt", StringComparer.Ordinal) && job.Endpoint != EngineEndpoint.Embeddings)
                    json.WriteString("cache_salt", Salt(job.CacheScope, saltKey));
                json.WriteEndObject();
            }

            int choices = RequestChoices.Count(root)
                ?? throw new EngineException(EngineFailure.BadRequest, $"a request may ask for 1 to {RequestChoices.Most} answers");
            return new UpstreamRequest(bytes.WrittenSpan.ToArray(), IsTrue(options, "include_usage"), timings, choices, TextBytes(root));
        }
        catch (JsonException wrong)
        {
            throw new EngineException(EngineFailure.BadRequest, $"the request is not valid JSON: {wrong.Message}", wrong);
        }
    }

    private static void Decide(Utf8JsonWriter json, EngineJob job, UpstreamDialect dialect, JsonElement options, bool timings)
    {
        json.WriteString("model", job.Model);
        if (job.Endpoint == EngineEndpoint.Embeddings)
            return;
        json.WriteNumber("max_tokens", job.MaxOutputTokens);
        json.WriteBoolean("stream", job.Stream);
        if (!job.Stream)
            return;
        json.WriteStartObject("stream_options");
        if (options.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in options.EnumerateObject())
            {
                if (property.Name is not ("include_usage" or "continuous_usage_stats"))
                    property.WriteTo(json);
            }
        }

        json.WriteBoolean("include_usage", true);
        if (dialect.ContinuousUsage)
            json.WriteBoolean("continuous_usage_stats", true);
        json.WriteEndObject();
        if (dialect.TimingsPerToken || timings)
            json.WriteBoolean("timings_per_token", true);
    }

    private static string Salt(string scope, ReadOnlySpan<byte> key) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(scope)).AsSpan(0, 16));

    private static bool IsTrue(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private static long TextBytes(JsonElement request)
    {
        long bytes = 0;
        foreach (string name in (ReadOnlySpan<string>)["messages", "prompt", "input", "tools"])
        {
            if (request.TryGetProperty(name, out JsonElement value))
                bytes += CountTexts(value);
        }

        return bytes;
    }

    private static long CountTexts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Encoding.UTF8.GetByteCount(value.GetString()!),
        // A prompt given as tokens.
        JsonValueKind.Number => UsageMeter.BytesPerToken,
        JsonValueKind.Array => value.EnumerateArray().Sum(CountTexts),
        // Images and sound come as long data: addresses, which are not text.
        JsonValueKind.Object => value.EnumerateObject().Where(item => item.Name is not ("image_url" or "input_audio" or "role" or "type")).Sum(item => CountTexts(item.Value)),
        _ => 0,
    };
}
