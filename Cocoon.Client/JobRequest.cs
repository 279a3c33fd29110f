using System.Text.Json;
using Cocoon.Protocol.Money;

namespace Cocoon.Client;

/// <summary>Whose request a body is.</summary>
public enum JobEndpoint
{
    /// <summary><c>/v1/chat/completions</c></summary>
    ChatCompletions = 1,

    /// <summary><c>/v1/completions</c></summary>
    Completions = 2,

    /// <summary><c>/v1/embeddings</c></summary>
    Embeddings = 3,
}

/// <summary>How far the machine that runs a job is trusted.</summary>
public enum JobTier
{
    /// <summary>Any worker.</summary>
    Open = 1,

    /// <summary>Only workers whose hardware proves what software they run: their owner cannot read the prompt.</summary>
    Attested = 2,
}

/// <summary>One job.</summary>
public sealed record JobRequest
{
    /// <summary>Whose request <see cref="Body"/> is. Default: chat completions.</summary>
    public JobEndpoint Endpoint { get; init; } = JobEndpoint.ChatCompletions;

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>OpenAI's JSON request. Fields that Cocoon does not know reach the engine.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Most tokens to generate for each choice. Default null: the model's own bound.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Answers wanted (OpenAI's <c>n</c>). Default 1.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Whether the answer comes as OpenAI stream objects, or whole in one chunk. Default false.</summary>
    public bool Stream { get; init; }

    /// <summary>The least trusted machine that may run it. Default <see cref="JobTier.Open"/>.</summary>
    public JobTier Tier { get; init; } = JobTier.Open;

    /// <summary>Highest prices by class, in nanoTON per million units. Default: no cap.</summary>
    public IReadOnlyList<Rate> PriceCap { get; init; } = [];

    /// <summary>Longest time until the last chunk. Default null: the operator's own bound.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Rather cheaper than faster. Default false.</summary>
    public bool PreferCheap { get; init; }

    /// <summary>The purse that pays (a key made by <c>cocoon key new</c>). Default null: the account itself.</summary>
    public string? Purse { get; init; }

    /// <summary>A chat of one user message.</summary>
    public static JobRequest Chat(string model, string text, string? instructions = null, bool stream = false)
    {
        using MemoryStream body = new();
        using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            json.WriteStartArray("messages");
            if (instructions is not null)
                WriteMessage(json, "system", instructions);
            WriteMessage(json, "user", text);
            json.WriteEndArray();
            json.WriteBoolean("stream", stream);
            json.WriteEndObject();
        }

        return new JobRequest { Model = model, Body = body.ToArray(), Stream = stream };
    }

    /// <summary>The model and the endpoint, for logs; never the body.</summary>
    public override string ToString() => $"{Endpoint} on {Model}";

    private static void WriteMessage(Utf8JsonWriter json, string role, string text)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteString("content", text);
        json.WriteEndObject();
    }
}
