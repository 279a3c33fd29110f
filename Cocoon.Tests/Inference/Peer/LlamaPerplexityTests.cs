using Cocoon.Benchmarks.Engine;
using Cocoon.Inference.Embedded;
using Cocoon.Inference.Serving;

namespace Cocoon.Tests.Inference.Peer;

/// <summary>Perplexity of the trained demo model on one text, here and computed from llama.cpp's tokens and logits in the same windows.</summary>
public sealed class LlamaPerplexityTests
{
    private const int Window = 256;
    private const int Vocabulary = 4096;

    [Fact]
    public void Perplexity_is_llama_cpps()
    {
        LlamaCpp.Require();
        string path = Path.Combine(SharedVectors.RepositoryRoot, "models", "cocoon-tiny-en-fr-q8_0.gguf");
        string text = File.ReadAllText(Path.Combine(SharedVectors.RepositoryRoot, "docs", "architecture.md"));
        PerplexityResult own = Perplexity.Measure(path, text, Window, new EngineOptions { Threads = 1 }, null, default);
        using LlamaPeer peer = new(path, threads: 1, Window, isExact: true);
        int[] tokens = peer.Tokenize(text);
        Assert.Equal(tokens.Length, own.Tokens);
        double sum = 0;
        int scored = 0;
        for (int start = 0; start + Window <= tokens.Length; start += Window)
        {
            peer.Clear();
            float[] logits = peer.AllLogits(tokens[start..(start + Window)], Vocabulary);
            for (int position = Window / 2; position + 1 < Window; position++, scored++)
            {
                double[] row = [.. logits.AsSpan(position * Vocabulary, Vocabulary).ToArray().Select(logit => (double)logit)];
                sum += Math.Log(row.Sum(Math.Exp)) - row[tokens[start + position + 1]];
            }
        }

        Assert.Equal(scored, own.Scored);
        double expected = Math.Exp(sum / scored);
        Assert.InRange(own.Value / expected, 0.99, 1.01);
    }
}
