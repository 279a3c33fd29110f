namespace Cocoon.Inference.Model;

/// <summary>The model families this engine computes.</summary>
public enum ModelArchitecture
{
    /// <summary>Interleaved rotary pairs.</summary>
    Llama,

    /// <summary>Rotary halves; biases on query, key and value.</summary>
    Qwen2,

    /// <summary>Rotary halves; queries and keys normalised per head before the rotation.</summary>
    Qwen3,

    /// <summary>Qwen3 with a mixture of experts in place of the feed-forward layer.</summary>
    Qwen3Moe,
}
