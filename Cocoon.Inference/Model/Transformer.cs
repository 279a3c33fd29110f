using Cocoon.Inference.Gguf;
using Cocoon.Inference.Kernels;

namespace Cocoon.Inference.Model;

/// <summary>Computes the models of <see cref="ModelArchitecture"/>: embeddings, layers of attention and feed-forward, and logits. One pass at a time.</summary>
internal sealed unsafe class Transformer : IDisposable
{
    private readonly ModelWeights _weights;
    private readonly RotaryTable _rotary;
    private readonly TransformerScratch _scratch;
    private readonly AttentionWork _attention;
    private readonly ProductWork _products;
    private readonly ThreadTeam _team;
    private readonly ExpertRouting? _routing;

    public Transformer(
        GgufFile file, KeyValueCache cache, ThreadTeam team, MatrixKernels kernels, int maxTokens, int maxOutputs, int contextTokens, bool mayPack = true)
    {
        Shape = ModelShape.Read(file);
        _team = team;
        _weights = new ModelWeights(file, Shape, mayPack && kernels.HasStrips);
        _rotary = new RotaryTable(file, Shape);
        _scratch = new TransformerScratch(Shape, maxTokens, maxOutputs);
        _attention = new AttentionWork(Shape, _scratch, cache, team.Size, contextTokens);
        int maxColumns = Math.Max(Math.Max(Shape.Width, Shape.Heads * Shape.HeadSize), Shape.FeedForwardWidth);
        _products = new ProductWork(kernels, team.Size, maxColumns);
        _routing = Shape.Experts > 0 ? new ExpertRouting(Shape, _scratch, maxTokens) : null;
        MaxOutputs = maxOutputs;
    }

    public ModelShape Shape { get; }

    /// <summary>Most tokens whose logits one pass gives.</summary>
    public int MaxOutputs { get; }

    /// <summary>Logits of the last pass's output number <paramref name="output"/>; valid until the next pass.</summary>
    public Span<float> Logits(int output) => new(_scratch.Logits + ((nint)output * Shape.VocabularySize), Shape.VocabularySize);

    /// <summary>The normalised vector that the logits of an output are made from; valid until the next pass.</summary>
    public ReadOnlySpan<float> Vector(int output) => new(_scratch.Outputs.Row(output), Shape.Width);

    /// <summary>Runs a batch through the model. With <paramref name="vectorsOnly"/> no logits are computed.</summary>
    public void Forward(ForwardBatch batch, bool vectorsOnly = false)
    {
        if (!vectorsOnly && batch.Outputs.Count > MaxOutputs)
            throw new InvalidOperationException($"a pass gives logits of at most {MaxOutputs} tokens");
        _products.BeginPass();
        Embed(batch);
        for (int layer = 0; layer < _weights.Layers.Length; layer++)
        {
            Attend(batch, _weights.Layers[layer], layer);
            if (_routing is null)
                FeedForward(batch, _weights.Layers[layer]);
            else
                FeedForwardExperts(batch, _weights.Layers[layer], _routing);
        }

        Finish(batch, vectorsOnly);
    }

    public void Dispose()
    {
        _weights.Dispose();
        _products.Dispose();
        _attention.Dispose();
        _scratch.Dispose();
    }

    private void Embed(ForwardBatch batch)
    {
        int pairs = _rotary.Pairs;
        for (int token = 0; token < batch.Count; token++)
        {
            int id = batch.Tokens[token];
            if ((uint)id >= (uint)Shape.VocabularySize)
                throw new ArgumentOutOfRangeException(nameof(batch), $"token {id} is outside the vocabulary of {Shape.VocabularySize}");
            MatrixView embeddings = _weights.TokenEmbeddings;
            RowCodec.Decode(embeddings.Type, embeddings.Row(id), _scratch.Hidden + ((nint)token * Shape.Width), Shape.Width);
            _rotary.Fill(batch.Positions[token], _scratch.Cosines + ((nint)token * pairs), _scratch.Sines + ((nint)token * pairs));
        }
    }

    private void Attend(ForwardBatch batch, LayerWeights layer, int number)
    {
        ForEachToken(batch.Count, token => Normalise(token, layer.AttentionNorm, added: null));
        int queries = Shape.Heads * Shape.HeadSize, keys = Shape.KeyValueHeads * Shape.HeadSize;
        _products.Clear();
        AddProduct(batch, layer.Query, _scratch.Normed, new ProductTarget(_scratch.Queries, queries));
        AddProduct(batch, layer.Key, _scratch.Normed, new ProductTarget(_scratch.Keys, keys));
        AddProduct(batch, layer.Value, _scratch.Normed, new ProductTarget(_scratch.Values, keys));
        _team.Run(_products);
        _attention.Prepare(batch, layer, number);
        _team.Run(_attention);
        _products.Clear();
        AddProduct(batch, layer.AttentionOutput, _scratch.Attended, new ProductTarget(_scratch.Branch, Shape.Width));
        _team.Run(_products);
    }

    private void FeedForward(ForwardBatch batch, LayerWeights layer)
    {
        int inner = Shape.FeedForwardWidth;
        ForEachToken(batch.Count, token => Normalise(token, layer.FeedForwardNorm, _scratch.Branch + ((nint)token * Shape.Width)));
        _products.Clear();
        _products.AddGated(Product(batch, layer.Gates[0].Gate, _scratch.Normed, new ProductTarget(_scratch.GateUp, 2 * inner)), layer.Gates[0].Up, _scratch.Inner);
        _team.Run(_products);
        _products.Clear();
        AddProduct(batch, layer.Downs[0], _scratch.Inner, new ProductTarget(_scratch.Branch, Shape.Width));
        _team.Run(_products);
        ForEachToken(batch.Count, token => VectorMath.Add(
            _scratch.Hidden + ((nint)token * Shape.Width), _scratch.Branch + ((nint)token * Shape.Width), Shape.Width));
    }

    private void FeedForwardExperts(ForwardBatch batch, LayerWeights layer, ExpertRouting routing)
    {
        int inner = Shape.FeedForwardWidth;
        ForEachToken(batch.Count, token => Normalise(token, layer.FeedForwardNorm, _scratch.Branch + ((nint)token * Shape.Width)));
        _products.Clear();
        AddProduct(batch, layer.Router, _scratch.Normed, new ProductTarget(_scratch.RouterScores, Shape.Experts));
        _team.Run(_products);
        routing.Assign(batch);
        ForEachToken(routing.Count, place => routing.Gather(place));
        _products.Clear();
        for (int expert = 0; expert < Shape.Experts; expert++)
        {
            (int first, int decode, int prompt) = routing.Places(expert);
            _products.AddGated(
                new ProductJob(layer.Gates[expert].Gate, _scratch.Gathered, first, decode, prompt, new ProductTarget(_scratch.GateUp, 2 * inner)),
                layer.Gates[expert].Up,
                _scratch.Inner);
        }

        _team.Run(_products);
        _products.Clear();
        for (int expert = 0; expert < Shape.Experts; expert++)
        {
            (int first, int decode, int prompt) = routing.Places(expert);
            _products.Add(new ProductJob(layer.Downs[expert], _scratch.Inner, first, decode, prompt, new ProductTarget(_scratch.Branch, Shape.Width)));
        }

        _team.Run(_products);
        ForEachToken(batch.Count, routing.AddResults);
    }

    private void Finish(ForwardBatch batch, bool vectorsOnly)
    {
        fixed (float* norm = _weights.OutputNorm)
        {
            for (int output = 0; output < batch.Outputs.Count; output++)
            {
                float* hidden = _scratch.Hidden + ((nint)batch.Outputs[output] * Shape.Width);
                VectorMath.RmsNorm(hidden, norm, _scratch.Outputs.Row(output), Shape.Width, Shape.NormEpsilon);
                _scratch.Outputs.Quantize(output, Shape.Width);
            }
        }

        if (vectorsOnly || batch.Outputs.Count == 0)
            return;
        _products.Clear();
        _products.Add(new ProductJob(
            _weights.Output, _scratch.Outputs, 0, batch.DecodeCount, batch.Outputs.Count - batch.DecodeCount, new ProductTarget(_scratch.Logits, Shape.VocabularySize)));
        _team.Run(_products);
    }

    private void AddProduct(ForwardBatch batch, MatrixView matrix, Activations input, ProductTarget output) =>
        _products.Add(Product(batch, matrix, input, output));

    private static ProductJob Product(ForwardBatch batch, MatrixView matrix, Activations input, ProductTarget output) =>
        new(matrix, input, 0, batch.DecodeCount, batch.Count - batch.DecodeCount, output);

    private void Normalise(int token, float[] norm, float* added)
    {
        float* hidden = _scratch.Hidden + ((nint)token * Shape.Width);
        if (added is not null)
            VectorMath.Add(hidden, added, Shape.Width);
        fixed (float* weights = norm)
            VectorMath.RmsNorm(hidden, weights, _scratch.Normed.Row(token), Shape.Width, Shape.NormEpsilon);
        _scratch.Normed.Quantize(token, Shape.Width);
    }

    /// <summary>A few tokens are quicker done here than handed out.</summary>
    private void ForEachToken(int count, Action<int> run)
    {
        if (count > 2)
        {
            _team.Run(new TokenWork(count, run));
            return;
        }

        for (int token = 0; token < count; token++)
            run(token);
    }
}
