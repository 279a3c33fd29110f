using System.Diagnostics;
using Cocoon.Inference.Model;
using Cocoon.Inference.Serving;

namespace Cocoon.Benchmarks.Engine;

/// <summary>Our engine on a model file, below the scheduler.</summary>
internal sealed class OwnEngine : IDisposable
{
    private readonly LoadedModel _model;
    private readonly ForwardBatch _batch;
    private readonly int[] _blocks;
    private int _position;

    public OwnEngine(string path, int threads, int contextTokens, string? kernels)
    {
        _model = LoadedModel.Open(path, new EngineOptions { Threads = threads, MaxConcurrent = 8, ContextTokens = contextTokens, CacheTokens = contextTokens, Kernels = kernels });
        _batch = new ForwardBatch(_model.MaxBatchTokens);
        _blocks = [.. Enumerable.Range(0, _model.Cache.Blocks)];
    }

    public ModelShape Shape => _model.Shape;

    public void Clear() => _position = 0;

    /// <summary>Seconds to compute a prompt.</summary>
    public double Prefill(int[] tokens)
    {
        long started = Stopwatch.GetTimestamp();
        _batch.Clear();
        _batch.AddPrompt(tokens, _position, _blocks, 1);
        _model.Transformer.Forward(_batch);
        _position += tokens.Length;
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Seconds to compute tokens one by one.</summary>
    public double Decode(int[] tokens)
    {
        long started = Stopwatch.GetTimestamp();
        foreach (int token in tokens)
        {
            _batch.Clear();
            _batch.AddDecode(token, _position++, _blocks);
            _model.Transformer.Forward(_batch);
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Seconds to compute <paramref name="steps"/> tokens of each of so many sequences together.</summary>
    public double DecodeTogether(int sequences, int steps)
    {
        int blocksEach = _blocks.Length / sequences;
        int[][] tables = [.. Enumerable.Range(0, sequences).Select(i => _blocks[(i * blocksEach)..((i + 1) * blocksEach)])];
        long started = Stopwatch.GetTimestamp();
        for (int step = 0; step < steps; step++)
        {
            _batch.Clear();
            for (int sequence = 0; sequence < sequences; sequence++)
                _batch.AddDecode(1000 + (sequence * 97) + step, step, tables[sequence]);
            _model.Transformer.Forward(_batch);
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public float[] LastLogits() => _model.Transformer.Logits(0).ToArray();

    public void Dispose() => _model.Dispose();
}
