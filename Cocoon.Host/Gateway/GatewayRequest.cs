using System.Text.Json;
using Cocoon.Client;
using Cocoon.Inference;
using Microsoft.AspNetCore.Http;

namespace Cocoon.Host.Gateway;

/// <summary>A request as read: the job, and what the answer must look like.</summary>
/// <param name="Job">What to run. Its body is the request as it came: unknown fields reach the engine.</param>
/// <param name="WantsUsage">Whether the caller asked for usage at the end of the stream.</param>
/// <param name="WantsBase64">Whether embeddings are wanted as base64 of little-endian float32, as the official clients ask.</param>
internal sealed record GatewayRequest(JobRequest Job, bool WantsUsage, bool WantsBase64)
{
    /// <summary>Reads a request. Throws <see cref="GatewayException"/> when it cannot be understood.</summary>
    public static GatewayRequest Read(JobEndpoint endpoint, byte[] request, IHeaderDictionary headers, string? purse)
    {
        ReadOnlyMemory<byte> body = JsonText.Repair(request);
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw Wrong("the request must be a JSON object");
            if (!root.TryGetProperty("model", out JsonElement model) || model.ValueKind != JsonValueKind.String || model.GetString() is not { Length: > 0 } name)
                throw Wrong("'model' must name a model: GET /v1/models lists them");
            bool stream = endpoint != JobEndpoint.Embeddings && Flag(root, "stream");
            JsonElement options = root.TryGetProperty("stream_options", out JsonElement given) && given.ValueKind == JsonValueKind.Object ? given : default;
            JobRequest job = new()
            {
                Endpoint = endpoint,
                Model = name,
                Body = body,
                MaxOutputTokens = Integer(root, "max_completion_tokens", int.MaxValue) ?? Integer(root, "max_tokens", int.MaxValue),
                Choices = RequestChoices.Count(root) ?? throw Wrong($"'n' times the number of prompts must be a whole number from 1 to {RequestChoices.Most}"),
                Stream = stream,
                Tier = GatewayHeaders.ReadTier(headers),
                PriceCap = GatewayHeaders.ReadPriceCap(headers),
                TimeLimit = GatewayHeaders.ReadTimeLimit(headers),
                PreferCheap = GatewayHeaders.ReadPreferCheap(headers),
                Purse = purse,
            };
            bool base64 = root.TryGetProperty("encoding_format", out JsonElement format) && format.ValueKind == JsonValueKind.String
                && format.ValueEquals("base64");
            return new GatewayRequest(job, options.ValueKind == JsonValueKind.Object && Flag(options, "include_usage"), base64);
        }
        catch (JsonException wrong)
        {
            throw Wrong($"the request is not valid JSON: {wrong.Message}");
        }
    }

    private static bool Flag(JsonElement parent, string name)
    {
        if (!parent.TryGetProperty(name, out JsonElement value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.False)
            return false;
        return value.ValueKind == JsonValueKind.True ? true : throw Wrong($"'{name}' must be true or false");
    }

    private static int? Integer(JsonElement parent, string name, int most)
    {
        if (!parent.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 1 && number <= most
            ? number
            : throw Wrong($"'{name}' must be a whole number from 1 to {most}");
    }

    private static GatewayException Wrong(string message) => new(400, "bad_request", message);
}
