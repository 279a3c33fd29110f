using System.Diagnostics;
using System.Text.Json;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Sampling;
using Cocoon.Inference.Structured;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Benchmarks.Sampling;

/// <summary>Time of one draw from 151,936 logits, and of the masks of a grammar where the qwen2 vocabulary is beside the clone.</summary>
internal static class SamplingBenchmark
{
    private const int Vocabulary = 151_936;
    private const int Draws = 200;

    public static Task<int> RunAsync(string[] args)
    {
        Report report = new("sampling, one thread", args.Contains("--json"));
        foreach ((string name, SamplingOptions options) in (ReadOnlySpan<(string, SamplingOptions)>)
        [
            ("greedy", new() { Temperature = 0 }),
            ("temperature", new() { Seed = 1 }),
            ("top-k 40", new() { Seed = 1, TopK = 40 }),
            ("top-p 0.95", new() { Seed = 1, TopP = 0.95f }),
            ("top-k 40, top-p 0.95, 5 log probabilities", new() { Seed = 1, TopK = 40, TopP = 0.95f, TopLogprobs = 5 }),
        ])
        {
            double microseconds = Draw(options);
            report.Row(name, $"{microseconds:F0} µs");
            report.Figure($"draw_us_{name.Replace(' ', '_').Replace(",", string.Empty, StringComparison.Ordinal)}", microseconds);
        }

        string path = Path.GetFullPath(Path.Combine(Environment.CurrentDirectory, "..", "shared", "vectors", "inference", "tokenizers", "ggml-vocab-qwen2.gguf"));
        if (File.Exists(path))
            Masks(report, path);
        report.Print();
        return Task.FromResult(0);
    }

    private static double Draw(SamplingOptions options)
    {
        Random random = new(1);
        float[] logits = [.. Enumerable.Range(0, Vocabulary).Select(_ => (float)(random.NextDouble() * random.NextDouble() * 20 - 10))];
        float[] copy = new float[Vocabulary];
        TokenSampler sampler = new(options, []);
        double best = double.MaxValue;
        for (int draw = 0; draw < Draws; draw++)
        {
            logits.CopyTo(copy, 0);
            long start = Stopwatch.GetTimestamp();
            sampler.Draw(copy, [], out TokenLogprobs? _);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        return best;
    }

    private static void Masks(Report report, string path)
    {
        using GgufFile file = GgufFile.Open(path);
        Tokenizer tokenizer = Tokenizer.Read(file.Metadata);
        long start = Stopwatch.GetTimestamp();
        TokenTrie trie = new(tokenizer.Vocabulary);
        report.Row("token tree of qwen2", $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
        TokenGrammar grammar = new(JsonSchemaCompiler.Compile(JsonDocument.Parse("""{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}""").RootElement), trie, tokenizer);
        TokenConstraint constraint = grammar.Begin();
        foreach (int token in tokenizer.Encode("{\"text\": \""))
            constraint.Accept(token);
        start = Stopwatch.GetTimestamp();
        constraint.Mask();
        double first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        start = Stopwatch.GetTimestamp();
        constraint.Mask();
        double again = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        report.Row("mask inside a string, first time", $"{first:F1} ms");
        report.Row("mask inside a string, again", $"{again:F1} µs");
        report.Figure("mask_first_ms", first);
        report.Figure("mask_again_us", again);
    }
}
