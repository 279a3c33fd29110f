namespace Cocoon.Inference.Templates;

/// <summary>Bounds for templates, which come with a model file and are not trusted.</summary>
/// <param name="SourceChars">Longest template source, in chars. Default 512 Ki.</param>
/// <param name="Steps">Most evaluation steps of one rendering; work on long text counts one step per 32 chars, and each list entry that is made one. Default 2 million.</param>
/// <param name="OutputChars">Longest text that a rendering may build, the output or any value in it, in chars. Default 16 Mi.</param>
/// <param name="ParseDepth">Deepest nesting of statements and expressions in the source. Default 100.</param>
/// <param name="EvaluationDepth">Deepest nesting while rendering, macro calls included. Default 400.</param>
/// <param name="ValueDepth">Deepest nesting of lists and maps that is printed, compared or written as JSON. Default 100.</param>
internal sealed record TemplateLimits(
    int SourceChars = 512 * 1024,
    int Steps = 2_000_000,
    int OutputChars = 16 * 1024 * 1024,
    int ParseDepth = 100,
    int EvaluationDepth = 400,
    int ValueDepth = 100)
{
    public static TemplateLimits Default { get; } = new();
}
