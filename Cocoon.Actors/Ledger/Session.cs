using Cocoon.Protocol;

namespace Cocoon.Actors.Ledger;

/// <summary>What the ledger knows about one job of a session.</summary>
public enum JobStanding
{
    /// <summary>Never settled: it may run, and has cost nothing.</summary>
    Unknown,

    /// <summary>Instalments were settled and the job was not closed: it runs, or was interrupted.</summary>
    Open,

    /// <summary>Settled to its end: it never runs again.</summary>
    Closed,

    /// <summary>Too far below the session's highest number to be told from a settled one, or its session has expired: refused.</summary>
    TooOld,
}

/// <summary>A job with settled instalments that is not closed.</summary>
/// <param name="Instalment">The last instalment settled.</param>
/// <param name="Total">The price so far in nanoTON.</param>
public readonly record struct OpenJob(int Instalment, long Total);

/// <summary>Where a job's newest settlement stands in the stream.</summary>
public readonly record struct SettledJob(long Number, long Sequence);

/// <summary>Which jobs of one session were settled: the highest number and a bit for each of the 4,096 below it.</summary>
public sealed class Session
{
    private const int WordBits = 64;

    // One more word than the window, for the window is seldom aligned.
    private const int WordsMax = (JobId.WindowLength / WordBits) + 1;

    private const int RecentMax = 32;

    private ulong[] window = [0];
    private readonly SortedList<long, OpenJob> open = [];
    private readonly List<SettledJob> recent = [];
    private int oldest;

    /// <summary>A session without jobs.</summary>
    public Session(SessionId id) => Id = id;

    internal Session(SessionId id, long highest, ulong[] window, IEnumerable<KeyValuePair<long, OpenJob>> open, IEnumerable<SettledJob> recent)
    {
        Id = id;
        Highest = highest;
        this.window = window;
        foreach ((long number, OpenJob job) in open)
            this.open.Add(number, job);
        this.recent.AddRange(recent);
    }

    /// <summary>Its id.</summary>
    public SessionId Id { get; }

    /// <summary>The highest job number settled; 0 before the first.</summary>
    public long Highest { get; private set; }

    /// <summary>Jobs with instalments that are not closed, by number.</summary>
    public IReadOnlyDictionary<long, OpenJob> Open => open;

    /// <summary>The newest settlements, oldest first.</summary>
    public IEnumerable<SettledJob> Recent
    {
        get
        {
            for (int i = 0; i < recent.Count; i++)
                yield return recent[(oldest + i) % recent.Count];
        }
    }

    internal ReadOnlySpan<ulong> Window => window;

    /// <summary>What is known about job <paramref name="number"/>.</summary>
    public JobStanding Standing(long number)
    {
        if (open.ContainsKey(number))
            return JobStanding.Open;
        if (number > Highest)
            return JobStanding.Unknown;
        if (number <= Highest - JobId.WindowLength)
            return JobStanding.TooOld;
        return (window[Slot(number)] >> (int)(number % WordBits) & 1) != 0 ? JobStanding.Closed : JobStanding.Unknown;
    }

    /// <summary>The sequence of the newest settlement of a job, if it is among the last 32 of this session.</summary>
    public bool TryGetSequence(long number, out long sequence)
    {
        for (int i = recent.Count - 1; i >= 0; i--)
        {
            SettledJob job = recent[(oldest + i) % recent.Count];
            if (job.Number == number)
            {
                sequence = job.Sequence;
                return true;
            }
        }

        sequence = 0;
        return false;
    }

    /// <summary>The job's settled instalments; zeros when there are none or it is closed.</summary>
    public OpenJob Instalments(long number) => open.GetValueOrDefault(number);

    internal void Settle(long number, int instalment, long total, bool final, long sequence)
    {
        if (number > Highest)
            Advance(number);
        if (number > Highest - JobId.WindowLength)
            window[Slot(number)] |= 1UL << (int)(number % WordBits);
        if (!final)
            open[number] = new OpenJob(instalment, total);
        else if (instalment > 1)
            open.Remove(number);
        Remember(new SettledJob(number, sequence));
    }

    private int Slot(long number) => (int)(number / WordBits % window.Length);

    private void Advance(long number)
    {
        long word = number / WordBits;
        if (window.Length < WordsMax && word >= window.Length)
            Grow(word);
        long known = Highest / WordBits;
        long stale = Math.Min(word - known, window.Length);
        for (long i = 0; i < stale; i++)
            window[(word - i) % window.Length] = 0;
        Highest = number;
    }

    // Below its full length the ring has not wrapped, so words keep their places.
    private void Grow(long word)
    {
        int length = window.Length;
        while (length <= word && length < WordsMax)
            length = Math.Min(length * 2, WordsMax);
        ulong[] grown = new ulong[length];
        window.CopyTo(grown, 0);
        window = grown;
    }

    private void Remember(SettledJob job)
    {
        int newest = (oldest + recent.Count - 1) % Math.Max(recent.Count, 1);
        if (recent.Count > 0 && recent[newest].Number == job.Number)
        {
            recent[newest] = job;
        }
        else if (recent.Count < RecentMax)
        {
            recent.Add(job);
        }
        else
        {
            recent[oldest] = job;
            oldest = (oldest + 1) % RecentMax;
        }
    }
}
