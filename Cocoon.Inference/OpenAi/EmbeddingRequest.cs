namespace Cocoon.Inference.OpenAi;

/// <summary>A request for <c>/v1/embeddings</c>.</summary>
/// <param name="Inputs">What to embed, at least one.</param>
/// <param name="IsBase64">True when vectors go out as base64 of little-endian 32-bit floats.</param>
/// <param name="TakesLast">True for the last token's vector rather than the mean; null for the model's own way.</param>
internal sealed record EmbeddingRequest(IReadOnlyList<TextInput> Inputs, bool IsBase64, bool? TakesLast)
{
    private const int MostInputs = 2048;

    public static EmbeddingRequest Parse(ReadOnlyMemory<byte> body, int vocabularySize)
    {
        RequestFields fields = RequestFields.Parse(body);
        string format = fields.Text("encoding_format") ?? "float";
        if (format is not ("float" or "base64"))
            throw RequestFields.Bad($"'encoding_format' must be 'float' or 'base64', not '{format}'");
        if (fields.Find("dimensions") is not null)
            throw RequestFields.Bad("'dimensions' is not supported: vectors have the model's width");
        bool? takesLast = fields.Text("pooling") switch
        {
            null => null,
            "mean" => false,
            "last" => true,
            string other => throw RequestFields.Bad($"'pooling' must be 'mean' or 'last', not '{other}'"),
        };
        return new EmbeddingRequest(TextInput.Read(fields, "input", MostInputs, vocabularySize), format == "base64", takesLast);
    }
}
