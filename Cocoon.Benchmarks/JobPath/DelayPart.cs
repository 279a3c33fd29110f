using System.Diagnostics;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>
/// Chunks at a pace of 20,000 a second: what the path does to the gaps between them, alone, while strangers dial in, and while another
/// process does the same handshakes with itself, which is what the strangers cost for sharing the processors alone.
/// </summary>
internal static class DelayPart
{
    private const int PerSecond = 20_000;
    private const int Streams = 64;
    private const int Seconds = 6;
    private const int Rounds = 2;
    private const int HandshakesPerSecond = 500;
    private const int Tokens = PerSecond * Seconds / Streams;

    public static async Task RunAsync(Report report, string folder, bool withHandshakes)
    {
        using PacedEngine engine = new(PerSecond);
        await using PathNetwork network = await PathNetwork.StartAsync(folder, engine);
        if (withHandshakes)
        {
            // The first hundreds of handshakes are compiled while they run.
            using Process warm = await DialAsync(network, network.Proxy.Port, 1);
            await Handshakes.EndAsync(warm);
        }

        await ChunkLoad.RunPacedAsync(network.Client, Streams, Tokens / 3);
        DelayRound quiet = await ChunkLoad.RunPacedAsync(network.Client, Streams, Tokens);
        report.Row("added delay between chunks, p99", $"{P99(quiet.GapMs):0.000} ms", $"at {quiet.PerSecond:N0} chunks/s", "", "< 2 ms");
        report.Row("engine to reader, p50 and p99", $"{JobsPart.Percentile(quiet.TransitMs, 50):0.000} ms, {P99(quiet.TransitMs):0.000} ms");
        report.Figure("chunk_delay_ms_p99", P99(quiet.GapMs));
        report.Figure("chunk_transit_ms_p50", JobsPart.Percentile(quiet.TransitMs, 50));
        report.Figure("chunk_transit_ms_p99", P99(quiet.TransitMs));
        if (withHandshakes)
            await ShowHandshakesAsync(report, network, P99(quiet.GapMs));
    }

    private static async Task ShowHandshakesAsync(Report report, PathNetwork network, double quiet)
    {
        List<Crowd> strangers = [];
        List<Crowd> elsewhere = [];
        for (int round = 0; round < Rounds; round++)
        {
            strangers.Add(await CrowdAsync(network, network.Proxy.Port));
            elsewhere.Add(await CrowdAsync(network, 0));
        }

        (double with, double floor) = (strangers.Average(crowd => crowd.GapMs), elsewhere.Average(crowd => crowd.GapMs));
        report.Row(
            $"the same while {HandshakesPerSecond} strangers dial in a second", $"{with:0.000} ms", $"{floor:0.000} ms the same work elsewhere", $"{with / floor:0.00}", "unharmed");
        report.Row("strangers ready a second", $"{strangers.Average(crowd => crowd.PerSecond):0}", $"{elsewhere.Average(crowd => crowd.PerSecond):0} elsewhere", "", "500");
        double each = (strangers.Average(crowd => crowd.HereUs) - elsewhere.Average(crowd => crowd.HereUs)) / strangers.Average(crowd => crowd.PerSecond);
        report.Row("processor time of a stranger here", $"{each:0} µs");
        report.Row(
            "a collection's pause, mean", $"{strangers.Average(crowd => crowd.PauseMs):0.00} ms", $"{elsewhere.Average(crowd => crowd.PauseMs):0.00} ms the same work elsewhere");
        report.Figure("chunk_delay_ms_p99_handshakes", with);
        report.Figure("chunk_delay_ms_p99_control", floor);
        report.Figure("chunk_delay_handshakes_ratio_quiet", with / quiet);
        report.Figure("chunk_transit_ms_p99_handshakes", strangers.Average(crowd => crowd.TransitMs));
        report.Figure("chunk_transit_ms_p99_control", elsewhere.Average(crowd => crowd.TransitMs));
        report.Figure("handshakes_per_s", strangers.Average(crowd => crowd.PerSecond));
        report.Figure("handshakes_per_s_control", elsewhere.Average(crowd => crowd.PerSecond));
        report.Figure("handshake_cpu_us", each);
        report.Figure("collection_pause_ms", strangers.Average(crowd => crowd.PauseMs));
    }

    private static async Task<Crowd> CrowdAsync(PathNetwork network, int port)
    {
        using Process dialer = await DialAsync(network, port, Seconds + 1);
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        TimeSpan paused = GC.GetTotalPauseDuration();
        int collections = GC.CollectionCount(0);
        long start = Stopwatch.GetTimestamp();
        DelayRound busy = await ChunkLoad.RunPacedAsync(network.Client, Streams, Tokens);
        double here = (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / Stopwatch.GetElapsedTime(start).TotalSeconds;
        double pause = (GC.GetTotalPauseDuration() - paused).TotalMilliseconds / Math.Max(1, GC.CollectionCount(0) - collections);
        double perSecond = await Handshakes.EndAsync(dialer);
        return new Crowd(P99(busy.GapMs), P99(busy.TransitMs), perSecond, here, pause);
    }

    private static Task<Process> DialAsync(PathNetwork network, int port, int seconds)
        => Handshakes.StartAsync(port, network.Proxy.Setup.Scope, network.Proxy.Setup.Network, HandshakesPerSecond, seconds);

    private static double P99(double[] ascending) => JobsPart.Percentile(ascending, 99);

    /// <summary>One round beside a crowd of dialers; <paramref name="HereUs"/>: processor time of this process in a second.</summary>
    private sealed record Crowd(double GapMs, double TransitMs, double PerSecond, double HereUs, double PauseMs);
}
