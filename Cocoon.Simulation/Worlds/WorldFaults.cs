using Cocoon.Simulation.Network;
using Cocoon.Simulation.Storage;

namespace Cocoon.Simulation.Worlds;

/// <summary>What goes wrong in a world, and how often. A mean time of zero switches a kind of fault off.</summary>
public sealed record WorldFaults
{
    /// <summary>Nothing goes wrong.</summary>
    public static readonly WorldFaults None = new();

    /// <summary>Everything the standard world suffers.</summary>
    public static readonly WorldFaults All = new()
    {
        Database = DatabaseFaults.All,
        Network = NetworkFaults.All,
        LyingWorkers = true,
        LyingPeers = true,
        CutEvery = TimeSpan.FromSeconds(5),
        PartEvery = TimeSpan.FromSeconds(20),
        DriftPartsPerMillion = 200,
        CrashEvery = TimeSpan.FromSeconds(40),
        DrainEvery = TimeSpan.FromSeconds(60),
        PauseEvery = TimeSpan.FromSeconds(30),
        CutFromDatabaseEvery = TimeSpan.FromSeconds(45),
        DatabaseCrashEvery = TimeSpan.FromSeconds(150),
        StillClockEvery = TimeSpan.FromSeconds(60),
        WallJumpEvery = TimeSpan.FromSeconds(30),
    };

    /// <summary>Everything, several times as often: for worlds of less than a minute.</summary>
    public static readonly WorldFaults Harsh = All with
    {
        Database = DatabaseFaults.All with { LostRequest = 4_000, LostAnswer = 8_000, Hang = 6_000, Refused = 4_000 },
        CrashEvery = TimeSpan.FromSeconds(4),
        DrainEvery = TimeSpan.FromSeconds(8),
        PauseEvery = TimeSpan.FromSeconds(4),
        CutFromDatabaseEvery = TimeSpan.FromSeconds(8),
        DatabaseCrashEvery = TimeSpan.FromSeconds(25),
        StillClockEvery = TimeSpan.FromSeconds(8),
        WallJumpEvery = TimeSpan.FromSeconds(6),
        CutEvery = TimeSpan.FromSeconds(2),
        PartEvery = TimeSpan.FromSeconds(5),
    };

    /// <summary>The database's own faults, rates per million requests.</summary>
    public DatabaseFaults Database { get; init; } = DatabaseFaults.None;

    /// <summary>The network's own faults, rates per million deliveries.</summary>
    public NetworkFaults Network { get; init; } = NetworkFaults.None;

    /// <summary>Some workers claim absurd usage, are slow, or never answer.</summary>
    public bool LyingWorkers { get; init; }

    /// <summary>One client and one worker send altered frames now and then.</summary>
    public bool LyingPeers { get; init; }

    /// <summary>Mean time between cuts of some connection.</summary>
    public TimeSpan CutEvery { get; init; }

    /// <summary>Mean time between partitions of two hosts.</summary>
    public TimeSpan PartEvery { get; init; }

    /// <summary>Most that a node's monotonic clock drifts, either way.</summary>
    public int DriftPartsPerMillion { get; init; }

    /// <summary>Mean time between crashes of some node; it restarts within seconds as a new incarnation.</summary>
    public TimeSpan CrashEvery { get; init; }

    /// <summary>Mean time between drains of some worker or proxy, which then restarts.</summary>
    public TimeSpan DrainEvery { get; init; }

    /// <summary>Mean time between pauses of some node, from milliseconds to far beyond its lease.</summary>
    public TimeSpan PauseEvery { get; init; }

    /// <summary>Mean time between partitions of some proxy from the database.</summary>
    public TimeSpan CutFromDatabaseEvery { get; init; }

    /// <summary>Mean time between crashes of the database.</summary>
    public TimeSpan DatabaseCrashEvery { get; init; }

    /// <summary>Mean time between a monotonic clock standing still for seconds.</summary>
    public TimeSpan StillClockEvery { get; init; }

    /// <summary>Mean time between jumps of some node's wall clock, up to five minutes either way.</summary>
    public TimeSpan WallJumpEvery { get; init; }

    /// <summary>Mean time between restores of an old backup. Not part of <see cref="All"/>: acknowledged work may be lost by it.</summary>
    public TimeSpan RestoreEvery { get; init; }
}
