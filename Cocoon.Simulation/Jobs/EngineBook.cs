using System.Globalization;
using System.Text;

namespace Cocoon.Simulation.Jobs;

/// <summary>What the engines of a world really did: the yardstick for what clients receive and for what is charged.</summary>
internal sealed class EngineBook
{
    private readonly List<EngineRun> runs = [];
    private readonly Dictionary<string, List<EngineRun>> ofJob = new(StringComparer.Ordinal);

    /// <summary>Runs begun.</summary>
    public int Runs => runs.Count;

    public EngineRun Begin(JobPlan plan, int worker)
    {
        EngineRun run = new(runs.Count, plan, worker);
        runs.Add(run);
        if (!ofJob.TryGetValue(plan.Name, out List<EngineRun>? same))
            ofJob.Add(plan.Name, same = []);
        same.Add(run);
        return run;
    }

    /// <summary>The run with a number, or null.</summary>
    public EngineRun? Find(int number) => number >= 0 && number < runs.Count ? runs[number] : null;

    /// <summary>The runs of one job, attempts and hedges.</summary>
    public IReadOnlyList<EngineRun> Of(string job) => ofJob.TryGetValue(job, out List<EngineRun>? same) ? same : [];
}

/// <summary>One run of one job on one engine. Its answer is numbered, so that a piece of another run, or one too many, is seen.</summary>
internal sealed class EngineRun(int number, JobPlan plan, int worker)
{
    public int Number => number;

    public JobPlan Plan => plan;

    public int Worker => worker;

    /// <summary>Chunks given out.</summary>
    public int Given { get; set; }

    /// <summary>Whether the last chunk was given out.</summary>
    public bool Finished { get; set; }

    /// <summary>Whether the run is over, however it ended.</summary>
    public bool Ended { get; set; }

    /// <summary>The text of a chunk: a token has some bytes, as in life.</summary>
    public byte[] Text(int chunk)
        => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{number}.{chunk};").PadRight(3 * plan.TokensPerChunk, ';'));

    /// <summary>Reads what <see cref="Text"/> wrote.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out int run, out int chunk)
    {
        (run, chunk) = (0, 0);
        string[] parts = Encoding.ASCII.GetString(text).TrimEnd(';').Split('.');
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out run)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out chunk);
    }
}
