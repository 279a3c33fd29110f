using System.Diagnostics;
using System.Globalization;
using Cocoon.Inference.Model;

namespace Cocoon.Benchmarks.Engine;

/// <summary>What a served model costs and gains.</summary>
/// <param name="Single">Tokens per second of one sequence.</param>
/// <param name="Together">Tokens per second of eight sequences, all together.</param>
/// <param name="FirstTokenSeconds">From opening the file, warm in the page cache, to the first token after a prompt of 16.</param>
/// <param name="ColdTokenSeconds">The same with the file on its disk only, dropped from the page cache; 0 where it cannot be dropped.</param>
/// <param name="ColdReadSeconds">Reading the whole file from that disk, nothing else: the floor.</param>
/// <param name="BusyShare">Tokens per second of one sequence while a foreign thread keeps a core busy, as a share of those without.</param>
/// <param name="EarlyDelayMs">Median delay between the first thirty tokens, while weights are packed.</param>
/// <param name="EarlyDelayMaxMs">The longest of them.</param>
/// <param name="ExtraMemoryShare">Memory of the process beyond file and key-value cache, as a share of those.</param>
internal sealed record ServingResult(
    double Single,
    double Together,
    double FirstTokenSeconds,
    double ColdTokenSeconds,
    double ColdReadSeconds,
    double BusyShare,
    double EarlyDelayMs,
    double EarlyDelayMaxMs,
    double ExtraMemoryShare);

internal static class ServingFigures
{
    private const int ContextTokens = 1024;
    private const int Steps = 16;

    public static ServingResult Measure(string path, int threads, string? kernels)
    {
        (double coldRead, double coldToken) = ColdDisk.Measure(path, threads, kernels);
        long before = ResidentBytes();
        long started = Stopwatch.GetTimestamp();
        using OwnEngine engine = new(path, threads, ContextTokens, kernels);
        engine.Prefill([.. Enumerable.Range(100, 16)]);
        double firstToken = Stopwatch.GetElapsedTime(started).TotalSeconds;
        double cache = (double)KeyValueCache.BlockBytes(engine.Shape, KeyValueFormat.F16) * ContextTokens / KeyValueCache.BlockTokens;
        List<double> early = [.. Enumerable.Range(500, 30).Select(token => engine.Decode([token]) * 1000)];
        engine.DecodeTogether(8, 2);
        List<double> single = [], together = [];
        for (int round = 0; round < 3; round++)
        {
            single.Add(Steps / engine.DecodeTogether(1, Steps));
            together.Add(8 * Steps / engine.DecodeTogether(8, Steps));
        }

        // Weights count once, whether they lie in the mapped file or in the copy that replaces it; of the cache what was touched is there.
        long file = new FileInfo(path).Length;
        double extra = Math.Max(0, ResidentBytes() - before - file - (cache * 8 * Steps / ContextTokens));
        return new ServingResult(
            EngineComparison.Median(single),
            EngineComparison.Median(together),
            firstToken,
            coldToken,
            coldRead,
            BusyShare(engine),
            EngineComparison.Median(early),
            early.Max(),
            extra / (file + cache));
    }

    private static double BusyShare(OwnEngine engine)
    {
        List<double> shares = [];
        for (int round = 0; round < 3; round++)
        {
            double alone = engine.DecodeTogether(1, Steps);
            using CancellationTokenSource stop = new();
            Thread foreign = new(() =>
            {
                while (!stop.IsCancellationRequested)
                {
                }
            });
            foreign.Start();
            shares.Add(alone / engine.DecodeTogether(1, Steps));
            stop.Cancel();
            foreign.Join();
        }

        return EngineComparison.Median(shares);
    }

    /// <summary>Memory that this process holds, with the file's pages among it; 0 where the system does not say.</summary>
    private static long ResidentBytes()
    {
        const string status = "/proc/self/status";
        string? line = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(text => text.StartsWith("VmRSS:", StringComparison.Ordinal)) : null;
        return line is null ? 0 : long.Parse(line.AsSpan(6).Trim(" \tkB"), CultureInfo.InvariantCulture) * 1024;
    }
}
