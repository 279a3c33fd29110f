using System.Text;
using System.Text.Json;

namespace Cocoon.Inference.TestEngine;

/// <summary>What the test engine takes from a request: a hash to derive the answer from, sizes, and what kind of answer is wanted.</summary>
/// <param name="Hash">FNV-1a over all texts of the prompt.</param>
/// <param name="Tokens">Words of the prompt and four for each message: the engine's idea of prompt tokens, at least 1.</param>
/// <param name="Choices">The request's <c>n</c> times its prompts, at least 1.</param>
/// <param name="Inputs">Texts to embed, at least 1.</param>
/// <param name="Tool">The function to call, or null for an answer in words.</param>
/// <param name="Json">Whether the answer must be a JSON object.</param>
internal sealed record PromptDigest(ulong Hash, int Tokens, int Choices, int Inputs, string? Tool, bool Json)
{
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    /// <summary>Reads a request. Throws <see cref="JsonException"/> when it is not a JSON object.</summary>
    public static PromptDigest Of(ReadOnlyMemory<byte> body)
    {
        using JsonDocument document = JsonDocument.Parse(JsonText.Repair(body));
        JsonElement request = document.RootElement;
        if (request.ValueKind != JsonValueKind.Object)
            throw new JsonException("the request is not a JSON object");
        ulong hash = FnvOffset;
        int tokens = 0;
        int inputs = 1;
        foreach (string name in (ReadOnlySpan<string>)["messages", "prompt", "input"])
        {
            if (request.TryGetProperty(name, out JsonElement value))
            {
                AddTexts(value, ref hash, ref tokens);
                inputs = name == "input" && value.ValueKind == JsonValueKind.Array ? Math.Max(1, value.GetArrayLength()) : inputs;
                tokens += name == "messages" && value.ValueKind == JsonValueKind.Array ? 4 * value.GetArrayLength() : 0;
            }
        }

        return new PromptDigest(hash, Math.Max(1, tokens), RequestChoices.Count(request) ?? 1, inputs, FindTool(request), WantsJson(request));
    }

    private static void AddTexts(JsonElement value, ref ulong hash, ref int tokens)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                string text = value.GetString()!;
                foreach (byte unit in Encoding.UTF8.GetBytes(text))
                    hash = (hash ^ unit) * FnvPrime;
                tokens += text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in value.EnumerateArray())
                    AddTexts(item, ref hash, ref tokens);
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in value.EnumerateObject().Where(property => property.Name is "content" or "text"))
                    AddTexts(property.Value, ref hash, ref tokens);
                break;
        }
    }

    private static string? FindTool(JsonElement request)
    {
        bool refused = request.TryGetProperty("tool_choice", out JsonElement choice)
            && choice.ValueKind == JsonValueKind.String && choice.GetString() == "none";
        if (refused || !request.TryGetProperty("tools", out JsonElement tools) || tools.ValueKind != JsonValueKind.Array || tools.GetArrayLength() == 0)
            return null;
        JsonElement first = tools[0];
        return first.ValueKind == JsonValueKind.Object && first.TryGetProperty("function", out JsonElement function)
            && function.ValueKind == JsonValueKind.Object && function.TryGetProperty("name", out JsonElement name)
            ? name.ToString()
            : null;
    }

    private static bool WantsJson(JsonElement request) =>
        request.TryGetProperty("response_format", out JsonElement format) && format.ValueKind == JsonValueKind.Object
        && format.TryGetProperty("type", out JsonElement type) && type.ValueKind == JsonValueKind.String
        && type.GetString() is "json_object" or "json_schema";
}
