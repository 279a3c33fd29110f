using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cocoon.Actors.Ports;

namespace Cocoon.Inference.Upstream;

/// <summary>One event of a server's stream, or its whole answer.</summary>
/// <param name="Payload">What the client gets; empty when it only carried usage that the client did not ask for.</param>
/// <param name="Usage">What it reports.</param>
/// <param name="TextBytes">Bytes of text, refusals and tool arguments.</param>
/// <param name="ReasoningBytes">Bytes of reasoning.</param>
/// <param name="Finish">The finish reason of its last choice that has one.</param>
/// <param name="Finished">How many of its choices have one.</param>
/// <param name="UsageOnly">Whether it has usage and no choices: the object that ends a stream.</param>
internal readonly record struct UpstreamChunk(
    ReadOnlyMemory<byte> Payload, UpstreamUsage Usage, int TextBytes, int ReasoningBytes, string? Finish, int Finished, bool UsageOnly)
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads one object. Throws <see cref="EngineException"/> when it is an error, or not JSON.</summary>
    public static UpstreamChunk Read(byte[] json, UpstreamDialect dialect, UpstreamRequest request, bool stream)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw new EngineException(EngineFailure.Failed, $"{dialect.Name} sent something that is not a JSON object");
            if (root.TryGetProperty("error", out JsonElement error) && error.ValueKind != JsonValueKind.Null)
                throw UpstreamErrors.OfEvent(dialect, error);
            // vLLM before 0.10 sends its error object bare.
            if (root.TryGetProperty("object", out JsonElement kind) && kind.ValueKind == JsonValueKind.String && kind.ValueEquals("error"))
                throw UpstreamErrors.OfEvent(dialect, root);
            UpstreamUsage usage = root.TryGetProperty("usage", out JsonElement reported) ? UpstreamUsage.Read(reported) : default;
            if (root.TryGetProperty("timings", out JsonElement timings))
                usage = usage.Max(UpstreamUsage.ReadTimings(timings));
            (int text, int reasoning, string? finish, int finished, int choices) = ReadChoices(root);
            // vLLM and SGLang end what they gave up so: it is no answer.
            if (finish is "abort" or "error")
                throw new EngineException(EngineFailure.Failed, $"{dialect.Name} gave the job up: its finish reason is {finish}");
            return new UpstreamChunk(stream ? Strip(json, root, request, choices) : json, usage, text, reasoning, finish, finished, choices == 0 && usage != default);
        }
        catch (JsonException wrong)
        {
            throw new EngineException(EngineFailure.Failed, $"{dialect.Name} sent something that is not JSON: {wrong.Message}", wrong);
        }
    }

    /// <summary>The object that ends a stream with usage, where the client wants it and the server sent none.</summary>
    /// <param name="before">An earlier object of the stream.</param>
    /// <param name="usage">What is metered.</param>
    public static ReadOnlyMemory<byte> WithUsage(ReadOnlyMemory<byte> before, UpstreamUsage usage)
    {
        using JsonDocument document = JsonDocument.Parse(before);
        ArrayBufferWriter<byte> bytes = new(512);
        using (Utf8JsonWriter writer = new(bytes, Relaxed))
        {
            writer.WriteStartObject();
            foreach (JsonProperty property in document.RootElement.EnumerateObject().Where(property => property.Name is "id" or "object" or "created" or "model"))
                property.WriteTo(writer);
            writer.WriteStartArray("choices");
            writer.WriteEndArray();
            writer.WriteStartObject("usage");
            writer.WriteNumber("prompt_tokens", usage.Prompt ?? 0);
            writer.WriteNumber("completion_tokens", usage.Completion ?? 0);
            writer.WriteNumber("total_tokens", (usage.Prompt ?? 0) + (usage.Completion ?? 0));
            writer.WriteStartObject("prompt_tokens_details");
            writer.WriteNumber("cached_tokens", usage.Cached ?? 0);
            writer.WriteEndObject();
            writer.WriteStartObject("completion_tokens_details");
            writer.WriteNumber("reasoning_tokens", usage.Reasoning ?? 0);
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }

    private static (int Text, int Reasoning, string? Finish, int Finished, int Choices) ReadChoices(JsonElement root)
    {
        if (!root.TryGetProperty("choices", out JsonElement choices) || choices.ValueKind != JsonValueKind.Array)
            return (0, 0, null, 0, 0);
        int text = 0;
        int reasoning = 0;
        string? finish = null;
        int finished = 0;
        foreach (JsonElement choice in choices.EnumerateArray().Where(choice => choice.ValueKind == JsonValueKind.Object))
        {
            JsonElement message = choice.TryGetProperty("delta", out JsonElement delta) ? delta
                : choice.TryGetProperty("message", out JsonElement whole) ? whole : choice;
            if (message.ValueKind == JsonValueKind.Object)
            {
                text += Length(message, "content") + Length(message, "text") + Length(message, "refusal") + ToolBytes(message);
                reasoning += Math.Max(Length(message, "reasoning_content"), Length(message, "reasoning"));
            }

            if (choice.TryGetProperty("finish_reason", out JsonElement reason) && reason.ValueKind == JsonValueKind.String)
            {
                finish = reason.GetString();
                finished++;
            }
        }

        return (text, reasoning, finish, finished, choices.GetArrayLength());
    }

    private static int ToolBytes(JsonElement message)
    {
        if (!message.TryGetProperty("tool_calls", out JsonElement calls) || calls.ValueKind != JsonValueKind.Array)
            return 0;
        int bytes = 0;
        foreach (JsonElement call in calls.EnumerateArray())
        {
            if (call.ValueKind == JsonValueKind.Object && call.TryGetProperty("function", out JsonElement function)
                && function.ValueKind == JsonValueKind.Object)
                bytes += Length(function, "name") + Length(function, "arguments");
        }

        return bytes;
    }

    private static int Length(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? Encoding.UTF8.GetByteCount(value.GetString()!)
            : 0;

    /// <summary>Takes out what only we asked for.</summary>
    private static ReadOnlyMemory<byte> Strip(byte[] json, JsonElement root, UpstreamRequest request, int choices)
    {
        bool hasUsage = root.TryGetProperty("usage", out _);
        if (!request.WantsUsage && hasUsage && choices == 0)
            return ReadOnlyMemory<byte>.Empty;
        // In the middle of a stream OpenAI sends usage: null to those who asked; the running counts were our wish alone.
        bool running = hasUsage && choices > 0;
        bool timings = !request.WantsTimings && choices > 0 && root.TryGetProperty("timings", out _);
        if (!running && !timings)
            return json;
        ArrayBufferWriter<byte> bytes = new(json.Length);
        using (Utf8JsonWriter writer = new(bytes, Relaxed))
        {
            writer.WriteStartObject();
            foreach (JsonProperty property in root.EnumerateObject())
            {
                if (property.Name == "usage" && request.WantsUsage)
                    writer.WriteNull("usage");
                else if (property.Name != "usage" && !(timings && property.Name == "timings"))
                    property.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }
}
