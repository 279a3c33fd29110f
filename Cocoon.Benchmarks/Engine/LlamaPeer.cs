using System.Diagnostics;

namespace Cocoon.Benchmarks.Engine;

/// <summary>llama.cpp on a model file, measured the same way as our engine.</summary>
internal sealed unsafe class LlamaPeer : IDisposable
{
    private readonly nint _model;
    private readonly nint _context;

    public LlamaPeer(string path, int threads, int contextTokens)
    {
        _model = LlamaLibrary.OpenModel(path);
        if (_model == 0)
            throw new InvalidOperationException($"llama.cpp does not load {path}");
        _context = LlamaLibrary.OpenContext(_model, contextTokens, threads);
    }

    public void Clear() => LlamaLibrary.ClearMemory(LlamaLibrary.Memory(_context), true);

    /// <summary>Seconds to compute a prompt.</summary>
    public double Prefill(int[] tokens) => Run(tokens);

    /// <summary>Seconds to compute tokens one by one.</summary>
    public double Decode(int[] tokens)
    {
        double seconds = 0;
        for (int i = 0; i < tokens.Length; i++)
            seconds += Run([tokens[i]]);
        return seconds;
    }

    public float[] LastLogits(int vocabulary) => new Span<float>(LlamaLibrary.Logits(_context, -1), vocabulary).ToArray();

    public void Dispose()
    {
        LlamaLibrary.FreeContext(_context);
        LlamaLibrary.FreeModel(_model);
    }

    private double Run(int[] tokens)
    {
        long started = Stopwatch.GetTimestamp();
        fixed (int* first = tokens)
        {
            if (LlamaLibrary.Decode(_context, LlamaLibrary.One(first, tokens.Length)) != 0)
                throw new InvalidOperationException("llama_decode failed");
            LlamaLibrary.Synchronize(_context);
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
