using Cocoon.Simulation.Jobs;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation;

/// <summary>The world that <c>cocoon simulate world</c>, the tests and the benchmark run.</summary>
public static class StandardWorld
{
    /// <summary>
    /// Runs one world on the calling thread, which must not be one that others post to. Violations are reported, not thrown; what is
    /// thrown is a bug of the simulator or an actor's step that left the thread.
    /// </summary>
    public static WorldReport Run(WorldOptions options) => new JobWorld(options).Run();
}
