using Cocoon.Actors.Routing;
using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Proxy;

/// <summary>What is known of a worker beyond one connection: reconnecting clears nothing.</summary>
internal sealed class FleetWorkerRecord(PublicKey key, long number, FleetMachine machine, FleetOptions options)
{
    private readonly Dictionary<string, SpeedEstimate> speeds = new(StringComparer.Ordinal);

    public PublicKey Key { get; } = key;

    /// <summary>Its number in decisions; never used for another.</summary>
    public long Number { get; } = number;

    public FleetMachine Machine { get; } = machine;

    public AvailabilityScore Availability { get; } = new(options.Routing.AvailabilityHalfLife);

    public IntegrityScore Integrity { get; } = new(options.Routing.IntegrityHalfLife);

    public Breaker Breaker { get; } = new(options.Breaker);

    /// <summary>The connection, or null while there is none.</summary>
    public FleetWorker? Connection { get; set; }

    /// <summary>Counts its departures, so that a stale entry in the list of the departed is known as such.</summary>
    public int Departures { get; set; }

    public SpeedEstimate Speed(string model)
    {
        if (!speeds.TryGetValue(model, out SpeedEstimate? speed))
            speeds[model] = speed = new SpeedEstimate(options.Routing.SpeedHalfLife);
        return speed;
    }

    /// <summary>Forgets the speeds of models that are no longer served: offers may change for ever.</summary>
    public void KeepSpeeds(IReadOnlyList<FleetServed> served)
    {
        if (speeds.Count <= FleetWorker.ModelsMax)
            return;
        foreach (string model in speeds.Keys.ToArray())
        {
            if (!served.Any(one => string.Equals(one.Model.Name, model, StringComparison.Ordinal)))
                speeds.Remove(model);
        }
    }
}

/// <summary>An owner's machine: what splitting it into many workers must not multiply.</summary>
internal sealed class FleetMachine(int index, SlowStart slowStart)
{
    /// <summary>Small and dense; used again when the machine is forgotten.</summary>
    public int Index { get; } = index;

    /// <summary>Begins anew with every worker key that is new on the machine.</summary>
    public SlowStart SlowStart { get; set; } = slowStart;

    public int InFlight { get; set; }

    public List<FleetWorkerRecord> Workers { get; } = [];

    public bool IsFull => SlowStart.IsNewcomer && InFlight >= SlowStart.Concurrency;
}
