using Cocoon.Inference.Model;
using Cocoon.Inference.Sampling;
using Cocoon.Inference.Serving;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Inference.Embedded;

/// <summary>How well a model expects a text.</summary>
/// <param name="Value">e to the mean negative log probability of a token: lower is better.</param>
/// <param name="StandardError">Of <paramref name="Value"/>.</param>
/// <param name="Tokens">Tokens of the text.</param>
/// <param name="Scored">Tokens that were scored.</param>
public sealed record PerplexityResult(double Value, double StandardError, int Tokens, int Scored);

/// <summary>
/// Perplexity as llama.cpp's tool of that name measures it: the text is cut into windows of the context's length, and in each
/// the tokens of the second half are scored, so that all have context. For comparing files and engines.
/// </summary>
public static class Perplexity
{
    private const int OutputsPerPass = 64;

    /// <summary>Measures a text. Throws <see cref="ArgumentException"/> for one shorter than two windows.</summary>
    /// <param name="path">The GGUF file.</param>
    /// <param name="text">The text.</param>
    /// <param name="contextTokens">Length of a window, in tokens; less where the model's context is shorter.</param>
    /// <param name="options">Threads and kernels.</param>
    /// <param name="progress">Told the windows done and their number.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    public static PerplexityResult Measure(
        string path, string text, int contextTokens, EngineOptions options, IProgress<(int Done, int Of)>? progress, CancellationToken cancellationToken)
    {
        using LoadedModel model = LoadedModel.Open(path, options with { MaxConcurrent = OutputsPerPass, ContextTokens = contextTokens, CacheTokens = contextTokens + KeyValueCache.BlockTokens });
        Tokenizer tokenizer = Tokenizer.Read(model.File.Metadata);
        int window = Math.Min(contextTokens, model.ContextTokens);
        List<int> tokens = tokenizer.Encode(text);
        int windows = tokens.Count / window;
        if (windows < 1)
            throw new ArgumentException($"the text has {tokens.Count} tokens; at least {window} are needed for one window", nameof(text));
        int[] blocks = [.. Enumerable.Range(0, model.Cache.Blocks)];
        ForwardBatch batch = new(model.MaxBatchTokens);
        double sum = 0;
        double squares = 0;
        int scored = 0;
        for (int number = 0; number < windows; number++)
        {
            int[] part = [.. tokens.GetRange(number * window, window)];
            if (tokenizer.AddsBos)
                part[0] = tokenizer.Bos;
            for (int start = 0; start < window; start += OutputsPerPass)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = Math.Min(OutputsPerPass, window - start);
                batch.Clear();
                batch.AddPrompt(part.AsSpan(start, count), start, blocks, count);
                model.Transformer.Forward(batch);
                for (int index = 0; index < count; index++)
                {
                    int position = start + index;
                    if (position < window / 2 || position + 1 >= window)
                        continue;
                    double loss = NegativeLog(model.Transformer.Logits(index), part[position + 1]);
                    sum += loss;
                    squares += loss * loss;
                    scored++;
                }
            }

            progress?.Report((number + 1, windows));
        }

        double mean = sum / scored;
        double deviation = Math.Sqrt(Math.Max(0, squares / scored - mean * mean) / Math.Max(1, scored - 1));
        return new PerplexityResult(Math.Exp(mean), Math.Exp(mean) * deviation, tokens.Count, scored);
    }

    private static double NegativeLog(ReadOnlySpan<float> logits, int token)
    {
        float greatest = LogitMath.Max(logits);
        double total = 0;
        foreach (float logit in logits)
            total += Math.Exp(logit - greatest);
        return Math.Log(total) + greatest - logits[token];
    }
}
