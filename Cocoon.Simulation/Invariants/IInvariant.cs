namespace Cocoon.Simulation.Invariants;

/// <summary>Something that must hold in every world. Answers are null, or one sentence that says what does not hold.</summary>
internal interface IInvariant
{
    /// <summary>After each step: constant time, or it looks only at what changed.</summary>
    string? AfterStep() => null;

    /// <summary>When the world has healed and come to rest: takes its time.</summary>
    string? AtRest() => null;
}
