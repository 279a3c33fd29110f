using Cocoon.Actors.Routing;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Proxy;

/// <summary>
/// A node's workers: who serves what, how many jobs each has, who waits. The state and rules of <see cref="FleetActor"/> without the
/// actor; time is handed in. What it says goes out through the messages' own reply addresses and links, in the call that causes it.
/// </summary>
internal sealed partial class Fleet
{
    private readonly FleetOptions options;
    private readonly WorkerChooser chooser;
    private readonly TimeSpan started;
    private readonly Dictionary<WorkerLinkId, FleetWorker> workers = [];
    private readonly SortedDictionary<string, FleetModel> models = new(StringComparer.Ordinal);
    private readonly Dictionary<PublicKey, FleetWorkerRecord> records = [];
    private readonly Dictionary<(PublicKey Owner, Bytes32 Machine), FleetMachine> machines = [];
    private readonly SortedSet<int> freeMachineIndexes = [];
    private readonly Queue<(FleetWorkerRecord Record, int Departure)> departed = new();
    private readonly Dictionary<AttemptToken, FleetAttempt> attempts = [];
    private readonly Dictionary<RequestId, FleetWaiting> waiting = [];
    private readonly Dictionary<RequestId, FleetAttempt> assigned = [];
    private readonly Dictionary<string, int> referenceCoefficients = new(StringComparer.Ordinal);
    private readonly TokenBudget retries;
    private readonly TokenBudget hedges;
    private readonly FleetTally tally = new();
    private long lastWorkerNumber;
    private long lastToken;
    private TimeSpan refreshed;
    private TimeSpan? wake;
    private bool draining;

    public Fleet(FleetOptions options, SeededBits random, TimeSpan now)
    {
        this.options = options;
        chooser = new WorkerChooser(options.Routing, random);
        retries = new TokenBudget(options.Budgets.RetryShare, options.Budgets.RetriesSavedMax, options.Budgets.RetriesSavedMax);
        hedges = new TokenBudget(options.Budgets.HedgeShare, options.Budgets.HedgesSavedMax, 0);
        started = refreshed = now;
    }

    /// <summary>When <see cref="FleetTick"/> is due at the latest; null while nothing depends on time.</summary>
    public TimeSpan? NextTick
    {
        get
        {
            TimeSpan? next = workers.Count > 0 || attempts.Count > 0 ? refreshed + options.RefreshPeriod : null;
            if (next is not null && wake < next)
                next = wake;
            foreach (TimeSpan until in awaited.Values)
            {
                if (!(next <= until))
                    next = until;
            }

            if (waiting.Count == 0)
                return next;
            foreach (FleetModel model in models.Values)
            {
                if (model.Queue.NextDeadline is { } deadline && !(next <= deadline))
                    next = deadline;
            }

            return next;
        }
    }

    /// <summary>Acts on one message.</summary>
    public void Handle(FleetMessage message, TimeSpan now)
    {
        switch (message)
        {
            case AcquireWorker acquire:
                Acquire(acquire, now);
                break;
            case ReleaseAttempt release:
                Release(release.Token, release.Outcome, now);
                break;
            case CancelAcquire cancel:
                Cancel(cancel.Request, now);
                break;
            case WorkerConnected connected:
                Connect(connected, now);
                break;
            case WorkerGone gone:
                Disconnect(gone.Link, now);
                break;
            case FleetTick:
                Tick(now);
                break;
            case DrainFleet:
                Drain();
                break;
            case DescribeFleet describe:
                describe.ReplyTo.Reply(View(now));
                break;
            case DescribeRoute describe:
                describe.ReplyTo.Reply(Describe(describe.Needs, now));
                break;
            case IntegrityViolated violated:
                if (records.TryGetValue(violated.Worker, out FleetWorkerRecord? record))
                {
                    record.Integrity.Record(now, violated.Weight);
                    Refresh(record.Connection, now);
                    GiveUpHopeless(record.Connection, now);
                }

                break;
            case ReferencePriceChanged changed:
                Reprice(changed, now);
                break;
            default:
                HandleWorker(message, now);
                break;
        }
    }

    private void Tick(TimeSpan now)
    {
        foreach (FleetModel model in models.Values)
        {
            while (model.Queue.TryTakeExpired(now, out QueuedJob job))
                Refuse(((FleetWaiting)job).Request, RefusalReason.Expired, retryAfter: RetryAfter(model, now));
        }

        ForgetOverdue(now);
        bool woken = wake <= now;
        if (!woken && now - refreshed < options.RefreshPeriod)
            return;
        wake = woken ? null : wake;
        refreshed = now;
        ReclaimForgotten(now);
        foreach (FleetModel model in models.Values)
            model.RefreshMedians(now);
        foreach (FleetWorker worker in workers.Values.OrderBy(static worker => worker.Connected.Link.Value))
            Refresh(worker, now);
        foreach (FleetModel model in models.Values)
        {
            Serve(model, now);
            GiveUpHopeless(model, now);
        }
    }

    /// <summary>Somebody may have a job again from then on: a rest or a breaker's back-off ends.</summary>
    private void WakeAt(TimeSpan time)
    {
        if (!(wake <= time))
            wake = time;
    }

    private void Drain()
    {
        draining = true;
        foreach (FleetModel model in models.Values)
        {
            foreach (QueuedJob job in model.Queue.ToArray())
            {
                // What has begun is brought to its end, retries included.
                if (((FleetWaiting)job).Request.Kind != AttemptKind.First)
                    continue;
                model.Queue.Remove(job);
                Refuse(((FleetWaiting)job).Request, RefusalReason.Draining, retryAfter: options.Queue.RetryAfterMin);
            }
        }
    }

    private void Reprice(ReferencePriceChanged changed, TimeSpan now)
    {
        if (changed.Coefficient <= 0)
            return;
        referenceCoefficients[changed.Model] = changed.Coefficient;
        if (!models.TryGetValue(changed.Model, out FleetModel? model))
            return;
        model.ReferenceCoefficient = changed.Coefficient;
        foreach (FleetServed served in model.Served)
            Refresh(served, now);
        Serve(model, now);
        GiveUpHopeless(model, now);
    }
}
