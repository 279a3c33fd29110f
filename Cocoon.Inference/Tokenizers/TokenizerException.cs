namespace Cocoon.Inference.Tokenizers;

/// <summary>A model file's vocabulary cannot be used: a field is damaged, or of a kind that this engine does not have.</summary>
/// <param name="field">The metadata key, for example <c>tokenizer.ggml.pre</c>.</param>
/// <param name="problem">What is wrong with it and what is possible.</param>
public sealed class TokenizerException(string field, string problem) : Exception($"{field}: {problem}")
{
    /// <summary>The metadata key that was refused.</summary>
    public string Field { get; } = field;
}
