using Cocoon.Inference.Gguf;
using Cocoon.Inference.Kernels;
using Cocoon.Inference.Model;

namespace Cocoon.Tests.Inference.Model;

/// <summary>One sequence on a model file.</summary>
internal sealed class TestModel : IDisposable
{
    private const int Blocks = 16;

    private readonly GgufFile _file;
    private readonly KeyValueCache _cache;
    private readonly ThreadTeam _team;
    private readonly Transformer _transformer;
    private readonly ForwardBatch _batch = new(64);
    private readonly int[] _blocks = [.. Enumerable.Range(0, Blocks)];

    public TestModel(string path, MatrixKernels kernels, int threads = 2, KeyValueFormat format = KeyValueFormat.F16)
    {
        _file = GgufFile.Open(path);
        Shape = ModelShape.Read(_file);
        _cache = new KeyValueCache(Shape, format, Blocks);
        _team = new ThreadTeam(threads);
        _transformer = new Transformer(_file, _cache, _team, kernels, 64, 64, Blocks * KeyValueCache.BlockTokens);
    }

    public ModelShape Shape { get; }

    /// <summary>Logits of every token, computed as a prompt in stretches of at most 64.</summary>
    public float[] PromptLogits(ReadOnlySpan<int> tokens, int stretch = 64)
    {
        float[] result = new float[tokens.Length * Shape.VocabularySize];
        for (int start = 0; start < tokens.Length; start += stretch)
        {
            int count = Math.Min(stretch, tokens.Length - start);
            _batch.Clear();
            _batch.AddPrompt(tokens.Slice(start, count), start, _blocks, count);
            _transformer.Forward(_batch);
            for (int i = 0; i < count; i++)
                _transformer.Logits(i).CopyTo(result.AsSpan((start + i) * Shape.VocabularySize));
        }

        return result;
    }

    /// <summary>Logits after one token that continues the sequence.</summary>
    public float[] Decode(int token, int position)
    {
        _batch.Clear();
        _batch.AddDecode(token, position, _blocks);
        _transformer.Forward(_batch);
        return _transformer.Logits(0).ToArray();
    }

    public void Dispose()
    {
        _transformer.Dispose();
        _team.Dispose();
        _cache.Dispose();
        _file.Dispose();
    }
}
