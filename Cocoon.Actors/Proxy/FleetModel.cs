using System.Runtime.InteropServices;
using Cocoon.Actors.Routing;

namespace Cocoon.Actors.Proxy;

/// <summary>One model: its candidates, its queue, what is learned of it over all workers.</summary>
internal sealed class FleetModel(string name, FleetOptions options)
{
    private readonly List<Candidate> candidates = [];
    private readonly List<FleetServed> served = [];
    private readonly List<double> medians = [];
    private readonly List<int> free = [];
    private readonly DecayedMean duration = new(options.Routing.SpeedHalfLife, priorWeight: 0.5);

    public string Name { get; } = name;

    public JobQueue Queue { get; } = new(options.Queue);

    public PrefixIndex Prefixes { get; } = new(options.Routing.PrefixLifetime);

    public FirstTokenHistogram FirstTokens { get; } = new();

    /// <summary>The market's reference in thousandths.</summary>
    public int ReferenceCoefficient { get; set; } = 1000;

    public double MedianPromptSeconds { get; private set; } = options.Routing.PromptSecondsPerToken;

    public double MedianOutputSeconds { get; private set; } = options.Routing.OutputSecondsPerToken;

    public Span<Candidate> Candidates => CollectionsMarshal.AsSpan(candidates);

    public IReadOnlyList<FleetServed> Served => served;

    public void Add(FleetServed one)
    {
        one.Shelf.CandidateIndex = candidates.Count;
        candidates.Add(default);
        served.Add(one);
    }

    public void Remove(FleetServed one)
    {
        Prefixes.Forget(one.Shelf);
        int index = one.Shelf.CandidateIndex;
        one.Shelf.CandidateIndex = -1;
        int last = candidates.Count - 1;
        candidates[index] = candidates[last];
        served[index] = served[last];
        candidates.RemoveAt(last);
        served.RemoveAt(last);
        if (index < last)
            served[index].Shelf.CandidateIndex = index;
    }

    /// <summary>Notes who has a free slot; false when nobody has.</summary>
    public bool FindFree()
    {
        free.Clear();
        for (int i = 0; i < candidates.Count; i++)
        {
            if (Candidates[i].FreeSlots > 0)
                free.Add(i);
        }

        return free.Count > 0;
    }

    /// <summary>Whether one of those noted may have the job.</summary>
    public bool AnyFreeFor(JobNeeds needs, WorkerChooser chooser, TimeSpan now)
    {
        foreach (int index in free)
        {
            if (chooser.Verdict(needs, Candidates[index], now) == Ineligibility.None)
                return true;
        }

        return false;
    }

    /// <summary>Slots here, used or not, each worker's within the model's own limit.</summary>
    public int Slots
    {
        get
        {
            int slots = 0;
            foreach (FleetServed one in served)
                slots += Math.Min(one.Worker.SlotsHeld + one.Worker.Attempts.Count, one.Offer.MaxConcurrent);
            return slots;
        }
    }

    /// <summary>Mean seconds that jobs have taken; 0 when unknown.</summary>
    public double MeanSeconds(TimeSpan now) => duration.Value(now, 0);

    public void Completed(TimeSpan now, TimeSpan took) => duration.Add(now, took.TotalSeconds);

    /// <summary>How long a new job of the account would wait, by the jobs before it and the time jobs have taken; zero when unknown.</summary>
    public TimeSpan EstimateWait(TimeSpan now, int ahead)
        => TimeSpan.FromSeconds(Math.Min(86_400, (ahead + 1) * MeanSeconds(now) / Math.Max(1, Slots)));

    /// <summary>Lets speeds fade, and takes the medians over workers that have been measured; the last ones while nobody has.</summary>
    public void RefreshMedians(TimeSpan now)
    {
        foreach (FleetServed one in served)
            one.Speed.Fade(now);
        if (Median(static one => one.Speed.PromptSecondsPerToken(one.Model.MedianPromptSeconds)) is { } prompt)
            MedianPromptSeconds = prompt;
        if (Median(static one => one.Speed.OutputSecondsPerToken(1, one.Model.MedianOutputSeconds)) is { } output)
            MedianOutputSeconds = output;
    }

    private double? Median(Func<FleetServed, double> measure)
    {
        medians.Clear();
        foreach (FleetServed one in served)
        {
            if (one.Speed.IsMeasured)
                medians.Add(measure(one));
        }

        if (medians.Count == 0)
            return null;
        medians.Sort();
        return medians[medians.Count / 2];
    }
}
