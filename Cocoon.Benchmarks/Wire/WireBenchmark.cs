using System.Buffers;
using System.Diagnostics;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;

namespace Cocoon.Benchmarks.Wire;

/// <summary>
/// The link over TLS beside raw TLS with Pipelines: round trip and one-way frames of 100 bytes, rounds alternating, medians; then what a
/// 32 MiB upload on a 100 Mbit/s line does to the round trips of another stream.
/// </summary>
internal static class WireBenchmark
{
    private const int Rounds = 5;
    private const int BodyBytes = 100;
    private const int Trips = 20_000;
    private const int Frames = 2_000_000;
    private const long UploadBytes = 32L << 20;
    private const long LineBitsPerSecond = 100_000_000;

    public static async Task<int> RunAsync(string[] args)
    {
        List<double> rawTrips = [], trips = [], awaited = [], rawFrames = [], frames = [];
        for (int round = -1; round < Rounds; round++)
        {
            await using RawTls raw = await RawTls.ConnectAsync();
            double rawTrip = Percentile(await raw.RoundTripsAsync(Trips, BodyBytes), 50);
            double trip = Percentile(await RoundTripsAsync(Trips, inHandler: true), 50);
            double awaitedTrip = Percentile(await RoundTripsAsync(Trips, inHandler: false), 50);
            double rawRate = await raw.OneWayAsync(Frames, BodyBytes);
            double rate = await OneWayAsync(Frames);
            if (round < 0)
                continue;
            rawTrips.Add(rawTrip);
            trips.Add(trip);
            awaited.Add(awaitedTrip);
            rawFrames.Add(rawRate);
            frames.Add(rate);
        }

        (double[] quiet, double[] busy, double megabits) = await UploadAsync();
        double added = Percentile(busy, 99) - Percentile(quiet, 99);
        double tripRatio = Median(trips.Zip(rawTrips, (here, floor) => here / floor));
        double frameRatio = Median(frames.Zip(rawFrames, (here, floor) => here / floor));

        Report report = new("Wire: links over TLS 1.3 on loopback", args.Contains("--json"));
        report.Row("round trip 100 B, p50", $"{Median(trips):0.0} µs", $"{Median(rawTrips):0.0} µs raw TLS", $"{tripRatio:0.00}", "≤ 2");
        report.Row("the same, awaited outside the handler", $"{Median(awaited):0.0} µs", "Akka.Remote without TLS 149 µs");
        report.Row("frames of 100 B one way", $"{Median(frames) / 1e6:0.00} M/s", $"{Median(rawFrames) / 1e6:0.00} M/s raw TLS", $"{frameRatio:0.00}", "≥ 0.4");
        report.Row("round trip p99 on a 100 Mbit/s line", $"{Percentile(quiet, 99) / 1000:0.0} ms", "nothing else on the line");
        report.Row("the same during a 32 MiB upload", $"{Percentile(busy, 99) / 1000:0.0} ms", $"upload at {megabits:0} Mbit/s", $"+{added / 1000:0.0} ms", "< 20 ms");
        report.Figure("roundtrip_ratio", tripRatio);
        report.Figure("roundtrip_us_p50", Median(trips));
        report.Figure("roundtrip_awaited_us_p50", Median(awaited));
        report.Figure("raw_roundtrip_us_p50", Median(rawTrips));
        report.Figure("frames_ratio", frameRatio);
        report.Figure("frames_per_s", Median(frames));
        report.Figure("raw_frames_per_s", Median(rawFrames));
        report.Figure("upload_added_p99_ms", added / 1000);
        report.Figure("upload_mbit_per_s", megabits);
        report.Print();
        return 0;
    }

    /// <summary>Round trips in µs: the next one sent by the handler of the last, as relaying does, or by a task that waits for it.</summary>
    private static async Task<double[]> RoundTripsAsync(int count, bool inHandler)
    {
        await using LinkPair pair = await LinkPair.ConnectAsync();
        pair.Server.Data = (uint stream, in ReadOnlySequence<byte> body, bool _) => pair.Server.Link.TrySend(stream, FrameKind.Chunk, default, body, false);
        ReadOnlySequence<byte> request = new(new byte[BodyBytes]);
        double[] micros = new double[count];
        uint job = pair.OpenJob();
        using SemaphoreSlim answered = new(0);
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int trip = 0;
        long start = 0;
        pair.Client.Data = (uint _, in ReadOnlySequence<byte> _, bool _) =>
        {
            if (!inHandler)
            {
                answered.Release();
                return;
            }

            micros[trip++] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            if (trip == count)
                done.SetResult();
            else
                Send();
        };

        if (inHandler)
        {
            Send();
            await done.Task;
            return micros;
        }

        for (; trip < count; trip++)
        {
            Send();
            await answered.WaitAsync();
            micros[trip] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return micros;

        void Send()
        {
            start = Stopwatch.GetTimestamp();
            pair.Client.Link.TrySend(job, FrameKind.Part, default, request, false);
        }
    }

    /// <summary>Frames per second from one sender on one stream, under credit.</summary>
    private static async Task<double> OneWayAsync(int count)
    {
        await using LinkPair pair = await LinkPair.ConnectAsync();
        uint job = pair.OpenJob();
        using SemaphoreSlim writable = new(0);
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int received = 0;
        pair.Client.Writable = _ => writable.Release();
        pair.Server.Data = (uint _, in ReadOnlySequence<byte> _, bool _) =>
        {
            if (++received == count)
                done.SetResult();
        };
        ReadOnlySequence<byte> body = new(new byte[BodyBytes]);
        long start = Stopwatch.GetTimestamp();
        await Task.Run(async () =>
        {
            for (int i = 0; i < count; i++)
            {
                while (pair.Client.Link.TrySend(job, FrameKind.Part, default, body, false) == SendResult.Full)
                    await writable.WaitAsync();
            }
        });
        await done.Task;
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<(double[] Quiet, double[] Busy, double Megabits)> UploadAsync()
    {
        await using LinkPair pair = await LinkPair.ConnectAsync(LineBitsPerSecond);
        uint probe = pair.OpenJob();
        using SemaphoreSlim answered = new(0);
        pair.Server.Data = (uint stream, in ReadOnlySequence<byte> body, bool _) =>
        {
            if (stream == probe)
                pair.Server.Link.TrySend(stream, FrameKind.Chunk, default, body, false);
        };
        pair.Client.Data = (uint _, in ReadOnlySequence<byte> _, bool _) => answered.Release();

        double[] quiet = await ProbeAsync(pair, probe, answered, Task.Delay(3000));
        long start = Stopwatch.GetTimestamp();
        Task upload = UploadAsync(pair);
        double[] busy = await ProbeAsync(pair, probe, answered, upload);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (quiet, busy, UploadBytes * 8 / seconds / 1e6);
    }

    private static async Task UploadAsync(LinkPair pair)
    {
        uint upload = pair.OpenJob();
        using SemaphoreSlim writable = new(0);
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        long received = 0;
        LinkEndpoint.DataHandler others = pair.Server.Data!;
        pair.Server.Data = (uint stream, in ReadOnlySequence<byte> body, bool end) =>
        {
            others(stream, body, end);
            if (stream == upload && (received += body.Length) == UploadBytes)
                done.SetResult();
        };
        pair.Client.Writable = _ => writable.Release();
        ReadOnlyMemory<byte> part = new byte[LinkOptions.PartBytes];
        for (long left = UploadBytes; left > 0;)
        {
            int size = (int)Math.Min(left, part.Length);
            if (pair.Client.Link.TrySend(upload, FrameKind.Part, default, new ReadOnlySequence<byte>(part[..size]), left == size) == SendResult.Sent)
                left -= size;
            else
                await writable.WaitAsync();
        }

        await done.Task;
    }

    private static async Task<double[]> ProbeAsync(LinkPair pair, uint probe, SemaphoreSlim answered, Task until)
    {
        List<double> micros = [];
        ReadOnlySequence<byte> body = new(new byte[BodyBytes]);
        while (!until.IsCompleted)
        {
            long start = Stopwatch.GetTimestamp();
            pair.Client.Link.TrySend(probe, FrameKind.Part, default, body, false);
            await answered.WaitAsync();
            micros.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            await Task.Delay(3);
        }

        await until;
        return [.. micros];
    }

    private static double Median(IEnumerable<double> values) => Percentile([.. values], 50);

    private static double Percentile(double[] values, int percent)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Min(sorted.Length - 1, sorted.Length * percent / 100)];
    }
}
