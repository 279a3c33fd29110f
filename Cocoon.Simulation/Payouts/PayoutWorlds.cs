using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation.Payouts;

/// <summary>The treasury's worlds that <c>cocoon simulate payouts</c> and the tests run.</summary>
public static class PayoutWorlds
{
    /// <summary>
    /// The world of a seed: one or two nodes for a minute, with faults that suit so short a time. Every fourth world has an old backup
    /// restored now and then.
    /// </summary>
    public static WorldOptions OptionsOf(ulong seed) => new()
    {
        Seed = seed,
        Duration = TimeSpan.FromSeconds(60),
        RestMax = TimeSpan.FromMinutes(10),
        Proxies = seed % 5 == 0 ? 1 : 2,
        Workers = 0,
        Clients = 0,
        Shards = 2,
        Faults = seed % 4 == 3 ? Restoring : Plain,
    };

    /// <summary>Runs one world on the calling thread. Violations are reported, not thrown.</summary>
    /// <param name="options">Seed and faults; see <see cref="OptionsOf"/>.</param>
    /// <param name="bug">A deliberate mistake.</param>
    /// <param name="chain">How the chain behaves; null: everything goes wrong, or nothing where the options have no faults.</param>
    public static PayoutWorldReport Run(WorldOptions options, PayoutBugs bug = PayoutBugs.None, ChainFaults? chain = null)
        => new PayoutWorld(options, bug, chain).Run();

    private static WorldFaults Plain { get; } = WorldFaults.Harsh with
    {
        Network = Network.NetworkFaults.None,
        LyingPeers = false,
        LyingWorkers = false,
        CutEvery = TimeSpan.Zero,
        PartEvery = TimeSpan.Zero,
        CrashEvery = TimeSpan.FromSeconds(8),
        PauseEvery = TimeSpan.FromSeconds(8),
    };

    private static WorldFaults Restoring { get; } = Plain with { RestoreEvery = TimeSpan.FromSeconds(15) };
}
