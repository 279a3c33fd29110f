namespace Cocoon.Inference.Sampling;

/// <summary>Natural log of a token's probability under the model itself, before bias, penalties and temperature.</summary>
internal readonly record struct TokenLogprob(int Token, float Logprob);

/// <summary>The chosen token's log probability and those of the likeliest tokens.</summary>
internal sealed record TokenLogprobs(TokenLogprob Chosen, IReadOnlyList<TokenLogprob> Top);
