namespace Cocoon.Simulation.Worlds;

/// <summary>One world: its seed, its size and what goes wrong in it.</summary>
public sealed record WorldOptions
{
    /// <summary>The same seed gives the same world, to the last byte, in every process.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>World time under load and faults; default 10 minutes. Afterwards the world heals and comes to rest.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Longest time to come to rest; default 2 minutes.</summary>
    public TimeSpan RestMax { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Proxy nodes, 1 to 4; default 3.</summary>
    public int Proxies { get; init; } = 3;

    /// <summary>Workers; default 8.</summary>
    public int Workers { get; init; } = 8;

    /// <summary>Clients; default 20.</summary>
    public int Clients { get; init; } = 20;

    /// <summary>Jobs per second of all clients together; default 5.</summary>
    public int JobsPerSecond { get; init; } = 5;

    /// <summary>Shards of the cluster, the treasury apart; default 16.</summary>
    public int Shards { get; init; } = 16;

    /// <summary>What goes wrong; default everything.</summary>
    public WorldFaults Faults { get; init; } = WorldFaults.All;

    /// <summary>Lines of the trail kept for a violation; default 60.</summary>
    public int TrailLines { get; init; } = 60;

    /// <summary>The trail shows what every turn receives. Slower; same hash.</summary>
    public bool Detailed { get; init; }
}
