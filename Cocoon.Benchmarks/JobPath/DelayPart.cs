using System.Diagnostics;
using System.Globalization;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>Chunks at a pace of 20,000 a second: what the path does to the gaps between them, alone and while strangers dial in.</summary>
internal static class DelayPart
{
    private const int PerSecond = 20_000;
    private const int Streams = 64;
    private const int Seconds = 6;
    private const int HandshakesPerSecond = 500;

    public static async Task RunAsync(Report report, string folder, bool withHandshakes)
    {
        using PacedEngine engine = new(PerSecond);
        await using PathNetwork network = await PathNetwork.StartAsync(folder, engine);
        const int tokens = PerSecond * Seconds / Streams;
        if (withHandshakes)
        {
            // The first hundreds of handshakes are compiled while they run.
            using Process warm = Dial(network, 4);
            await warm.StandardOutput.ReadToEndAsync();
            await warm.WaitForExitAsync();
        }

        await ChunkLoad.RunPacedAsync(network.Client, Streams, tokens / 3);
        DelayRound quiet = await ChunkLoad.RunPacedAsync(network.Client, Streams, tokens);
        report.Row("added delay between chunks, p99", $"{P99(quiet.GapMs):0.000} ms", $"at {quiet.PerSecond:N0} chunks/s", "", "< 2 ms");
        report.Row("engine to reader, p50 and p99", $"{JobsPart.Percentile(quiet.TransitMs, 50):0.000} ms, {P99(quiet.TransitMs):0.000} ms");
        report.Figure("chunk_delay_ms_p99", P99(quiet.GapMs));
        report.Figure("chunk_transit_ms_p50", JobsPart.Percentile(quiet.TransitMs, 50));
        report.Figure("chunk_transit_ms_p99", P99(quiet.TransitMs));
        if (!withHandshakes)
            return;

        using Process dialer = Dial(network, Seconds + 3);
        DelayRound busy = await ChunkLoad.RunPacedAsync(network.Client, Streams, tokens);
        string reached = (await dialer.StandardOutput.ReadToEndAsync()).Trim();
        await dialer.WaitForExitAsync();
        report.Row(
            $"the same while {HandshakesPerSecond} strangers dial in a second",
            $"{P99(busy.GapMs):0.000} ms",
            $"{reached} became ready a second",
            $"{P99(busy.GapMs) / P99(quiet.GapMs):0.00}",
            "unharmed");
        report.Figure("chunk_delay_ms_p99_handshakes", P99(busy.GapMs));
        report.Figure("chunk_transit_ms_p99_handshakes", P99(busy.TransitMs));
        report.Figure("handshakes_per_s", double.Parse(reached, CultureInfo.InvariantCulture));
    }

    private static Process Dial(PathNetwork network, int seconds)
        => Handshakes.Start(network.Proxy.Port, network.Proxy.Setup.Scope, network.Proxy.Setup.Network, HandshakesPerSecond, seconds);

    private static double P99(double[] ascending) => JobsPart.Percentile(ascending, 99);
}
