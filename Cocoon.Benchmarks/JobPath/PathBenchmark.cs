using System.Diagnostics;
using System.Globalization;
using Cocoon.Inference.TestEngine;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>
/// The whole path of a job on loopback: client library, proxy, worker, instant engine, real TLS between them, every job metered, settled
/// and receipted. Beside two hops of nginx in the same run. Parts can be run alone: <c>path --only jobs,chunks,delay,handshakes</c>.
/// </summary>
internal static class PathBenchmark
{
    public const string Summary = "a job's whole path over TLS beside nginx: jobs, added time, chunks, their delay [--only PART,...] [--at-once N] [--soak MINUTES [--rate JOBS_PER_S]]";

    private const int AnswerTokens = 32;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is [Handshakes.Verb, ..])
            return await Handshakes.RunAsync(args[1..]);
        string folder = Directory.CreateTempSubdirectory("cocoon-path-").FullName;
        try
        {
            if (Option(args, "--soak") is { } minutes)
                return await PathSoak.RunAsync(folder, Number(minutes), Number(Option(args, "--rate") ?? "0"));
            Report report = new($"Path: client, proxy, worker over TLS in one process, {Environment.ProcessorCount} processors", args.Contains("--json"));
            report.Figure("processors", Environment.ProcessorCount);
            string[] parts = Option(args, "--only")?.Split(',') ?? ["jobs", "chunks", "delay", "handshakes"];
            await WarmAsync(folder);
            if (parts.Contains("jobs"))
            {
                int[] atOnce = Option(args, "--at-once") is { } some ? [int.Parse(some, CultureInfo.InvariantCulture)] : [1, 16, 64];
                await JobsPart.RunAsync(report, folder, AnswerTokens, atOnce);
            }

            if (parts.Contains("chunks"))
                await ChunksAsync(report, folder);
            if (parts.Contains("delay") || parts.Contains("handshakes"))
                await DelayPart.RunAsync(report, folder, parts.Contains("handshakes"));
            report.Print();
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Hot code is compiled twice while it runs, the first time with counters in it: that is no part of the path.</summary>
    private static async Task WarmAsync(string folder)
    {
        DeterministicEngine engine = new(new TestEngineOptions { Instant = true, AnswerTokens = 1000, MaxConcurrent = 256 });
        await using PathNetwork network = await PathNetwork.StartAsync(folder, engine);
        await ChunkLoad.RunAsync(network.Client, 16, 1000, TimeSpan.FromSeconds(5));
        await JobLoad.RunAsync(network.Client, 64, TimeSpan.FromSeconds(4));
    }

    private static async Task ChunksAsync(Report report, string folder)
    {
        const int streams = 16;
        const int tokens = 4000;
        DeterministicEngine engine = new(new TestEngineOptions { Instant = true, AnswerTokens = tokens, MaxConcurrent = 256 });
        await using PathNetwork network = await PathNetwork.StartAsync(folder, engine);
        await ChunkLoad.RunAsync(network.Client, streams, tokens, TimeSpan.FromSeconds(1));
        List<double> rates = [];
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        double chunks = 0;
        for (int round = 0; round < 3; round++)
        {
            long start = Stopwatch.GetTimestamp();
            rates.Add(await ChunkLoad.RunAsync(network.Client, streams, tokens, TimeSpan.FromSeconds(2)));
            chunks += rates[^1] * Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        double bytes = (GC.GetTotalAllocatedBytes(precise: true) - allocated) / chunks;
        double micros = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / chunks;
        rates.Sort();
        report.Row($"relayed chunks/s, {streams} streams of {tokens:N0}", $"{rates[1]:N0}", "", "", "≥ 250,000 on 2 processors");
        report.Row("processor time and allocation of a chunk, all roles", $"{micros:0.00} µs, {bytes:0} B");
        report.Figure("chunks_per_s", rates[1]);
        report.Figure("chunk_cpu_us", micros);
        report.Figure("chunk_allocated_bytes", bytes);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string? Option(string[] args, string name)
    {
        int index = Array.IndexOf(args, name);
        return index >= 0 && index + 1 < args.Length ? args[index + 1] : null;
    }
}
