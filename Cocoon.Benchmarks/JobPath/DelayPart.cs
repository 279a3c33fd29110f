using System.Diagnostics;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>
/// Chunks at a pace of 20,000 a second and what the path does to the gaps between them: alone, while strangers dial in, and while another
/// process does the same handshakes with itself, which is what the strangers cost for sharing the processors alone. Short slices in turn, so
/// that all three see the same machine; figures are medians over the slices.
/// </summary>
internal static class DelayPart
{
    private const int PerSecond = 20_000;
    private const int Streams = 64;
    private const int Rounds = 3;
    private const int HandshakesPerSecond = 500;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(Report report, string folder, bool withHandshakes)
    {
        using PacedEngine engine = new(PerSecond);
        await using PathNetwork network = await PathNetwork.StartAsync(folder, engine);
        await RelayAsync(network);
        if (!withHandshakes)
        {
            ShowAlone(report, [await SliceAsync(network, null), await SliceAsync(network, null), await SliceAsync(network, null)]);
            return;
        }

        await using Handshakes strangers = await DialersAsync(network, network.Proxy.Port);
        await using Handshakes elsewhere = await DialersAsync(network, 0);
        List<DelaySlice> alone = [];
        List<DelaySlice> with = [];
        List<DelaySlice> control = [];
        for (int round = 0; round < Rounds; round++)
        {
            alone.Add(await SliceAsync(network, null));
            with.Add(await SliceAsync(network, strangers));
            control.Add(await SliceAsync(network, elsewhere));
        }

        ShowAlone(report, alone);
        ShowHandshakes(report, alone, with, control);
    }

    private static void ShowAlone(Report report, List<DelaySlice> alone)
    {
        double gap = Median(alone, slice => slice.GapMs);
        report.Row("added delay between chunks, p99", $"{gap:0.000} ms", $"at {Median(alone, slice => slice.ChunksPerSecond):N0} chunks/s", "", "< 2 ms");
        report.Row("engine to reader, p50 and p99", $"{Median(alone, slice => slice.TransitP50Ms):0.000} ms, {Median(alone, slice => slice.TransitMs):0.000} ms");
        report.Figure("chunk_delay_ms_p99", gap);
        report.Figure("chunk_transit_ms_p50", Median(alone, slice => slice.TransitP50Ms));
        report.Figure("chunk_transit_ms_p99", Median(alone, slice => slice.TransitMs));
    }

    private static void ShowHandshakes(Report report, List<DelaySlice> alone, List<DelaySlice> with, List<DelaySlice> control)
    {
        (double here, double floor) = (Median(with, slice => slice.GapMs), Median(control, slice => slice.GapMs));
        report.Row(
            $"p99 while {HandshakesPerSecond} strangers a second dial in", $"{here:0.000} ms", $"{floor:0.000} ms while they dial elsewhere", $"{here / floor:0.00}", "unharmed");
        report.Row("of single slices", $"{Range(with)} ms", $"{Range(control)} ms elsewhere, {Range(alone)} ms alone");
        report.Row(
            "engine to reader meanwhile, p99", $"{Median(with, slice => slice.TransitMs):0.000} ms", $"{Median(control, slice => slice.TransitMs):0.000} ms elsewhere");
        double ready = Median(with, slice => slice.ReadyPerSecond);
        report.Row("strangers ready a second", $"{ready:0}", $"{Median(control, slice => slice.ReadyPerSecond):0} elsewhere", "", $"{HandshakesPerSecond}");
        double each = (Median(with, slice => slice.ProcessorUsPerSecond) - Median(control, slice => slice.ProcessorUsPerSecond)) / ready;
        report.Row("processor time of a stranger here", $"{each:0} µs");
        report.Row("processors busy here", $"{Busy(with):0.00}", $"{Busy(control):0.00} elsewhere, {Busy(alone):0.00} alone", "", $"{Environment.ProcessorCount} there are");
        report.Row(
            "a collection's pause, mean", $"{Median(with, slice => slice.PauseMs):0.00} ms",
            $"{Median(control, slice => slice.PauseMs):0.00} ms elsewhere, {Median(alone, slice => slice.PauseMs):0.00} ms alone");
        report.Row(
            "collections a second", $"{Median(with, slice => slice.CollectionsPerSecond):0.0}",
            $"{Median(control, slice => slice.CollectionsPerSecond):0.0} elsewhere, {Median(alone, slice => slice.CollectionsPerSecond):0.0} alone");
        report.Figure("chunk_delay_ms_p99_handshakes", here);
        report.Figure("chunk_delay_ms_p99_control", floor);
        report.Figure("chunk_delay_handshakes_ratio_control", here / floor);
        report.Figure("chunk_transit_ms_p99_handshakes", Median(with, slice => slice.TransitMs));
        report.Figure("chunk_transit_ms_p99_control", Median(control, slice => slice.TransitMs));
        report.Figure("handshakes_per_s", ready);
        report.Figure("handshakes_per_s_control", Median(control, slice => slice.ReadyPerSecond));
        report.Figure("handshake_cpu_us", each);
        report.Figure("collection_pause_ms", Median(with, slice => slice.PauseMs));
    }

    private static async Task<DelaySlice> SliceAsync(PathNetwork network, Handshakes? dialers)
    {
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        TimeSpan paused = GC.GetTotalPauseDuration();
        int collections = GC.CollectionCount(0);
        long start = Stopwatch.GetTimestamp();
        Task<double> dialing = dialers is null ? Task.FromResult(0.0) : dialers.DialAsync(Slice);
        DelayRound round = await RelayAsync(network);
        double ready = await dialing;
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        collections = GC.CollectionCount(0) - collections;
        return new DelaySlice(
            round.PerSecond,
            JobsPart.Percentile(round.GapMs, 99),
            JobsPart.Percentile(round.TransitMs, 50),
            JobsPart.Percentile(round.TransitMs, 99),
            ready,
            (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / seconds,
            (GC.GetTotalPauseDuration() - paused).TotalMilliseconds / Math.Max(1, collections),
            collections / seconds);
    }

    private static Task<DelayRound> RelayAsync(PathNetwork network)
        => ChunkLoad.RunPacedAsync(network.Client, Streams, (int)(PerSecond * Slice.TotalSeconds / Streams));

    private static Task<Handshakes> DialersAsync(PathNetwork network, int port)
        => Handshakes.StartAsync(port, network.Proxy.Setup.Scope, network.Proxy.Setup.Network, HandshakesPerSecond);

    private static double Median(List<DelaySlice> slices, Func<DelaySlice, double> figure)
        => JobsPart.Percentile([.. slices.Select(figure).Order()], 50);

    private static double Busy(List<DelaySlice> slices) => Median(slices, slice => slice.ProcessorUsPerSecond) / 1e6;

    private static string Range(List<DelaySlice> slices) => $"{slices.Min(slice => slice.GapMs):0.00} to {slices.Max(slice => slice.GapMs):0.00}";

    /// <summary>One slice; delays are 99th percentiles unless named otherwise, processor time is this process's.</summary>
    private sealed record DelaySlice(
        double ChunksPerSecond,
        double GapMs,
        double TransitP50Ms,
        double TransitMs,
        double ReadyPerSecond,
        double ProcessorUsPerSecond,
        double PauseMs,
        double CollectionsPerSecond);
}
