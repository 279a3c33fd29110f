using System.Diagnostics;
using System.Globalization;
using Cocoon.Inference.TestEngine;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>
/// Load for a long time, as fast as it goes or at a rate. Once the first fifth of the time is over, neither the managed heap nor the
/// process as a whole may grow by more than a tenth and a few MiB.
/// </summary>
internal static class PathSoak
{
    private const int Lanes = 32;
    private const double GrowthMax = 1.10;
    private const long SlackBytes = 8 << 20;

    /// <summary>Runs it; <paramref name="perSecond"/> 0 for as fast as it goes. 1 when memory grew.</summary>
    public static async Task<int> RunAsync(string folder, double minutes, double perSecond)
    {
        DeterministicEngine engine = new(new TestEngineOptions { Instant = true, AnswerTokens = 32, MaxConcurrent = 256 });
        await using PathNetwork network = await PathNetwork.StartAsync(folder, engine);
        TimeSpan length = TimeSpan.FromMinutes(minutes);
        TimeSpan step = TimeSpan.FromSeconds(Math.Clamp(length.TotalSeconds / 20, 5, 60));
        List<SoakSample> samples = [];
        long start = Stopwatch.GetTimestamp();
        long jobs = 0;
        Console.WriteLine(SoakSample.Header);
        while (Stopwatch.GetElapsedTime(start) < length)
        {
            JobRound round = await JobLoad.RunAsync(network.Client, Lanes, step, perSecond);
            jobs += round.AnswerMs.Length;
            samples.Add(SoakSample.Take(Stopwatch.GetElapsedTime(start), jobs));
            Console.WriteLine(samples[^1]);
        }

        SoakSample first = samples[Math.Min(samples.Count - 1, samples.Count / 5)];
        bool heap = IsFlat("managed heap", first.Heap, samples[^1].Heap);
        bool resident = IsFlat("resident", first.Resident, samples[^1].Resident);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{jobs} jobs, {jobs / Stopwatch.GetElapsedTime(start).TotalSeconds:0} a second"));
        return heap && resident ? 0 : 1;
    }

    private static bool IsFlat(string what, long first, long last)
    {
        long limit = (long)(first * GrowthMax) + SlackBytes;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {(last <= limit ? "flat" : "NOT FLAT")}: {SoakSample.Mebibytes(first):0.0} MiB after a fifth of the time, {SoakSample.Mebibytes(last):0.0} MiB at the end, at most {SoakSample.Mebibytes(limit):0.0} MiB"));
        return last <= limit;
    }
}
