using Cocoon.Protocol;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Invariants;
using Cocoon.Simulation.Network;
using Cocoon.Simulation.Scheduling;
using Cocoon.Simulation.Storage;

namespace Cocoon.Simulation.Worlds;

/// <summary>
/// A network under a seed: one loop, one database, nodes, faults and invariants. Derived or outside code adds nodes and invariants before
/// <see cref="Run"/>; everything random in it is drawn from streams of the seed.
/// </summary>
internal sealed class World
{
    private static readonly TimeSpan LeaseTerm = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RestStep = TimeSpan.FromSeconds(1);
    private readonly List<WorldNode> nodes = [];
    private readonly List<IInvariant> invariants = [];
    private string? violation;

    public World(WorldOptions options, bool checksEpoch = true)
    {
        Options = options;
        Trail = new Trail(options.TrailLines) { Detailed = options.Detailed };
        Loop = new WorldLoop(new SeededRandom(options.Seed, 1), Trail);
        Streams = [StreamId.Treasury, .. Enumerable.Range(0, options.Shards).Select(StreamId.OfShard)];
        Database = new SimulatedDatabase(Loop, new SeededRandom(options.Seed, 2), Streams, LeaseTerm, isPrivate: options.Proxies == 1, checksEpoch)
        {
            Faults = options.Faults.Database,
        };
        Network = new SimulatedNetwork(Loop, new SeededRandom(options.Seed, 4)) { Faults = options.Faults.Network };
        Faults = new FaultInjector(this, new SeededRandom(options.Seed, 3));
    }

    public WorldOptions Options { get; }

    public Trail Trail { get; }

    public WorldLoop Loop { get; }

    /// <summary>The treasury, then the shards.</summary>
    public IReadOnlyList<StreamId> Streams { get; }

    public SimulatedDatabase Database { get; }

    public SimulatedNetwork Network { get; }

    public FaultInjector Faults { get; }

    public IReadOnlyList<WorldNode> Nodes => nodes;

    public void Add(WorldNode node) => nodes.Add(node);

    public void Add(IInvariant invariant) => invariants.Add(invariant);

    /// <summary>Adds a line to the trail, and to its hash.</summary>
    public void Note(int node, string line) => Trail.Note(Loop.Step, Loop.Ticks, node, 0, line, null);

    /// <summary>Ends the run: something that must hold did not.</summary>
    public void Violated(string what) => violation ??= what;

    /// <summary>A paused node runs again.</summary>
    public void Woken(WorldNode node)
    {
        Note(node.Id, "wakes");
        Network.Woken(node.Id);
    }

    /// <summary>
    /// Runs load and faults for the options' duration, heals, and waits until <paramref name="unrest"/> names nothing any more that keeps it from its rest; then the full checks.
    /// </summary>
    public WorldOutcome Run(Func<string?> unrest)
    {
        foreach (WorldNode node in nodes)
            node.Start();
        Faults.Start();
        Advance(Options.Duration);
        if (violation is null)
        {
            Note(-1, "the world heals");
            Faults.Heal();
            TimeSpan last = Options.Duration + Options.RestMax;
            while (violation is null && unrest() is { } unrestful)
            {
                if (Loop.Now >= last)
                    Violated($"the world did not come to rest within {Options.RestMax.TotalSeconds} s after its last fault: {unrestful}");
                else
                    Advance(Loop.Now + RestStep);
            }

            foreach (IInvariant invariant in invariants)
                CheckAtRest(invariant);
        }

        return new WorldOutcome(Options.Seed, Loop.Step, Loop.Now, Trail.Hash, violation, violation is null && !Options.Detailed ? [] : Trail.Lines());
    }

    private void Advance(TimeSpan end)
    {
        Loop.RunUntil(end, AfterStep);
    }

    private bool AfterStep()
    {
        Network.Flush();
        foreach (IInvariant invariant in invariants)
        {
            if (violation is null && invariant.AfterStep() is { } broken)
                violation = broken;
        }

        return violation is null;
    }

    private void CheckAtRest(IInvariant invariant)
    {
        if (violation is null && invariant.AtRest() is { } broken)
            violation = broken;
    }
}

/// <summary>How a world ended.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="Time">World time at the end.</param>
/// <param name="Hash">Hash of the trail.</param>
/// <param name="Violation">What did not hold, or null.</param>
/// <param name="Trail">The steps that led to it.</param>
public sealed record WorldOutcome(ulong Seed, long Steps, TimeSpan Time, string Hash, string? Violation, IReadOnlyList<string> Trail);
