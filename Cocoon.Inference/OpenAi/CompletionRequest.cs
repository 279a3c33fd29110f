using System.Text.Json;

namespace Cocoon.Inference.OpenAi;

/// <summary>A request for <c>/v1/completions</c>: one prompt, as text or as tokens.</summary>
/// <param name="Text">The prompt, or null when it is given as tokens.</param>
/// <param name="Tokens">The prompt's tokens, or null.</param>
/// <param name="Settings">Everything else.</param>
internal sealed record CompletionRequest(string? Text, IReadOnlyList<int>? Tokens, GenerationSettings Settings)
{
    private const int MostTokens = 4 * 1024 * 1024;

    public static CompletionRequest Parse(ReadOnlyMemory<byte> body, int vocabularySize)
    {
        RequestFields fields = RequestFields.Parse(body);
        if (fields.Boolean("echo", false))
            throw RequestFields.Bad("'echo' is not supported");
        if (fields.Text("suffix") is { Length: > 0 })
            throw RequestFields.Bad("'suffix' is not supported");
        if (fields.Integer("best_of", 1, int.MaxValue) is > 1)
            throw RequestFields.Bad("'best_of' above 1 is not supported; use 'n'");
        int? logprobs = (int?)fields.Integer("logprobs", 0, 20);
        GenerationSettings settings = GenerationSettings.Read(fields, logprobs, vocabularySize);
        return fields.Find("prompt") switch
        {
            null => throw RequestFields.Bad("'prompt' is missing"),
            { ValueKind: JsonValueKind.String } text => new CompletionRequest(text.GetString(), null, settings),
            { ValueKind: JsonValueKind.Array } array when array.GetArrayLength() == 1 && array[0].ValueKind == JsonValueKind.String =>
                new CompletionRequest(array[0].GetString(), null, settings),
            { ValueKind: JsonValueKind.Array } array => new CompletionRequest(null, ReadTokens(array, "prompt", vocabularySize), settings),
            { } other => throw RequestFields.Bad($"'prompt' must be one text or an array of tokens, not {RequestFields.Show(other)}"),
        };
    }

    public static List<int> ReadTokens(JsonElement array, string path, int vocabularySize)
    {
        if (array.GetArrayLength() > MostTokens)
            throw RequestFields.Bad($"'{path}' may have at most {MostTokens} tokens");
        return [.. array.EnumerateArray().Select((entry, index) =>
            entry.ValueKind == JsonValueKind.Number && entry.TryGetInt32(out int token) && token >= 0 && token < vocabularySize
                ? token
                : throw RequestFields.Bad($"'{path}[{index}]' must be a token under {vocabularySize}, not {RequestFields.Show(entry)}; several prompts in one request are not supported"))];
    }
}
