using System.Buffers.Binary;
using System.Diagnostics;
using Cocoon.Client;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>Delays of paced chunks in ms, each list ascending.</summary>
/// <param name="GapMs">By how much longer than at the engine the gap to the chunk before was at the reader; 0 where it was shorter.</param>
/// <param name="TransitMs">From the engine to the reader.</param>
/// <param name="PerSecond">Chunks read a second.</param>
internal sealed record DelayRound(double[] GapMs, double[] TransitMs, double PerSecond);

/// <summary>Streamed answers: as fast as they go, or at a pace.</summary>
internal static class ChunkLoad
{
    private const int ClockBytes = 8;

    /// <summary>Streams one after the other on each of so many lanes; chunks read in a second.</summary>
    public static async Task<double> RunAsync(IJobClient client, int streams, int tokens, TimeSpan length)
    {
        JobRequest request = new() { Model = PathNetwork.Model, Body = JobLoad.Body, MaxOutputTokens = tokens, Stream = true };
        long start = Stopwatch.GetTimestamp();
        long[] counts = await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => Task.Run(async () =>
        {
            long count = 0;
            while (Stopwatch.GetElapsedTime(start) < length)
            {
                await using IJob job = await client.SubmitAsync(request);
                await foreach (JobChunk chunk in job.ReadAsync())
                    count++;
                await job.Result;
            }

            return count;
        })));
        return counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Reads so many streams of a <see cref="PacedEngine"/> at once; the first fifth warms up and is not counted.</summary>
    public static async Task<DelayRound> RunPacedAsync(IJobClient client, int streams, int tokensEach)
    {
        JobRequest request = new() { Model = PathNetwork.Model, Body = JobLoad.Body, MaxOutputTokens = tokensEach, Stream = true };
        long start = Stopwatch.GetTimestamp();
        ArraySegment<(double Gap, double Transit)>[] lanes = await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => Task.Run(async () =>
        {
            await using IJob job = await client.SubmitAsync(request);
            return await ReadAsync(job, tokensEach);
        })));
        double perSecond = (long)streams * tokensEach / Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new DelayRound(
            [.. lanes.SelectMany(lane => lane.Select(chunk => chunk.Gap)).Order()],
            [.. lanes.SelectMany(lane => lane.Select(chunk => chunk.Transit)).Order()],
            perSecond);
    }

    private static async Task<ArraySegment<(double Gap, double Transit)>> ReadAsync(IJob job, int tokens)
    {
        // Where it is not moved: the path's garbage is to be measured, not the measurements.
        (double, double)[] times = GC.AllocateUninitializedArray<(double, double)>(tokens, pinned: true);
        int counted = 0;
        long madeBefore = 0;
        long readBefore = 0;
        int number = 0;
        await foreach (JobChunk chunk in job.ReadAsync())
        {
            long read = Stopwatch.GetTimestamp();
            if (chunk.Payload.Length < ClockBytes)
                continue;
            long made = BinaryPrimitives.ReadInt64LittleEndian(chunk.Payload.Span);
            if (number++ > tokens / 5)
                times[counted++] = (Math.Max(0, Milliseconds(read - readBefore - (made - madeBefore))), Milliseconds(read - made));
            (madeBefore, readBefore) = (made, read);
        }

        await job.Result;
        return new ArraySegment<(double, double)>(times, 0, counted);
    }

    private static double Milliseconds(long ticks) => ticks * 1000.0 / Stopwatch.Frequency;
}
