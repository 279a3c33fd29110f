namespace Cocoon.Inference.Gguf;

/// <summary>A GGUF file is damaged, hostile, or holds something this engine does not read. The message names the field.</summary>
/// <param name="field">The field, for example <c>tensor[3].dimension[1]</c> or <c>metadata[12].value</c>.</param>
/// <param name="problem">What is wrong with it.</param>
/// <param name="path">The file, where it is known.</param>
public sealed class GgufException(string field, string problem, string? path = null)
    : Exception(path is null ? $"GGUF {field}: {problem}" : $"{path}: GGUF {field}: {problem}")
{
    /// <summary>What is wrong with it.</summary>
    public string Problem { get; } = problem;

    /// <summary>The field that was refused.</summary>
    public string Field { get; } = field;
}
