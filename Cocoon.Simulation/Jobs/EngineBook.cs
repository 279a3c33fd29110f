using System.Buffers.Text;
using System.Globalization;
using System.Text.Unicode;

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
    private const int MaxDigits = 10;

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
    {
        Span<byte> name = stackalloc byte[2 * MaxDigits + 2];
        Utf8.TryWrite(name, CultureInfo.InvariantCulture, $"{number}.{chunk};", out int written);
        byte[] text = new byte[Math.Max(written, 3 * plan.TokensPerChunk)];
        text.AsSpan().Fill((byte)';');
        name[..written].CopyTo(text);
        return text;
    }

    /// <summary>Reads what <see cref="Text"/> wrote.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out int run, out int chunk)
    {
        chunk = 0;
        return Utf8Parser.TryParse(text, out run, out int digits)
            && digits < text.Length && text[digits] == (byte)'.'
            && Utf8Parser.TryParse(text[(digits + 1)..], out chunk, out int more)
            && text[(digits + 1 + more)..].TrimEnd((byte)';').IsEmpty;
    }
}
