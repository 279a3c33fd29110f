using System.Globalization;

namespace Cocoon.Simulation.Scheduling;

/// <summary>
/// What happened in a world: a hash over every step, and the last steps in a ring. Lines for people are made only when somebody reads
/// them, so that an unread trail costs a few stores per step.
/// </summary>
internal sealed class Trail(int linesKept)
{
    private readonly Entry[] ring = new Entry[linesKept];
    private TrailHash hash = new();
    private long count;

    /// <summary>Takes a look at what each turn will receive, for the lines. Off by default: it boxes messages.</summary>
    public bool Detailed { get; init; }

    /// <summary>The hash so far, 32 hexadecimal digits.</summary>
    public string Hash => hash.ToString();

    /// <summary>Notes one happening; <paramref name="subject"/> and <paramref name="detail"/> are turned into text only when read.</summary>
    public void Note(long step, long ticks, int node, ulong what, object subject, object? detail)
    {
        hash.Add((ulong)step ^ ((ulong)node << 48), (ulong)ticks);
        hash.Add(what, (ulong)node);
        ring[count++ % ring.Length] = new Entry(step, ticks, node, subject, detail);
    }

    /// <summary>Adds content to the hash only: bytes delivered, a link of a stream's chain.</summary>
    public void Mix(ulong one, ulong two) => hash.Add(one, two);

    /// <summary>The last lines, oldest first.</summary>
    public IReadOnlyList<string> Lines()
    {
        int kept = (int)Math.Min(count, ring.Length);
        string[] lines = new string[kept];
        for (int i = 0; i < kept; i++)
            lines[i] = ring[(count - kept + i) % ring.Length].ToString();
        return lines;
    }

    private readonly record struct Entry(long Step, long Ticks, int Node, object Subject, object? Detail)
    {
        public override string ToString()
        {
            string where = Node < 0 ? "world" : string.Create(CultureInfo.InvariantCulture, $"node {Node}");
            string detail = Detail is null ? string.Empty : $" <- {Detail}";
            return string.Create(CultureInfo.InvariantCulture, $"{Step,9} {Ticks / 10_000_000.0,12:0.000000} s  {where,-7} {Subject}{detail}");
        }
    }
}
