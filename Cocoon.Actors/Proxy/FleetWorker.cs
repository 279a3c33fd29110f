using Cocoon.Actors.Routing;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <summary>A worker's present connection: slots, attempts, load.</summary>
internal sealed class FleetWorker(WorkerConnected connected, FleetWorkerRecord record)
{
    public const int ModelsMax = 64;

    public WorkerConnected Connected { get; } = connected;

    public FleetWorkerRecord Record { get; } = record;

    public Tier Tier { get; set; } = Tier.Open;

    public TimeSpan EvidenceUntil { get; set; }

    public bool Draining { get; set; }

    /// <summary>Slots granted and neither used by a job nor given back: each job takes one for good, and the worker grants anew when it ends.</summary>
    public int SlotsHeld { get; set; }

    public long SlotSequence { get; set; }

    /// <summary>Attempts of this node.</summary>
    public List<FleetAttempt> Attempts { get; } = [];

    /// <summary>Jobs of other nodes, as last reported.</summary>
    public int ForeignRunning { get; set; }

    /// <summary>Jobs it can run, as last reported; 0 = as offered.</summary>
    public int ReportedMax { get; set; }

    /// <summary>By how much its oldest attempt is later than three times what was expected.</summary>
    public double OverdueSeconds { get; private set; }

    public TimeSpan RestsUntil { get; set; }

    public int BusyStreak { get; set; }

    public long Completed { get; set; }

    public long Failed { get; set; }

    public List<FleetServed> Served { get; } = [];

    /// <summary>
    /// Jobs running over all nodes. A report may be older than the end of a job, but slots that the worker granted and nobody uses are
    /// certainly not running.
    /// </summary>
    public int Running => Math.Min(ForeignRunning + Attempts.Count, Math.Max(Attempts.Count, RunningMax - SlotsHeld));

    public int RunningMax
    {
        get
        {
            if (ReportedMax > 0)
                return ReportedMax;
            int most = 1;
            foreach (FleetServed served in Served)
                most = Math.Max(most, served.Offer.MaxConcurrent);
            return most;
        }
    }

    public void RefreshOverdue(TimeSpan now)
    {
        OverdueSeconds = 0;
        foreach (FleetAttempt attempt in Attempts)
            OverdueSeconds = Math.Max(OverdueSeconds, (now - attempt.Sent).TotalSeconds - (3 * attempt.ExpectedSeconds) - 1);
    }

    public void Reported(int running, int runningMax)
    {
        ForeignRunning = Math.Max(0, running - Attempts.Count);
        ReportedMax = Math.Max(0, runningMax);
    }
}

/// <summary>A model on a connection: a candidate.</summary>
internal sealed class FleetServed(FleetWorker worker, FleetModel model, ServedModel offer, SpeedEstimate speed, PrefixShelf shelf)
{
    public FleetWorker Worker { get; } = worker;

    public FleetModel Model { get; } = model;

    public ServedModel Offer { get; set; } = offer;

    public SpeedEstimate Speed { get; } = speed;

    /// <summary>Also knows the place among the model's candidates.</summary>
    public PrefixShelf Shelf { get; } = shelf;

    /// <summary>Attempts of this node.</summary>
    public int InFlight { get; set; }
}

/// <summary>A slot in use.</summary>
internal sealed class FleetAttempt(AttemptToken token, AcquireWorker request, FleetServed served)
{
    public AttemptToken Token { get; } = token;

    public AcquireWorker Request { get; } = request;

    public FleetServed Served { get; } = served;

    public bool Probe { get; init; }

    public TimeSpan Sent { get; init; }

    /// <summary>When it is taken back if nobody has released it.</summary>
    public TimeSpan LeashEnds { get; init; }

    public int RunningWhenSent { get; init; }

    public double ExpectedFirstTokenSeconds { get; init; }

    public double ExpectedSeconds { get; init; }
}

/// <summary>An asking that waits.</summary>
internal sealed class FleetWaiting(AcquireWorker request, TimeSpan deadline, TimeSpan jobDeadline) : QueuedJob(request.Needs, deadline)
{
    public AcquireWorker Request { get; } = request;

    /// <summary>When the job itself must have ended, which may be later than its patience with the queue.</summary>
    public TimeSpan JobDeadline { get; } = jobDeadline;
}
