using System.Diagnostics;
using System.Globalization;
using Cocoon.Inference.TestEngine;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>Load for a long time: memory after full collections, at fixed times, must stay flat once the first minute is over.</summary>
internal static class PathSoak
{
    private const int Lanes = 32;
    private const double GrowthMax = 1.10;
    private const long SlackBytes = 8 << 20;

    public static async Task<int> RunAsync(string folder, double minutes)
    {
        DeterministicEngine engine = new(new TestEngineOptions { Instant = true, AnswerTokens = 32, MaxConcurrent = 256 });
        await using PathNetwork network = await PathNetwork.StartAsync(folder, engine);
        TimeSpan length = TimeSpan.FromMinutes(minutes);
        TimeSpan step = TimeSpan.FromSeconds(Math.Clamp(length.TotalSeconds / 20, 5, 60));
        List<long> heaps = [];
        long start = Stopwatch.GetTimestamp();
        long jobs = 0;
        Console.WriteLine("minutes  jobs       heap MiB  committed MiB  resident MiB");
        while (Stopwatch.GetElapsedTime(start) < length)
        {
            JobRound round = await JobLoad.RunAsync(network.Client, Lanes, step);
            jobs += round.AnswerMs.Length;
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            heaps.Add(GC.GetTotalMemory(forceFullCollection: true));
            using Process self = Process.GetCurrentProcess();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Stopwatch.GetElapsedTime(start).TotalMinutes,7:0.0}  {jobs,9}  {heaps[^1] / 1048576.0,8:0.0}  {GC.GetGCMemoryInfo().TotalCommittedBytes / 1048576.0,13:0.0}  {self.WorkingSet64 / 1048576.0,12:0.0}"));
        }

        long first = heaps[Math.Min(heaps.Count - 1, heaps.Count / 5)];
        bool flat = heaps[^1] <= first * GrowthMax + SlackBytes;
        Console.WriteLine(flat
            ? $"flat: {first / 1048576.0:0.0} MiB after a fifth of the time, {heaps[^1] / 1048576.0:0.0} MiB at the end, {jobs} jobs"
            : $"NOT FLAT: {first / 1048576.0:0.0} MiB after a fifth of the time, {heaps[^1] / 1048576.0:0.0} MiB at the end, {jobs} jobs");
        return flat ? 0 : 1;
    }
}
