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
        DriftPartsPerMillion = 200,
        CrashEvery = TimeSpan.FromSeconds(40),
        PauseEvery = TimeSpan.FromSeconds(30),
        CutFromDatabaseEvery = TimeSpan.FromSeconds(45),
        DatabaseCrashEvery = TimeSpan.FromSeconds(150),
        StillClockEvery = TimeSpan.FromSeconds(60),
        WallJumpEvery = TimeSpan.FromSeconds(30),
    };

    /// <summary>The database's own faults, rates per million requests.</summary>
    public DatabaseFaults Database { get; init; } = DatabaseFaults.None;

    /// <summary>Most that a node's monotonic clock drifts, either way.</summary>
    public int DriftPartsPerMillion { get; init; }

    /// <summary>Mean time between crashes of some node; it restarts within seconds as a new incarnation.</summary>
    public TimeSpan CrashEvery { get; init; }

    /// <summary>Mean time between pauses of some node, from milliseconds to far beyond its lease.</summary>
    public TimeSpan PauseEvery { get; init; }

    /// <summary>Mean time between partitions of some proxy from the database.</summary>
    public TimeSpan CutFromDatabaseEvery { get; init; }

    /// <summary>Mean time between crashes of the database.</summary>
    public TimeSpan DatabaseCrashEvery { get; init; }

    /// <summary>Mean time between a monotonic clock standing still for seconds.</summary>
    public TimeSpan StillClockEvery { get; init; }

    /// <summary>Mean time between jumps of some node's wall clock, up to an hour either way.</summary>
    public TimeSpan WallJumpEvery { get; init; }

    /// <summary>Mean time between restores of an old backup. Not part of <see cref="All"/>: acknowledged work may be lost by it.</summary>
    public TimeSpan RestoreEvery { get; init; }
}
