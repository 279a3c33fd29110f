using Cocoon.Actors.Proxy;
using Cocoon.Actors.Routing;

namespace Cocoon.Tests.Proxy;

/// <summary>A worker as a scenario plays it; changing it changes what happens to jobs sent from then on.</summary>
internal sealed class PlayedWorker(FleetHarness.Link link, double secondsPerToken)
{
    public FleetHarness.Link Link { get; } = link;

    public double SecondsPerToken { get; set; } = secondsPerToken;

    /// <summary>Out of a thousand jobs, those that fail after five milliseconds.</summary>
    public int FailsPerThousand { get; set; }

    /// <summary>Jobs never end by themselves: they time out.</summary>
    public bool Hangs { get; set; }

    public int Dispatched { get; set; }

    public int Running { get; set; }

    public int RunningMost { get; set; }
}

/// <summary>Jobs that arrive by chance, retries with an avoid-set as a job's actor makes them, workers with virtues and vices; virtual time.</summary>
internal sealed class FleetScenario
{
    private const double TimeoutSeconds = 30;
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> events = new();
    private readonly Dictionary<long, Job> byTicket = [];
    private readonly Dictionary<long, PlayedWorker> byLink = [];
    private readonly List<(Job Job, Assigned Assigned)> started = [];
    private readonly Random random;
    private long lastOrder;
    private long lastJob;
    private long lastTicket;

    public FleetScenario(FleetOptions? options = null, int seed = 11)
    {
        random = new Random(seed);
        Fleet = new FleetHarness(options ?? new FleetOptions(), (ulong)seed) { Answered = Heard };
    }

    public FleetHarness Fleet { get; }

    public int Succeeded { get; private set; }

    public int Failed { get; private set; }

    /// <summary>Seconds from arrival to dispatch, by account.</summary>
    public Dictionary<int, List<double>> Waits { get; } = [];

    public PlayedWorker Add(long worker, int slots = 8, double secondsPerToken = 0.02, long? machine = null)
    {
        // Jobs may be assigned within the connecting, before the worker is known here.
        FleetHarness.Link link = Fleet.Connect(worker, 0, owner: machine ?? worker, machine: machine);
        PlayedWorker played = new(link, secondsPerToken);
        byLink[link.Id.Value] = played;
        Fleet.Tell(new WorkerOffered(link.Id, Cocoon.Protocol.V1.Tier.Open, [new ServedModel(FleetHarness.Model, 8192, slots)]));
        Fleet.Grant(link, slots);
        Launch();
        return played;
    }

    /// <summary>The worker and its connection are gone; jobs on it are tried again elsewhere.</summary>
    public void Vanish(PlayedWorker worker) => Fleet.Tell(new WorkerGone(worker.Link.Id));

    /// <summary>Jobs of one account at a mean rate for a time.</summary>
    public void Arrive(double perSecond, double seconds, int account = 0, double deadline = 120)
    {
        for (double at = Gap(perSecond); at < seconds; at += Gap(perSecond))
        {
            Job job = new(account, ++lastJob, Fleet.Now + TimeSpan.FromSeconds(at + deadline));
            At(at, () => Ask(job, AttemptKind.First));
        }
    }

    public void Run(double seconds)
    {
        TimeSpan end = Fleet.Now + TimeSpan.FromSeconds(seconds);
        while (events.TryPeek(out Action? next, out (TimeSpan At, long) due) && due.At <= end)
        {
            events.Dequeue();
            Fleet.Pass(due.At - Fleet.Now);
            next();
            Launch();
        }

        Fleet.Pass(end - Fleet.Now);
        Launch();
    }

    public void At(double seconds, Action action)
        => events.Enqueue(action, (Fleet.Now + TimeSpan.FromSeconds(seconds), ++lastOrder));

    private double Gap(double perSecond) => -Math.Log(1 - random.NextDouble()) / perSecond;

    private void Ask(Job job, AttemptKind kind)
    {
        double left = (job.Deadline - Fleet.Now).TotalSeconds;
        if (left <= 0 || job.Attempts > 2)
        {
            Failed++;
            return;
        }

        job.Attempts++;
        job.Asked = Fleet.Now;
        JobNeeds needs = FleetHarness.Needs(job.Account, prompt: 200, output: 100) with { Avoid = [.. job.Avoid] };
        // The answer may come within the call, and tickets are counted from 1.
        byTicket[++lastTicket] = job;
        Fleet.Ask(needs, left, kind, new RequestId(job.Number, job.Attempts));
    }

    private void Heard(long ticket, AcquireAnswer answer)
    {
        Job job = byTicket[ticket];
        if (answer is Assigned assigned)
            started.Add((job, assigned));
        else
            Failed++;
    }

    private void Launch()
    {
        while (started.Count > 0)
        {
            (Job job, Assigned assigned) = started[^1];
            started.RemoveAt(started.Count - 1);
            Dispatch(job, assigned, byLink[assigned.Link.Value]);
        }
    }

    private void Dispatch(Job job, Assigned assigned, PlayedWorker worker)
    {
        (Waits.TryGetValue(job.Account, out List<double>? waits) ? waits : Waits[job.Account] = []).Add((Fleet.Now - job.Asked).TotalSeconds);
        worker.Dispatched++;
        worker.RunningMost = Math.Max(worker.RunningMost, ++worker.Running);
        double seconds = (0.2 + (100 * worker.SecondsPerToken)) * (1 + (0.05 * worker.Running));
        if (random.Next(1000) < worker.FailsPerThousand)
            At(0.005, () => End(job, assigned, worker, new AttemptFailed(FailureKind.Engine, AfterFirstChunk: false)));
        else if (worker.Hangs)
            At(TimeoutSeconds, () => End(job, assigned, worker, new AttemptFailed(FailureKind.Timeout, AfterFirstChunk: false)));
        else
            At(seconds, () => End(job, assigned, worker, new AttemptCompleted(200, 0, 100, TimeSpan.FromSeconds(seconds * 0.1), TimeSpan.FromSeconds(seconds))));
    }

    private void End(Job job, Assigned assigned, PlayedWorker worker, AttemptOutcome outcome)
    {
        worker.Running--;
        Fleet.End(assigned, outcome);
        if (outcome is AttemptCompleted)
        {
            Succeeded++;
            return;
        }

        job.Avoid.Add(assigned.WorkerNumber);
        Ask(job, AttemptKind.Retry);
    }

    private sealed class Job(int account, long number, TimeSpan deadline)
    {
        public int Account => account;

        public long Number => number;

        public TimeSpan Deadline => deadline;

        public int Attempts { get; set; }

        public TimeSpan Asked { get; set; }

        public List<long> Avoid { get; } = [];
    }
}
