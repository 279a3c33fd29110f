using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Model;

/// <summary>The sizes and constants of a model, read from the metadata of its file.</summary>
public sealed record ModelShape
{
    private const int MaxSize = 1 << 20;

    /// <summary>The family.</summary>
    public required ModelArchitecture Architecture { get; init; }

    /// <summary>Longest sequence the model was made for, in tokens.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Length of a token's vector between layers.</summary>
    public required int Width { get; init; }

    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads; divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Length of a head's vectors.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Inner width of the feed-forward layer, or of one expert.</summary>
    public required int FeedForwardWidth { get; init; }

    /// <summary>Experts; 0 without a mixture.</summary>
    public required int Experts { get; init; }

    /// <summary>Experts chosen for a token.</summary>
    public required int ExpertsUsed { get; init; }

    /// <summary>Added to the mean square before the root.</summary>
    public required float NormEpsilon { get; init; }

    /// <summary>Tokens of the vocabulary.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Query heads that share a key and value head.</summary>
    public int HeadsPerGroup => Heads / KeyValueHeads;

    /// <summary>Reads the shape. Throws <see cref="ModelException"/> for an unknown architecture and <see cref="GgufException"/> for bad values.</summary>
    public static ModelShape Read(GgufFile file)
    {
        GgufMetadata metadata = file.Metadata;
        string name = metadata.GetString("general.architecture");
        ModelArchitecture architecture = name switch
        {
            "llama" => ModelArchitecture.Llama,
            "qwen2" => ModelArchitecture.Qwen2,
            "qwen3" => ModelArchitecture.Qwen3,
            "qwen3moe" => ModelArchitecture.Qwen3Moe,
            _ => throw new ModelException($"architecture \"{name}\" is not supported, only llama, qwen2, qwen3 and qwen3moe"),
        };
        if (metadata.GetInt64("split.count", 1) > 1)
            throw new ModelException("the model is split into several files: join them with gguf-split --merge");
        GgufTensor embeddings = file.FindTensor("token_embd.weight") ?? throw new ModelException("the file holds no token_embd.weight: it is a vocabulary or an adapter, not a model");
        int width = metadata.GetInt32($"{name}.embedding_length", 1, MaxSize);
        int heads = metadata.GetInt32($"{name}.attention.head_count", 1, 4096);
        int keyValueHeads = metadata.GetInt32($"{name}.attention.head_count_kv", heads, 1, heads);
        if (heads % keyValueHeads != 0)
            throw new GgufException($"{name}.attention.head_count_kv", $"{keyValueHeads} does not divide {heads} heads");
        int headSize = metadata.GetInt32($"{name}.attention.key_length", Math.Max(1, width / heads), 1, 1024);
        int valueSize = metadata.GetInt32($"{name}.attention.value_length", headSize, 1, 1024);
        if (valueSize != headSize || headSize % 32 != 0)
            throw new ModelException($"heads of {headSize} (keys) and {valueSize} (values) are not supported, only equal multiples of 32");
        bool mixture = architecture == ModelArchitecture.Qwen3Moe;
        int experts = metadata.GetInt32($"{name}.expert_count", 0, 0, 4096);
        if (!mixture && experts > 0)
            throw new ModelException($"a mixture of experts in architecture \"{name}\" is not supported, only in qwen3moe");
        return new ModelShape
        {
            Architecture = architecture,
            ContextTokens = metadata.GetInt32($"{name}.context_length", 1, int.MaxValue),
            Width = width,
            Layers = metadata.GetInt32($"{name}.block_count", 1, 4096),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = headSize,
            FeedForwardWidth = metadata.GetInt32(mixture ? $"{name}.expert_feed_forward_length" : $"{name}.feed_forward_length", 1, MaxSize),
            Experts = mixture ? Math.Max(1, experts) : 0,
            ExpertsUsed = mixture ? metadata.GetInt32($"{name}.expert_used_count", 1, Math.Max(1, experts)) : 0,
            NormEpsilon = metadata.GetSingle($"{name}.attention.layer_norm_rms_epsilon"),
            VocabularySize = (int)Math.Min(embeddings.RowCount, int.MaxValue),
        };
    }
}
