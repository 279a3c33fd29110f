namespace Cocoon.Inference.Templates;

/// <summary>Bounds for templates, which come with a model file and are not trusted.</summary>
internal static class TemplateLimits
{
    /// <summary>Longest template source, in chars.</summary>
    public const int SourceChars = 512 << 10;

    /// <summary>Most evaluation steps of one rendering; work on long text counts one step per 32 chars, and each list entry that is made one.</summary>
    public const int Steps = 2_000_000;

    /// <summary>Longest text that a rendering may build, the output or any value in it, in chars.</summary>
    public const int OutputChars = 16 << 20;

    /// <summary>Deepest nesting of statements and expressions in the source.</summary>
    public const int ParseDepth = 100;

    /// <summary>Deepest nesting while rendering, macro calls included.</summary>
    public const int EvaluationDepth = 400;

    /// <summary>Deepest nesting of lists and maps that is printed, compared or written as JSON.</summary>
    public const int ValueDepth = 100;
}
