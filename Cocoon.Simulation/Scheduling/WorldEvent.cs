using Cocoon.Actors.Runtime;

namespace Cocoon.Simulation.Scheduling;

/// <summary>Something of the world itself, outside any node, that happens at a time: a delivery, a disk's answer, a fault.</summary>
internal abstract class WorldEvent : TimerNode
{
    /// <summary>What this is, for the trail's hash: the same in every replay.</summary>
    public abstract ulong TraceCode { get; }
}

/// <summary>A world event that calls a method.</summary>
internal sealed class PlannedEvent(string name, ulong code, Action action) : WorldEvent
{
    public override ulong TraceCode => code;

    public override string ToString() => name;

    protected internal override void Fire() => action();
}
