namespace Cocoon.Actors.Routing;

/// <summary>
/// How much a machine may carry at once while it is new: a small number, doubled for every so many successes. It belongs to the machine
/// of an owner, not to a worker, so that splitting one into many earns nothing; nor does reconnecting.
/// </summary>
internal sealed class SlowStart(RoutingOptions options, bool founder)
{
    private int successes;
    private int stage = founder ? options.NewcomerStages : 0;

    /// <summary>Whether it is still limited.</summary>
    public bool IsNewcomer => stage < options.NewcomerStages;

    /// <summary>Jobs it may have at once.</summary>
    public int Concurrency => IsNewcomer ? options.NewcomerConcurrency << Math.Min(stage, 20) : int.MaxValue;

    /// <summary>A job succeeded.</summary>
    public void Succeeded()
    {
        if (!IsNewcomer || ++successes < options.NewcomerSuccesses)
            return;
        successes = 0;
        stage++;
    }

    /// <summary>A job failed: the stage begins again.</summary>
    public void Failed() => successes = 0;
}
