using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Routing;

/// <summary>
/// The jobs that wait for one model. Between accounts: start-time fair queueing, each account's clock advancing by the expected cost
/// of what it ran, so that who floods waits behind itself. Within an account: earliest deadline first. Adding, taking the first
/// and taking out any job are O(log n).
/// </summary>
internal sealed class JobQueue(QueueOptions options)
{
    private static readonly Comparer<QueuedJob> ByDeadline = Comparer<QueuedJob>.Create(static (a, b) =>
    {
        int order = a.Deadline.CompareTo(b.Deadline);
        return order != 0 ? order : a.Sequence.CompareTo(b.Sequence);
    });

    private static readonly Comparer<Lane> ByClock = Comparer<Lane>.Create(static (a, b) =>
    {
        int order = a.Clock.CompareTo(b.Clock);
        return order != 0 ? order : a.Sequence.CompareTo(b.Sequence);
    });

    private readonly Dictionary<AccountId, Lane> lanes = [];
    private readonly SortedSet<Lane> waiting = new(ByClock);
    private readonly SortedSet<Lane> idleAhead = new(ByClock);
    private readonly SortedSet<QueuedJob> deadlines = new(ByDeadline);
    private long clock;
    private long lastSequence;

    /// <summary>What became of <see cref="Add"/>.</summary>
    public enum Admission
    {
        Added,
        Full,
        AccountFull,
    }

    /// <summary>Jobs that wait.</summary>
    public int Count => deadlines.Count;

    /// <summary>Accounts remembered; for tests of the bound.</summary>
    public int Lanes => lanes.Count;

    /// <summary>The earliest deadline, or null when nobody waits.</summary>
    public TimeSpan? NextDeadline => deadlines.Min?.Deadline;

    /// <summary>Takes a job in, unless its account or the queue is full.</summary>
    public Admission Add(QueuedJob job)
    {
        if (Count >= options.JobsMax)
            return Admission.Full;
        if (!lanes.TryGetValue(job.Needs.Account, out Lane? lane))
            lanes[job.Needs.Account] = lane = new Lane(job.Needs.Account, ByDeadline, ++lastSequence);
        if (lane.Jobs.Count >= options.JobsPerAccountMax)
            return Admission.AccountFull;
        if (lane.Jobs.Count == 0)
        {
            idleAhead.Remove(lane);
            lane.Clock = Math.Max(lane.Clock, clock);
            waiting.Add(lane);
        }

        job.Sequence = ++lastSequence;
        job.Lane = lane;
        lane.Jobs.Add(job);
        deadlines.Add(job);
        return Admission.Added;
    }

    /// <summary>Takes a job out without running it; false when it does not wait here.</summary>
    public bool Remove(QueuedJob job)
    {
        if (job.Lane is not { } lane || !lane.Jobs.Remove(job))
            return false;
        job.Lane = null;
        deadlines.Remove(job);
        if (lane.Jobs.Count == 0)
        {
            waiting.Remove(lane);
            Rest(lane);
        }

        return true;
    }

    /// <summary>
    /// Takes the first job in the order of fairness that <paramref name="canRun"/>, and charges its account. Jobs that cannot run now
    /// are passed over and keep their places.
    /// </summary>
    public bool TryTakeFirst(Func<QueuedJob, bool> canRun, out QueuedJob job)
    {
        foreach (Lane lane in waiting)
        {
            foreach (QueuedJob candidate in lane.Jobs)
            {
                if (!canRun(candidate))
                    continue;
                job = candidate;
                Charge(lane, candidate);
                return true;
            }
        }

        job = null!;
        return false;
    }

    /// <summary>The jobs whose deadlines have passed, taken out.</summary>
    public bool TryTakeExpired(TimeSpan now, out QueuedJob job)
    {
        job = deadlines.Min!;
        return job is not null && job.Deadline <= now && Remove(job);
    }

    /// <summary>All that wait, earliest deadline first, as a copy.</summary>
    public QueuedJob[] ToArray() => [.. deadlines];

    /// <summary>Jobs that would run before a new one of this account, if accounts take turns.</summary>
    public int Ahead(AccountId account)
    {
        int own = lanes.TryGetValue(account, out Lane? lane) ? lane.Jobs.Count : 0;
        int ahead = 0;
        foreach (Lane other in waiting)
            ahead += ReferenceEquals(other, lane) ? own : Math.Min(other.Jobs.Count, own + 1);
        return ahead;
    }

    private void Charge(Lane lane, QueuedJob job)
    {
        waiting.Remove(lane);
        lane.Jobs.Remove(job);
        job.Lane = null;
        deadlines.Remove(job);
        clock = Math.Max(clock, lane.Clock);
        lane.Clock += job.FairCost;
        if (lane.Jobs.Count > 0)
            waiting.Add(lane);
        else
            Rest(lane);
        while (idleAhead.Min is { } idle && idle.Clock <= clock)
        {
            idleAhead.Remove(idle);
            lanes.Remove(idle.Account);
        }
    }

    /// <summary>A lane without jobs is remembered while its clock is ahead: leaving and coming back must not earn a turn.</summary>
    private void Rest(Lane lane)
    {
        if (Count == 0)
        {
            // The busy period is over, and with it the debts.
            lanes.Clear();
            idleAhead.Clear();
            clock = 0;
        }
        else if (lane.Clock > clock)
        {
            idleAhead.Add(lane);
        }
        else
        {
            lanes.Remove(lane.Account);
        }
    }

    /// <summary>One account's jobs and how much it has had.</summary>
    internal sealed class Lane(AccountId account, IComparer<QueuedJob> order, long sequence)
    {
        public AccountId Account { get; } = account;

        public long Sequence { get; } = sequence;

        public long Clock { get; set; }

        public SortedSet<QueuedJob> Jobs { get; } = new(order);
    }
}
