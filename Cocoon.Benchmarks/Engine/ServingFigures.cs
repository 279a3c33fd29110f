using System.Diagnostics;
using System.Globalization;
using Cocoon.Inference.Model;

namespace Cocoon.Benchmarks.Engine;

/// <summary>What a served model costs and gains.</summary>
/// <param name="Single">Tokens per second of one sequence.</param>
/// <param name="Together">Tokens per second of eight sequences, all together.</param>
/// <param name="FirstTokenSeconds">From opening the file, warm in the page cache, to the first token after a prompt of 16.</param>
/// <param name="ExtraMemoryShare">Memory of the process beyond file and key-value cache, as a share of those.</param>
internal sealed record ServingResult(double Single, double Together, double FirstTokenSeconds, double ExtraMemoryShare);

internal static class ServingFigures
{
    private const int ContextTokens = 1024;
    private const int Steps = 16;

    public static ServingResult Measure(string path, int threads, string? kernels)
    {
        long before = AnonymousBytes();
        long started = Stopwatch.GetTimestamp();
        using OwnEngine engine = new(path, threads, ContextTokens, kernels);
        engine.Prefill([.. Enumerable.Range(100, 16)]);
        double firstToken = Stopwatch.GetElapsedTime(started).TotalSeconds;
        double cache = (double)KeyValueCache.BlockBytes(engine.Shape, KeyValueFormat.F16) * ContextTokens / KeyValueCache.BlockTokens;
        engine.DecodeTogether(8, 2);
        List<double> single = [], together = [];
        for (int round = 0; round < 3; round++)
        {
            single.Add(Steps / engine.DecodeTogether(1, Steps));
            together.Add(8 * Steps / engine.DecodeTogether(8, Steps));
        }

        // What of the cache was touched is in the anonymous memory; count it as if it all were.
        double extra = Math.Max(0, AnonymousBytes() - before - (cache * 8 * Steps / ContextTokens));
        return new ServingResult(
            EngineComparison.Median(single), EngineComparison.Median(together), firstToken, extra / (new FileInfo(path).Length + cache));
    }

    /// <summary>Memory of this process that is no file's; 0 where the system does not say.</summary>
    private static long AnonymousBytes()
    {
        const string status = "/proc/self/status";
        string? line = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(text => text.StartsWith("RssAnon:", StringComparison.Ordinal)) : null;
        return line is null ? 0 : long.Parse(line.AsSpan(8).Trim(" \tkB"), CultureInfo.InvariantCulture) * 1024;
    }
}
