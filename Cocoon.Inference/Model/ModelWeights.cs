using Cocoon.Inference.Gguf;
using Cocoon.Inference.Kernels;

namespace Cocoon.Inference.Model;

/// <summary>One layer's weights. Matrices point into the mapped file, vectors are copies in floats.</summary>
internal sealed record LayerWeights
{
    public required float[] AttentionNorm { get; init; }

    public required MatrixView Query { get; init; }

    public required MatrixView Key { get; init; }

    public required MatrixView Value { get; init; }

    public required MatrixView AttentionOutput { get; init; }

    public required float[]? QueryBias { get; init; }

    public required float[]? KeyBias { get; init; }

    public required float[]? ValueBias { get; init; }

    public required float[]? QueryNorm { get; init; }

    public required float[]? KeyNorm { get; init; }

    public required float[] FeedForwardNorm { get; init; }

    public required MatrixView Router { get; init; }

    /// <summary>One matrix, or one for each expert.</summary>
    public required GatedMatrices[] Gates { get; init; }

    public required MatrixView[] Downs { get; init; }
}

/// <summary>
/// The tensors of a model, each with the shape the architecture asks for. A tensor that is left over is refused:
/// it would mean that the model computes something this engine does not.
/// </summary>
internal sealed unsafe class ModelWeights : IDisposable
{
    private readonly GgufFile _file;
    private readonly ModelShape _shape;
    private readonly bool _withStrips;
    private readonly StripArena _strips = new();
    private readonly HashSet<string> _used = new(StringComparer.Ordinal) { "rope_freqs.weight" };

    /// <summary>Reads the directory and the vectors. <paramref name="withStrips"/>: matrices may be copied into strips when they are used.</summary>
    public ModelWeights(GgufFile file, ModelShape shape, bool withStrips)
    {
        (_file, _shape, _withStrips) = (file, shape, withStrips);
        TokenEmbeddings = Matrix("token_embd.weight", shape.VocabularySize, shape.Width);
        OutputNorm = Vector("output_norm.weight", shape.Width);
        Output = file.FindTensor("output.weight") is null ? TokenEmbeddings : Matrix("output.weight", shape.VocabularySize, shape.Width);
        Layers = new LayerWeights[shape.Layers];
        for (int layer = 0; layer < Layers.Length; layer++)
            Layers[layer] = ReadLayer($"blk.{layer}.");
        _strips.Allocate();
        foreach (GgufTensor tensor in file.Tensors)
        {
            if (!_used.Contains(tensor.Name))
                throw new ModelException($"tensor {tensor} has no place in architecture {shape.Architecture}: the model needs something this engine does not compute");
        }
    }

    public MatrixView TokenEmbeddings { get; }

    public float[] OutputNorm { get; }

    /// <summary>The token embeddings again where the file has no output matrix of its own.</summary>
    public MatrixView Output { get; }

    public LayerWeights[] Layers { get; }

    public void Dispose() => _strips.Dispose();

    private LayerWeights ReadLayer(string prefix)
    {
        int width = _shape.Width, inner = _shape.FeedForwardWidth;
        int queries = _shape.Heads * _shape.HeadSize, keys = _shape.KeyValueHeads * _shape.HeadSize;
        bool headNorms = _shape.Architecture is ModelArchitecture.Qwen3 or ModelArchitecture.Qwen3Moe;
        bool mixture = _shape.Experts > 0;
        return new LayerWeights
        {
            AttentionNorm = Vector(prefix + "attn_norm.weight", width),
            Query = Matrix(prefix + "attn_q.weight", queries, width),
            Key = Matrix(prefix + "attn_k.weight", keys, width),
            Value = Matrix(prefix + "attn_v.weight", keys, width),
            AttentionOutput = Matrix(prefix + "attn_output.weight", width, queries),
            QueryBias = OptionalVector(prefix + "attn_q.bias", queries),
            KeyBias = OptionalVector(prefix + "attn_k.bias", keys),
            ValueBias = OptionalVector(prefix + "attn_v.bias", keys),
            QueryNorm = headNorms ? Vector(prefix + "attn_q_norm.weight", _shape.HeadSize) : null,
            KeyNorm = headNorms ? Vector(prefix + "attn_k_norm.weight", _shape.HeadSize) : null,
            FeedForwardNorm = Vector(prefix + "ffn_norm.weight", width),
            Router = mixture ? Matrix(prefix + "ffn_gate_inp.weight", _shape.Experts, width) : default,
            Gates = [.. Matrices(prefix + "ffn_gate", mixture, inner, width).Zip(Matrices(prefix + "ffn_up", mixture, inner, width), Gated)],
            Downs = Array.ConvertAll(Matrices(prefix + "ffn_down", mixture, width, inner), WithStrips),
        };
    }

    private GgufTensor Tensor(string name, params ReadOnlySpan<long> dimensions)
    {
        GgufTensor tensor = _file.FindTensor(name) ?? throw new ModelException($"tensor {name} is missing");
        _used.Add(name);
        if (!tensor.Dimensions.SequenceEqual(dimensions.ToArray()))
            throw new ModelException($"tensor {tensor} should have the shape [{string.Join(", ", dimensions.ToArray())}]");
        if (!RowCodec.IsSupported(tensor.Type))
            throw new ModelException($"tensor {tensor}: type {tensor.Type} is not supported, only F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q5_K and Q6_K");
        return tensor;
    }

    private MatrixView Matrix(string name, int rows, int columns) => WithStrips(Views(name, 1, rows, columns, columns, rows)[0]);

    /// <summary>One matrix, or one for each expert of a mixture, as they lie in the file.</summary>
    private MatrixView[] Matrices(string name, bool mixture, int rows, int columns) => mixture
        ? Views(name + "_exps.weight", _shape.Experts, rows, columns, columns, rows, _shape.Experts)
        : Views(name + ".weight", 1, rows, columns, columns, rows);

    private MatrixView[] Views(string name, int count, int rows, int columns, params ReadOnlySpan<long> dimensions)
    {
        if (columns % Activations.Group != 0)
            throw new ModelException($"tensor {name} has rows of {columns} values; only multiples of {Activations.Group} are supported");
        GgufTensor tensor = Tensor(name, dimensions);
        byte* data = _file.Pointer(tensor);
        nint bytes = (nint)(tensor.ByteLength / count);
        MatrixView[] views = new MatrixView[count];
        for (int i = 0; i < count; i++)
            views[i] = new MatrixView(tensor.Type, data + (i * bytes), rows, columns);
        return views;
    }

    private StripLayout? LayoutOf(MatrixView view) => _withStrips ? StripLayout.Of(view.Type, view.Columns) : null;

    private MatrixView WithStrips(MatrixView view) =>
        LayoutOf(view) is { } layout ? view.With(new StripMatrix(view, layout, _strips, _file)) : view;

    private GatedMatrices Gated(MatrixView gate, MatrixView up)
    {
        if (gate.Type != up.Type || gate.Rows % Activations.Group != 0 || LayoutOf(gate) is not { } layout)
            return new GatedMatrices(WithStrips(gate), WithStrips(up));
        return new GatedMatrices(gate.With(new StripMatrix(gate, up, layout, _strips, _file)), up);
    }

    private float[] Vector(string name, int length)
    {
        GgufTensor tensor = Tensor(name, length);
        float[] values = new float[length];
        fixed (float* target = values)
            RowCodec.Decode(tensor.Type, _file.Pointer(tensor), target, length);
        return values;
    }

    private float[]? OptionalVector(string name, int length) => _file.FindTensor(name) is null ? null : Vector(name, length);
}
