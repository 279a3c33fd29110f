using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Jobs;
using Cocoon.Simulation.Ledger;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation.Payouts;

/// <summary>
/// The treasury's world: nodes that share a database and an unreliable chain, workers that earn, clients that deposit and withdraw. Nodes
/// crash, pause past their lease and come back as zombies, an old backup is restored; each entitlement is paid once.
/// </summary>
internal sealed class PayoutWorld
{
    private readonly World world;
    private readonly LedgerOracle oracle;
    private readonly SimulatedChain chain;
    private readonly PayoutFacts facts = new();
    private readonly TreasuryOperator @operator;
    private readonly PayoutPeople people;
    private readonly PayoutOptions payouts;

    public PayoutWorld(WorldOptions options, PayoutBugs bug = PayoutBugs.None, ChainFaults? chainFaults = null)
    {
        world = new World(options);
        SeededRandom chance = new(options.Seed, 5);
        LedgerKey key = new(new byte[32]);
        oracle = new LedgerOracle(world, key);
        world.Add(oracle);
        world.Database.Watch(facts);
        TreasuryWallet[] wallets = WalletsOf(options.Seed);
        chain = new SimulatedChain(world.Loop, new SeededRandom(options.Seed, 6), wallets);
        chain.Faults = chainFaults ?? (options.Faults == WorldFaults.None ? ChainFaults.None : ChainFaults.All);
        @operator = new TreasuryOperator(world, facts);
        @operator.Own.UnionWith(wallets.Select(wallet => wallet.Address));
        payouts = new PayoutOptions(options.Shards)
        {
            PayoutWallet = wallets.Length - 1,
            Threshold = new NanoTon(20_000_000),
            PayoutMin = new NanoTon(1_000_000),
            Age = TimeSpan.FromSeconds(10),
            BatchMax = 5,
            GatherPeriod = TimeSpan.FromSeconds(2),
            ScanPeriod = TimeSpan.FromSeconds(2),
            AttemptPeriod = TimeSpan.FromSeconds(1),
            CreatedBefore = TimeSpan.FromSeconds(3),
            ExpiryMargin = TimeSpan.Zero,
            AnchorPeriod = TimeSpan.FromSeconds(20),
        };
        LedgerOptions ledger = new(PeerIdentity.Scope)
        {
            CeilingOptional = true,
            WithdrawalMin = new NanoTon(1_000_000),
            Sweep = new SweepOptions
            {
                Period = TimeSpan.FromSeconds(1),
                Threshold = new NanoTon(10_000_000),
                CommissionThreshold = new NanoTon(10_000_000),
            },
        };
        PayoutParts parts = new(key, ledger, payouts, chain, facts, @operator, bug, chance);
        for (int i = 0; i < options.Proxies; i++)
            world.Add(new PayoutNode(world, i, PeerIdentity.ProxyName(i), parts));
        facts.Restored = StopNodes;
        people = new PayoutPeople(world, chain, facts, @operator, payouts, chance);
        world.Add(new PayoutOracle(world, chain, people, oracle, @operator));
    }

    /// <summary>Runs the world to its end.</summary>
    public PayoutWorldReport Run()
    {
        people.Start();
        WorldOutcome outcome = world.Run(Unrest);
        SortedDictionary<string, long> faults = new(StringComparer.Ordinal);
        foreach ((string name, long count) in world.Faults.Counts)
            faults[name] = count;
        foreach ((string name, long count) in chain.Counts)
            faults[$"chain: {name}"] = count;
        TreasuryState treasury = oracle.State(StreamId.Treasury).Treasury!;
        return new PayoutWorldReport(outcome, faults)
        {
            Payouts = treasury.LastPayout,
            Attempts = treasury.LastAttempt,
            Deliveries = people.Deliveries,
            Restores = facts.Generation,
            Expired = chain.Wallets.Count == 0 ? 0 : treasury.LastAttempt - chain.Wallets.Sum(wallet => wallet.RequestCount),
        };
    }

    /// <summary>
    /// A backup is restored with the nodes stopped; otherwise their messages of the lost time would come into the restored one. What they
    /// handed to the chain is under way all the same.
    /// </summary>
    private void StopNodes()
    {
        foreach (WorldNode node in world.Nodes)
        {
            node.Crash();
            world.Faults.Later("restart after the restore", TimeSpan.FromSeconds(2), node.Start);
        }
    }

    /// <summary>Three kinds of treasury: one Highload wallet, one for deposits and one that pays, and the small operator's V5R1.</summary>
    private static TreasuryWallet[] WalletsOf(ulong seed) => (seed % 3) switch
    {
        0 => [WalletOf(0, TreasuryWalletKind.V5R1, 12)],
        1 => [WalletOf(0, TreasuryWalletKind.HighloadV3, 20)],
        _ => [WalletOf(0, TreasuryWalletKind.V5R1, 12), WalletOf(1, TreasuryWalletKind.HighloadV3, 20)],
    };

    private static TreasuryWallet WalletOf(int number, TreasuryWalletKind kind, int timeoutSeconds) =>
        new(PayoutPeople.AddressOf("treasury", number), kind, timeoutSeconds);

    private string? Unrest()
    {
        people.Rest();
        chain.Faults = ChainFaults.None;
        LedgerState books = oracle.State(StreamId.Treasury);
        TreasuryState treasury = books.Treasury!;
        bool isScanned = chain.Wallets.All(wallet => wallet.Last is not { } last
            || (treasury.Cursors.TryGetValue(wallet.Number, out Protocol.Journal.ChainCursor? cursor) && cursor.LogicalTime == last.LogicalTime));
        bool isPaid = treasury.Attempts.Count == 0 && treasury.Awaited.Count == 0
            && treasury.Payouts.Values.All(payout => payout.Standing is PayoutStanding.Paid or PayoutStanding.Reopened)
            && books.Workers.All(worker => worker.Balance < payouts.Threshold);
        if (!isPaid || !isScanned)
            return $"not everything is {(isPaid ? "scanned" : "paid")}: {@operator.Seen?.State}, {@operator.Seen?.Text}";
        if (facts.UnknownCount > 0)
            return $"{facts.UnknownCount} facts are not known to the ledger";
        if (oracle.HasTransit || !chain.IsQuiet)
            return "money is under way";
        return treasury.Suspense.Count > 0 ? "deposits are in suspense" : null;
    }
}

/// <summary>What a payout world did.</summary>
/// <param name="Outcome">Its end.</param>
/// <param name="Faults">Faults by kind.</param>
public sealed record PayoutWorldReport(WorldOutcome Outcome, IReadOnlyDictionary<string, long> Faults)
{
    /// <summary>Payouts in the journal.</summary>
    public long Payouts { get; init; }

    /// <summary>Batches in the journal.</summary>
    public long Attempts { get; init; }

    /// <summary>Messages that paid somebody.</summary>
    public long Deliveries { get; init; }

    /// <summary>Batches that were given up; with restored backups only roughly.</summary>
    public long Expired { get; init; }

    /// <summary>Backups restored.</summary>
    public long Restores { get; init; }
}
