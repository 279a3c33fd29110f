namespace Cocoon.Inference.Serving;

/// <summary>One answer to generate.</summary>
/// <param name="Prompt">The prompt's tokens, at least one.</param>
/// <param name="MaxTokens">Most tokens to generate, 1 and up; less where the context ends earlier.</param>
/// <param name="CacheScope">Computed prompt blocks are shared only between requests of the same scope.</param>
/// <param name="Chooser">Picks the tokens.</param>
internal sealed record GenerationRequest(ReadOnlyMemory<int> Prompt, int MaxTokens, string CacheScope, ITokenChooser Chooser);

/// <summary>Why an answer ended.</summary>
internal enum GenerationEnd
{
    /// <summary>It goes on.</summary>
    None = 0,

    /// <summary>The chooser said so.</summary>
    Stop = 1,

    /// <summary>The most tokens were generated, or the context is full.</summary>
    Length = 2,
}

/// <summary>One token of an answer.</summary>
/// <param name="Token">The token.</param>
/// <param name="Detail">What the chooser handed along.</param>
/// <param name="End">Not <see cref="GenerationEnd.None"/> on the last token.</param>
internal readonly record struct GeneratedToken(int Token, object? Detail, GenerationEnd End);

/// <summary>How the vectors of a text's tokens become one.</summary>
internal enum EmbeddingPooling
{
    /// <summary>Their mean.</summary>
    Mean = 1,

    /// <summary>The last one.</summary>
    Last = 3,
}
