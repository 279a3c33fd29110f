using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Routing;

/// <summary>
/// One worker for one model as choosing sees it: everything the decision rests on, as numbers. Held in an array that is scanned whole,
/// hence a struct with fields kept up to date in place.
/// </summary>
public record struct Candidate
{
    /// <summary>The worker; stays the same when it reconnects.</summary>
    public long Worker { get; set; }

    /// <summary>The machine it runs on, as a small dense number: several workers of one owner on one machine share it.</summary>
    public int Machine { get; set; }

    /// <summary>What it has proven.</summary>
    public Tier Tier { get; set; }

    /// <summary>Bit k is set when it serves jobs of kind k.</summary>
    public uint Kinds { get; set; }

    /// <summary>Longest prompt plus answer in tokens.</summary>
    public int ContextTokens { get; set; }

    /// <summary>Its price in thousandths of the reference price, 1 and up.</summary>
    public int Coefficient { get; set; }

    /// <summary>Jobs that may be sent now: slots held and not in use, within the model's own limit.</summary>
    public int FreeSlots { get; set; }

    /// <summary>Jobs running on the worker, those of other nodes as last reported.</summary>
    public int Running { get; set; }

    /// <summary>Jobs it can run at once, 1 and up.</summary>
    public int RunningMax { get; set; }

    /// <summary>It finishes what it has and takes nothing new.</summary>
    public bool Draining { get; set; }

    /// <summary>Its breaker is open, or half-open with the probe under way.</summary>
    public bool Ejected { get; set; }

    /// <summary>Its breaker is half-open: one job may find out whether it has recovered.</summary>
    public bool ProbeDue { get; set; }

    /// <summary>It is still in slow start.</summary>
    public bool Newcomer { get; set; }

    /// <summary>Its machine has as many jobs as slow start allows.</summary>
    public bool NewcomerFull { get; set; }

    /// <summary>Monotonic time until which its evidence is fresh.</summary>
    public TimeSpan EvidenceUntil { get; set; }

    /// <summary>Monotonic time until which it rests after an answer of Busy.</summary>
    public TimeSpan RestsUntil { get; set; }

    /// <summary>Seconds before a new job starts there: reported waiting, and jobs overdue.</summary>
    public double QueueSeconds { get; set; }

    /// <summary>Seconds per prompt token that is not cached.</summary>
    public double PromptSecondsPerToken { get; set; }

    /// <summary>Seconds per answer token with one more job than now.</summary>
    public double OutputSecondsPerToken { get; set; }

    /// <summary>Lower bound of the probability that it completes a job, 0.01 to 1.</summary>
    public double Success { get; set; }

    /// <summary>How far its accounting is believed, 0 to 1.</summary>
    public double Integrity { get; set; }

    /// <summary>Prompt tokens of the job at hand that it probably has cached. Set for one choice, then taken back.</summary>
    public int CachedTokens { get; set; }
}

/// <summary>Why a candidate cannot have a job, in the order of asking: the first that holds is the answer.</summary>
public enum Ineligibility
{
    /// <summary>It can.</summary>
    None = 0,

    /// <summary>It does not serve this kind of job.</summary>
    Kind = 1,

    /// <summary>Its tier is below the one asked for.</summary>
    Tier = 2,

    /// <summary>The job does not fit its context.</summary>
    Context = 3,

    /// <summary>Its accounting was wrong too often.</summary>
    Integrity = 4,

    /// <summary>It had this job before.</summary>
    Avoided = 5,

    /// <summary>It is draining.</summary>
    Draining = 6,

    /// <summary>Its evidence has expired.</summary>
    EvidenceStale = 7,

    /// <summary>Its breaker is open.</summary>
    Ejected = 8,

    /// <summary>It is dearer than the cap.</summary>
    Price = 9,

    /// <summary>It answered Busy a moment ago.</summary>
    Resting = 10,

    /// <summary>No slot is held there.</summary>
    NoSlot = 11,

    /// <summary>Slow start: its machine has as many jobs as it may for now.</summary>
    NewcomerFull = 12,

    /// <summary>It is nearly full, and a worker that is not can have the job.</summary>
    Hot = 13,
}
