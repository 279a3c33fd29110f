using System.Diagnostics;
using System.Text;
using Cocoon.Client;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>What one round of whole jobs took. Times are in ms, ascending.</summary>
/// <param name="PerSecond">Jobs settled and receipted in a second.</param>
/// <param name="AnswerMs">From submission to the answer's last chunk.</param>
/// <param name="SettledMs">From submission to the checked receipt.</param>
internal sealed record JobRound(double PerSecond, double[] AnswerMs, double[] SettledMs);

/// <summary>Jobs one after the other on each of so many lanes, every one settled and its receipt checked.</summary>
internal static class JobLoad
{
    /// <summary>The request, as an app sends it to either path.</summary>
    public static readonly byte[] Body = Encoding.UTF8.GetBytes(
        $$"""{"model":"{{PathNetwork.Model}}","messages":[{"role":"user","content":"Translate: the message could not be sent."}]}""");

    /// <summary>So many lanes for so long; <paramref name="perSecond"/>: jobs begun a second on all lanes together at most, 0 for no limit.</summary>
    public static async Task<JobRound> RunAsync(IJobClient client, int concurrent, TimeSpan length, double perSecond = 0)
    {
        JobRequest request = new() { Model = PathNetwork.Model, Body = Body, MaxOutputTokens = 1000 };
        long start = Stopwatch.GetTimestamp();
        List<(double Answer, double Settled)>[] lanes = await Task.WhenAll(Enumerable.Range(0, concurrent).Select(lane => Task.Run(async () =>
        {
            List<(double, double)> times = [];
            for (long turn = lane; Stopwatch.GetElapsedTime(start) < length; turn += concurrent)
            {
                if (perSecond > 0 && TimeSpan.FromSeconds(turn / perSecond) - Stopwatch.GetElapsedTime(start) is { Ticks: > 0 } early)
                    await Task.Delay(early);
                times.Add(await RunOneAsync(client, request));
            }

            return times;
        })));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new JobRound(
            lanes.Sum(lane => lane.Count) / seconds,
            [.. lanes.SelectMany(lane => lane.Select(job => job.Answer)).Order()],
            [.. lanes.SelectMany(lane => lane.Select(job => job.Settled)).Order()]);
    }

    private static async Task<(double Answer, double Settled)> RunOneAsync(IJobClient client, JobRequest request)
    {
        long start = Stopwatch.GetTimestamp();
        long answered = 0;
        await using IJob job = await client.SubmitAsync(request);
        // Not streamed: the one chunk is the answer; the reading ends when the job is settled.
        await foreach (JobChunk chunk in job.ReadAsync())
            answered = Stopwatch.GetTimestamp();
        JobResult result = await job.Result;
        long settled = Stopwatch.GetTimestamp();
        return result.Receipt is { Verified: true } && answered != 0
            ? (Stopwatch.GetElapsedTime(start, answered).TotalMilliseconds, Stopwatch.GetElapsedTime(start, settled).TotalMilliseconds)
            : throw new InvalidOperationException($"job {result.JobId} ended without an answer or without a receipt that holds");
    }
}
