using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Storage;

namespace Cocoon.Simulation.Worlds;

/// <summary>
/// Brings the world's faults about, each kind at exponentially spread times of its own, and heals everything at the end. A new kind of
/// fault is one more line in <see cref="Start"/>.
/// </summary>
internal sealed class FaultInjector(World world, SeededRandom chance)
{
    private readonly SortedDictionary<string, long> counts = new(StringComparer.Ordinal);
    private MemoryJournal? backup;
    private bool healed;

    /// <summary>Faults brought about, by kind.</summary>
    public IReadOnlyDictionary<string, long> Counts => counts;

    public void Start()
    {
        WorldFaults faults = world.Options.Faults;
        Repeat("crash", faults.CrashEvery, Crash);
        Repeat("pause", faults.PauseEvery, Pause);
        Repeat("cut from database", faults.CutFromDatabaseEvery, CutFromDatabase);
        Repeat("database crash", faults.DatabaseCrashEvery, CrashDatabase);
        Repeat("still clock", faults.StillClockEvery, StillClock);
        Repeat("wall clock jump", faults.WallJumpEvery, JumpWallClock);
        Repeat("cut", faults.CutEvery, () => world.Network.CutAny());
        Repeat("partition", faults.PartEvery, Part);
        Repeat("restore", faults.RestoreEvery, Restore);
    }

    /// <summary>No more faults; everything that is down or cut comes back.</summary>
    public void Heal()
    {
        healed = true;
        world.Database.Faults = DatabaseFaults.None;
        world.Database.Start();
        world.Network.Heal();
        foreach (WorldNode node in world.Nodes)
        {
            world.Database.SetReachable(node.Id, true);
            if (node.Life is { } life)
            {
                life.Scheduler.Clock.StandStill(false, world.Loop.Ticks);
                life.Scheduler.Clock.WallOffset = TimeSpan.Zero;
                life.Scheduler.Wake();
                world.Network.Woken(node.Id);
            }
            else
            {
                node.Start();
            }
        }
    }

    /// <summary>Has <paramref name="fault"/> happen again and again, <paramref name="mean"/> apart on average.</summary>
    public void Repeat(string name, TimeSpan mean, Action fault)
    {
        if (mean <= TimeSpan.Zero)
            return;
        // Uniform from 0 to twice the mean: no logarithm, whose last bit could differ between machines.
        world.Loop.Schedule($"fault: {name}", chance.Between(TimeSpan.Zero, mean * 2), () =>
        {
            if (healed)
                return;
            counts[name] = counts.GetValueOrDefault(name) + 1;
            fault();
            Repeat(name, mean, fault);
        });
    }

    /// <summary>Has <paramref name="action"/> end a fault after a time.</summary>
    public void Later(string name, TimeSpan delay, Action action) => world.Loop.Schedule(name, delay, action);

    private void Crash()
    {
        WorldNode node = PickNode();
        world.Note(node.Id, "crashes");
        node.Crash();
        Later("restart", chance.Between(TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(6)), node.Start);
    }

    private void Pause()
    {
        if (PickNode() is not { Life: { } life } node)
            return;
        // Half of the pauses are those of a collector, half outlast the lease.
        TimeSpan length = chance.Below(2) == 0
            ? chance.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(500))
            : chance.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(12));
        world.Note(node.Id, $"is paused for {length.TotalMilliseconds} ms");
        bool suspended = chance.Below(3) == 0;
        life.Scheduler.Pause();
        if (suspended)
            life.Scheduler.Clock.StandStill(true, world.Loop.Ticks);
        Later("wake", length, () =>
        {
            if (suspended)
                life.Scheduler.Clock.StandStill(false, world.Loop.Ticks);
            life.Scheduler.Wake();
            world.Woken(node);
        });
    }

    private void CutFromDatabase()
    {
        WorldNode node = PickProxy();
        world.Note(node.Id, "is cut off from the database");
        world.Database.SetReachable(node.Id, false);
        Later("reconnect", chance.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(10)), () => world.Database.SetReachable(node.Id, true));
    }

    private void CrashDatabase()
    {
        world.Note(-1, "the database crashes");
        world.Database.Crash();
        Later("database restart", chance.Between(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(8)), world.Database.Start);
    }

    private void StillClock()
    {
        if (PickNode() is not { Life: { } life } node)
            return;
        world.Note(node.Id, "its clock stands still");
        life.Scheduler.Clock.StandStill(true, world.Loop.Ticks);
        Later(
            "clock moves again",
            chance.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(6)),
            () => life.Scheduler.Clock.StandStill(false, world.Loop.Ticks));
    }

    private void JumpWallClock()
    {
        if (PickNode() is { Life: { } life })
            life.Scheduler.Clock.WallOffset += chance.Between(-TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5));
    }

    private void Part()
    {
        int one = PickNode().Id;
        int other = PickNode().Id;
        world.Note(one, $"is parted from node {other}");
        world.Network.SetParted(one, other, true);
        Later("joined", chance.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(45)), () => world.Network.SetParted(one, other, false));
    }

    private void Restore()
    {
        if (backup is null)
        {
            backup = world.Database.Tables.Copy();
            return;
        }

        world.Note(-1, "an older backup of the database is restored");
        world.Database.Restore(backup);
        backup = null;
    }

    /// <summary>Proxies come first in the list of nodes; half of all faults hit one, because that is where the state is.</summary>
    private WorldNode PickNode() => chance.Below(2) == 0 ? PickProxy() : world.Nodes[chance.Below(world.Nodes.Count)];

    private WorldNode PickProxy() => world.Nodes[chance.Below(world.Options.Proxies)];
}
