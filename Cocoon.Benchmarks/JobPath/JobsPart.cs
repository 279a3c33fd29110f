using System.Diagnostics;
using Cocoon.Actors.Ports;
using Cocoon.Inference.TestEngine;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>Whole jobs at 1, 16 and 64 at once, rounds alternating with nginx; what the path adds, and what the settlement does.</summary>
internal static class JobsPart
{
    private const int Rounds = 2;
    private const int Full = 64;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(Report report, string folder, int answerTokens, int[] atOnce)
    {
        DeterministicEngine engine = new(new TestEngineOptions { Instant = true, AnswerTokens = answerTokens, MaxConcurrent = 256 });
        await using PathNetwork network = await PathNetwork.StartAsync(folder, engine);
        byte[] answer = await AnswerAsync(engine);
        double direct = await DirectMsAsync(engine);
        await using NginxPeer? nginx = NginxPeer.Find() is { } program ? await NginxPeer.StartAsync(folder, program, answer) : null;
        if (nginx is null)
            report.Row("nginx", "", "is not installed: scripts/install-nginx");

        if (nginx is not null)
            await nginx.RunAsync(Full, TimeSpan.FromSeconds(2));
        double[] commits = RawCommits.Measure(folder, 500);
        foreach (int concurrent in atOnce)
        {
            await JobLoad.RunAsync(network.Client, concurrent, Warm);
            if (nginx is not null)
                await nginx.RunAsync(concurrent, Warm);
            List<JobRound> ours = [];
            List<double> peers = [];
            List<double> peerMs = [];
            Usage usage = new();
            for (int round = 0; round < Rounds; round++)
            {
                usage.Resume();
                ours.Add(await JobLoad.RunAsync(network.Client, concurrent, Round));
                usage.Pause(ours[^1].AnswerMs.Length);
                if (nginx is null)
                    continue;
                (double perSecond, double[] ms) = await nginx.RunAsync(concurrent, Round);
                peers.Add(perSecond);
                peerMs.Add(Percentile(ms, 50));
            }

            Show(report, concurrent, ours, peers, peerMs, usage);
            if (concurrent == 1)
                ShowAdded(report, ours, direct, [.. commits, .. RawCommits.Measure(folder, 500)]);
        }
    }

    /// <summary>The value below which so many percent of an ascending list lie.</summary>
    public static double Percentile(double[] ascending, double percent)
        => ascending[Math.Min(ascending.Length - 1, (int)(ascending.Length * percent / 100))];

    private static void Show(Report report, int concurrent, List<JobRound> ours, List<double> peers, List<double> peerMs, Usage usage)
    {
        double here = ours.Average(round => round.PerSecond);
        double answerMs = ours.Average(round => Percentile(round.AnswerMs, 50));
        string suffix = concurrent == Full ? "" : $"_{concurrent}";
        string target = concurrent == Full ? "≥ 0.5" : "";
        double peer = peers.Count > 0 ? peers.Average() : 0;
        report.Row(
            $"jobs/s settled and receipted, {concurrent} at once",
            $"{here:N0}",
            peers.Count > 0 ? $"{peer:N0} nginx, two hops, no TLS" : "",
            peers.Count > 0 ? $"{here / peer:0.00}" : "",
            target);
        report.Row($"answer p50, {concurrent} at once", $"{answerMs:0.000} ms", peers.Count > 0 ? $"{peerMs.Average():0.000} ms nginx" : "");
        report.Row($"processor time, allocation of a job, {concurrent} at once", $"{usage.MicrosecondsEach:0} µs, {usage.BytesEach / 1024:0.0} KiB");
        report.Figure($"jobs_per_s{suffix}", here);
        report.Figure($"job_cpu_us{suffix}", usage.MicrosecondsEach);
        report.Figure($"job_allocated_bytes{suffix}", usage.BytesEach);
        if (peers.Count == 0)
            return;
        report.Figure($"nginx_per_s{suffix}", peer);
        report.Figure($"jobs_ratio_nginx{suffix}", here / peer);
    }

    private static void ShowAdded(Report report, List<JobRound> ours, double direct, double[] commits)
    {
        Array.Sort(commits);
        double commit = Percentile(commits, 50);
        double[] answers = [.. ours.SelectMany(round => round.AnswerMs).Order()];
        double[] settled = [.. ours.SelectMany(round => round.SettledMs).Order()];
        double added = Percentile(answers, 50) - direct;
        double limit = 0.4 + (1.5 * commit);
        report.Row("added by the path, p50, 1 at once", $"{added:0.000} ms", $"{direct * 1000:0.0} µs the engine alone", "", "< 0.4 ms");
        report.Row("added, p99", $"{Percentile(answers, 99) - direct:0.000} ms");
        report.Row("settled and receipt checked, p50", $"{Percentile(settled, 50):0.000} ms", $"{commit:0.000} ms a raw commit", "", $"< {limit:0.000} ms");
        report.Figure("added_ms_p50", added);
        report.Figure("added_ms_p99", Percentile(answers, 99) - direct);
        report.Figure("settled_ms_p50", Percentile(settled, 50));
        report.Figure("settled_ms_limit", limit);
        report.Figure("raw_commit_ms_p50", commit);
    }

    private static EngineJob Job() => new(EngineEndpoint.ChatCompletions, PathNetwork.Model, JobLoad.Body, 256, Stream: false, "");

    private static async Task<byte[]> AnswerAsync(DeterministicEngine engine)
    {
        await foreach (EngineChunk chunk in engine.RunAsync(Job(), default))
            return chunk.Payload.ToArray();
        return [];
    }

    private static async Task<double> DirectMsAsync(DeterministicEngine engine)
    {
        double[] times = new double[5000];
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await foreach (EngineChunk chunk in engine.RunAsync(Job(), default))
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return Percentile(times, 50);
    }
}
