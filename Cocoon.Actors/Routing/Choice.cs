namespace Cocoon.Actors.Routing;

/// <summary>The outcome of one choice.</summary>
/// <param name="Index">The chosen candidate's place in the scan, or -1.</param>
/// <param name="FirstTokenSeconds">Expected seconds to the first token there.</param>
/// <param name="Seconds">Expected seconds to the last.</param>
/// <param name="Explored">Cost was ignored.</param>
/// <param name="Obstacles">Bit r is set when some candidate failed for <see cref="Ineligibility"/> r.</param>
/// <param name="CheapestBeyondCap">Lowest coefficient that would have run but for the price cap; 0 when none.</param>
public readonly record struct Choice(
    int Index,
    double FirstTokenSeconds,
    double Seconds,
    bool Explored,
    uint Obstacles,
    int CheapestBeyondCap)
{
    private const uint Passing =
        (1u << (int)Ineligibility.Resting) | (1u << (int)Ineligibility.NoSlot) | (1u << (int)Ineligibility.NewcomerFull);

    /// <summary>Whether a candidate was chosen.</summary>
    public bool Found => Index >= 0;

    /// <summary>Whether waiting can help: somebody lacks nothing but a free slot.</summary>
    public bool CanWait => (Obstacles & Passing) != 0;

    /// <summary>Whether some candidate failed for this reason.</summary>
    public bool Met(Ineligibility obstacle) => (Obstacles & (1u << (int)obstacle)) != 0;
}
