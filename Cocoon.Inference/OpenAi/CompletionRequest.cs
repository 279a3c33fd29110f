namespace Cocoon.Inference.OpenAi;

/// <summary>A request for <c>/v1/completions</c>.</summary>
/// <param name="Prompts">What to continue, at least one; each gets as many answers as the settings ask for.</param>
/// <param name="Echoes">True when answers begin with their prompt.</param>
/// <param name="Settings">Everything else.</param>
internal sealed record CompletionRequest(IReadOnlyList<TextInput> Prompts, bool Echoes, GenerationSettings Settings)
{
    public static CompletionRequest Parse(ReadOnlyMemory<byte> body, int vocabularySize)
    {
        RequestFields fields = RequestFields.Parse(body);
        bool echoes = fields.Boolean("echo", false);
        if (fields.Text("suffix") is { Length: > 0 })
            throw RequestFields.Bad("'suffix' is not supported");
        if (fields.Integer("best_of", 1, int.MaxValue) is > 1)
            throw RequestFields.Bad("'best_of' above 1 is not supported; use 'n'");
        int? logprobs = (int?)fields.Integer("logprobs", 0, 20);
        if (echoes && logprobs is not null)
            throw RequestFields.Bad("'echo' with 'logprobs' is not supported: prompts get no log probabilities");
        GenerationSettings settings = GenerationSettings.Read(fields, logprobs, vocabularySize);
        int most = GenerationSettings.MostChoices / settings.Choices;
        return new CompletionRequest(TextInput.Read(fields, "prompt", most, vocabularySize), echoes, settings);
    }
}
