using Cocoon.Inference.Gguf;
using Cocoon.Inference.Model;

namespace Cocoon.Tests.Inference.Model;

/// <summary>Random models of two layers whose logits are compared.</summary>
internal static class SmallModels
{
    public const int HeadSize = 32;

    public static RandomModel Of(ModelArchitecture architecture, int width, int feedForwardWidth, int heads, int vocabulary) => new()
    {
        Architecture = architecture,
        Type = GgufTensorType.F32,
        EmbeddingType = GgufTensorType.F32,
        Layers = 2,
        Width = width,
        FeedForwardWidth = feedForwardWidth,
        Heads = heads,
        KeyValueHeads = 2,
        HeadSize = HeadSize,
        Vocabulary = vocabulary,
        Experts = architecture == ModelArchitecture.Qwen3Moe ? 8 : 0,
        ExpertsUsed = architecture == ModelArchitecture.Qwen3Moe ? 3 : 0,
    };
}
