namespace Cocoon.Inference.Sampling;

/// <summary>How the next token is drawn. Applied in this order: mask of the grammar, bias, penalties, temperature, min-p, top-k, top-p.</summary>
internal sealed record SamplingOptions
{
    /// <summary>0 takes the likeliest token; above, logits are divided by it. 0 to 2. Default 1.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Only the so many likeliest tokens; 0 for all. Default 0.</summary>
    public int TopK { get; init; }

    /// <summary>Only the likeliest tokens that together have this probability, the one that reaches it included. Above 0, to 1. Default 1.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Only tokens at least this share as likely as the likeliest. 0 to 1. Default 0.</summary>
    public float MinP { get; init; }

    /// <summary>Logits of tokens in prompt or answer are divided by it (multiplied when negative). Above 0. Default 1.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Taken from a token's logit for each time it is in the answer. -2 to 2. Default 0.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Taken from a token's logit when it is in the answer. -2 to 2. Default 0.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>The same seed, prompt and options give the same answer on the same machine and kernels; null draws one.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Added to logits, by token. -100 to 100.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>Alternatives to report with each token, 0 to 20; null for no log probabilities at all.</summary>
    public int? TopLogprobs { get; init; }
}
