using System.Text.Json;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Inference.OpenAi;

/// <summary>One prompt or one text to embed: text, or tokens.</summary>
internal readonly record struct TextInput(string? Text, IReadOnlyList<int>? Tokens)
{
    private const int MostTokens = 4 * 1024 * 1024;

    /// <summary>Reads a field in any of OpenAI's four forms: a text, an array of texts, an array of tokens, an array of arrays of tokens.</summary>
    /// <param name="fields">The request.</param>
    /// <param name="name">The field.</param>
    /// <param name="most">Most texts in it.</param>
    /// <param name="vocabularySize">One above the highest token.</param>
    public static List<TextInput> Read(RequestFields fields, string name, int most, int vocabularySize) => fields.Find(name) switch
    {
        null => throw RequestFields.Bad($"'{name}' is missing"),
        { ValueKind: JsonValueKind.String } text => [new TextInput(text.GetString(), null)],
        { ValueKind: JsonValueKind.Array } tokens when tokens.GetArrayLength() > 0 && tokens[0].ValueKind == JsonValueKind.Number =>
            [new TextInput(null, ReadTokens(tokens, name, vocabularySize))],
        { ValueKind: JsonValueKind.Array } array when array.GetArrayLength() > 0 =>
            [.. fields.Array(name, most).Select((item, index) => ReadOne(item, $"{name}[{index}]", vocabularySize))],
        { } other => throw RequestFields.Bad($"'{name}' must be a text, tokens, or an array of these, not {RequestFields.Show(other)}"),
    };

    /// <summary>Its tokens, as the model gets them.</summary>
    public IReadOnlyList<int> Encode(Tokenizer tokenizer) => Tokens ?? tokenizer.Encode(Text!, tokenizer.AddsBos);

    private static TextInput ReadOne(JsonElement item, string path, int vocabularySize) => item.ValueKind switch
    {
        JsonValueKind.String => new TextInput(item.GetString(), null),
        JsonValueKind.Array => new TextInput(null, ReadTokens(item, path, vocabularySize)),
        _ => throw RequestFields.Bad($"'{path}' must be a text or an array of tokens, not {RequestFields.Show(item)}"),
    };

    private static List<int> ReadTokens(JsonElement array, string path, int vocabularySize)
    {
        if (array.GetArrayLength() > MostTokens)
            throw RequestFields.Bad($"'{path}' may have at most {MostTokens} tokens");
        return [.. array.EnumerateArray().Select((entry, index) =>
            entry.ValueKind == JsonValueKind.Number && entry.TryGetInt32(out int token) && token >= 0 && token < vocabularySize
                ? token
                : throw RequestFields.Bad($"'{path}[{index}]' must be a token under {vocabularySize}, not {RequestFields.Show(entry)}"))];
    }
}
