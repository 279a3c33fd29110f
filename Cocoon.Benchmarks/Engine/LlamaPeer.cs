using System.Diagnostics;

namespace Cocoon.Benchmarks.Engine;

/// <summary>llama.cpp on a model file, measured the same way as our engine. <c>isExact</c>: keys and values in 32 bits and no flash attention.</summary>
internal sealed unsafe class LlamaPeer : IDisposable
{
    private readonly nint _model;
    private readonly nint _context;

    public LlamaPeer(string path, int threads, int contextTokens, bool isExact = false, int? pooling = null)
    {
        _model = LlamaLibrary.OpenModel(path);
        if (_model == 0)
            throw new InvalidOperationException($"llama.cpp does not load {path}");
        _context = LlamaLibrary.OpenContext(_model, contextTokens, threads, isExact, pooling);
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

    /// <summary>The tokens of a text, with those that the model wants at the start.</summary>
    public int[] Tokenize(string text) => LlamaVocabulary.Tokenize(_model, text, addSpecial: true);

    /// <summary>Logits of every token, one row after the other.</summary>
    public float[] AllLogits(int[] tokens, int vocabulary)
    {
        sbyte[] wanted = new sbyte[tokens.Length];
        Array.Fill(wanted, (sbyte)1);
        float[] result = new float[tokens.Length * vocabulary];
        fixed (int* first = tokens)
        fixed (sbyte* flags = wanted)
        {
            LlamaLibrary.Batch batch = LlamaLibrary.One(first, tokens.Length) with { Logits = flags };
            if (LlamaLibrary.Decode(_context, batch) != 0)
                throw new InvalidOperationException("llama_decode failed");
            for (int i = 0; i < tokens.Length; i++)
                new Span<float>(LlamaLibrary.Logits(_context, i), vocabulary).CopyTo(result.AsSpan(i * vocabulary));
        }

        return result;
    }

    /// <summary>The pooled vector of a text, of length 1; the peer must have been opened with a pooling.</summary>
    public float[] Embed(int[] tokens, int width)
    {
        Clear();
        Run(tokens);
        float[] vector = new Span<float>(LlamaLibrary.Embedding(_context, 0), width).ToArray();
        float length = MathF.Sqrt(vector.Sum(value => value * value));
        return Array.ConvertAll(vector, value => value / length);
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
