using System.Text;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Kernels;

namespace Cocoon.Inference.Model;

/// <summary>
/// Writes model files with random weights, for tests and measurements. Every weight is a fixed function of the seed, the tensor's name and
/// its index: splitmix64 over the 64-bit FNV-1a hash of the name plus the seed, 24 bits of it as an exact fraction.
/// The files have no vocabulary; other engines load them too.
/// </summary>
internal sealed unsafe record RandomModel
{
    private const int RowsAtOnce = 512;

    public required ModelArchitecture Architecture { get; init; }

    /// <summary>How matrices are stored.</summary>
    public required GgufTensorType Type { get; init; }

    /// <summary>How token embeddings are stored; tools that quantise keep them finer than the rest.</summary>
    public required GgufTensorType EmbeddingType { get; init; }

    public required int Layers { get; init; }

    public required int Width { get; init; }

    public required int FeedForwardWidth { get; init; }

    public required int Heads { get; init; }

    public required int KeyValueHeads { get; init; }

    public required int HeadSize { get; init; }

    public required int Vocabulary { get; init; }

    public int Experts { get; init; }

    public int ExpertsUsed { get; init; }

    public int ContextTokens { get; init; } = 4096;

    public ulong Seed { get; init; } = 1;

    /// <summary>A matrix for the logits apart from the token embeddings.</summary>
    public bool HasOutput { get; init; }

    /// <summary>Extra metadata, for example a rope scaling.</summary>
    public Action<GgufWriter, string>? Extend { get; init; }

    /// <summary>The sizes of Qwen3-0.6B: 596 million weights.</summary>
    public static RandomModel Qwen3Small(GgufTensorType type) => new()
    {
        Architecture = ModelArchitecture.Qwen3,
        Type = type,
        EmbeddingType = type is GgufTensorType.Q4_0 or GgufTensorType.Q4_K or GgufTensorType.Q5_K ? GgufTensorType.Q6_K : type,
        Layers = 28,
        Width = 1024,
        FeedForwardWidth = 3072,
        Heads = 16,
        KeyValueHeads = 8,
        HeadSize = 128,
        Vocabulary = 151_936,
    };

    public void WriteTo(string path)
    {
        string name = Architecture.ToString().ToLowerInvariant();
        using GgufWriter writer = new();
        writer.Add("general.architecture", name);
        writer.Add("general.name", $"random {name}");
        writer.Add($"{name}.block_count", (uint)Layers);
        writer.Add($"{name}.context_length", (uint)ContextTokens);
        writer.Add($"{name}.embedding_length", (uint)Width);
        writer.Add($"{name}.feed_forward_length", (uint)FeedForwardWidth);
        writer.Add($"{name}.attention.head_count", (uint)Heads);
        writer.Add($"{name}.attention.head_count_kv", (uint)KeyValueHeads);
        writer.Add($"{name}.attention.key_length", (uint)HeadSize);
        writer.Add($"{name}.attention.value_length", (uint)HeadSize);
        writer.Add($"{name}.attention.layer_norm_rms_epsilon", 1e-6f);
        writer.Add($"{name}.rope.freq_base", Architecture == ModelArchitecture.Llama ? 10_000f : 1_000_000f);
        writer.Add($"{name}.rope.dimension_count", (uint)HeadSize);
        writer.Add($"{name}.vocab_size", (uint)Vocabulary);
        writer.Add("tokenizer.ggml.model", "none");
        if (Experts > 0)
        {
            writer.Add($"{name}.expert_count", (uint)Experts);
            writer.Add($"{name}.expert_used_count", (uint)ExpertsUsed);
            writer.Add($"{name}.expert_feed_forward_length", (uint)FeedForwardWidth);
        }

        Extend?.Invoke(writer, name);
        AddMatrix(writer, "token_embd.weight", EmbeddingType, Vocabulary, Width);
        AddVector(writer, "output_norm.weight", Width, center: 1);
        if (HasOutput)
            AddMatrix(writer, "output.weight", EmbeddingType, Vocabulary, Width);
        for (int layer = 0; layer < Layers; layer++)
            AddLayer(writer, $"blk.{layer}.");
        using FileStream stream = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        writer.WriteTo(stream);
    }

    private void AddLayer(GgufWriter writer, string prefix)
    {
        int queries = Heads * HeadSize, keys = KeyValueHeads * HeadSize;
        AddVector(writer, prefix + "attn_norm.weight", Width, center: 1);
        AddMatrix(writer, prefix + "attn_q.weight", Type, queries, Width);
        AddMatrix(writer, prefix + "attn_k.weight", Type, keys, Width);
        AddMatrix(writer, prefix + "attn_v.weight", Type, keys, Width);
        AddMatrix(writer, prefix + "attn_output.weight", Type, Width, queries);
        AddVector(writer, prefix + "ffn_norm.weight", Width, center: 1);
        if (Architecture is ModelArchitecture.Qwen3 or ModelArchitecture.Qwen3Moe)
        {
            AddVector(writer, prefix + "attn_q_norm.weight", HeadSize, center: 1);
            AddVector(writer, prefix + "attn_k_norm.weight", HeadSize, center: 1);
        }

        if (Architecture == ModelArchitecture.Qwen2)
        {
            AddVector(writer, prefix + "attn_q.bias", queries, center: 0);
            AddVector(writer, prefix + "attn_k.bias", keys, center: 0);
            AddVector(writer, prefix + "attn_v.bias", keys, center: 0);
        }

        string suffix = Experts > 0 ? "_exps.weight" : ".weight";
        if (Experts > 0)
            AddMatrix(writer, prefix + "ffn_gate_inp.weight", GgufTensorType.F32, Experts, Width);
        AddMatrix(writer, prefix + "ffn_gate" + suffix, Type, FeedForwardWidth, Width, Experts);
        AddMatrix(writer, prefix + "ffn_up" + suffix, Type, FeedForwardWidth, Width, Experts);
        AddMatrix(writer, prefix + "ffn_down" + suffix, Type, Width, FeedForwardWidth, Experts);
    }

    private void AddVector(GgufWriter writer, string name, int length, float center) => writer.AddTensor(name, GgufTensorType.F32, [length], stream =>
    {
        float[] values = new float[length];
        Fill(name, 0, values, center, spread: 0.25f);
        stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
    });

    private void AddMatrix(GgufWriter writer, string name, GgufTensorType type, int rows, int columns, int copies = 0)
    {
        long allRows = (long)rows * Math.Max(1, copies);
        long[] dimensions = copies > 0 ? [columns, rows, copies] : [columns, rows];
        float spread = MathF.Pow(2, MathF.Round(MathF.Log2(MathF.Sqrt(3f / columns))));
        writer.AddTensor(name, type, dimensions, stream =>
        {
            int rowBytes = (int)GgufTensorTypes.RowBytes(type, columns);
            byte[] encoded = new byte[rowBytes * RowsAtOnce];
            for (long first = 0; first < allRows; first += RowsAtOnce)
            {
                int count = (int)Math.Min(RowsAtOnce, allRows - first);
                Parallel.For(0, count, row =>
                {
                    float[] values = new float[columns];
                    Fill(name, (first + row) * columns, values, 0, spread);
                    fixed (float* source = values)
                    fixed (byte* target = encoded)
                        RowQuantizer.Encode(type, source, target + (row * rowBytes), columns);
                });
                stream.Write(encoded, 0, count * rowBytes);
            }
        });
    }

    private void Fill(string name, long firstIndex, float[] values, float center, float spread)
    {
        ulong hash = 0xcbf29ce484222325;
        foreach (byte letter in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ letter) * 0x100000001b3;
        ulong state = hash + Seed + ((ulong)firstIndex * 0x9e3779b97f4a7c15);
        for (int i = 0; i < values.Length; i++)
        {
            state += 0x9e3779b97f4a7c15;
            ulong z = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            z ^= z >> 31;
            float fraction = ((int)(z >> 40) - (1 << 23)) / (float)(1 << 23);
            values[i] = center + (fraction * spread);
        }
    }
}
