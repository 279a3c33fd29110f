using Cocoon.Actors.Ledger;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Routing;
using Cocoon.Protocol;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Jobs;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Tests.Simulation;

/// <summary>A small world without faults: one client sends given jobs, one after the other, and what everybody paid or earned can be read.</summary>
internal sealed class ScriptedWorld
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);
    private readonly TimeSpan duration;
    private int runs;

    /// <param name="orders">The jobs, sent every two seconds from the second second on.</param>
    /// <param name="mood">What is wrong with the n-th run, from 0; null: nothing.</param>
    /// <param name="workers">Workers, all at the reference price.</param>
    /// <param name="change">Changes the setup.</param>
    /// <param name="proxies">Proxies.</param>
    public ScriptedWorld(
        IReadOnlyList<JobOrder> orders,
        Func<int, EngineMood>? mood = null,
        int workers = 1,
        Func<JobWorldSetup, JobWorldSetup>? change = null,
        int proxies = 1)
    {
        duration = (Between * orders.Count) + TimeSpan.FromSeconds(30);
        JobWorldSetup setup = new()
        {
            Mix = new Script(orders),
            MovesMoney = false,
            KeepsBodies = true,
            Coefficients = [1000],
            Temper = _ => _ => mood?.Invoke(runs++) ?? EngineMood.Good,
        };
        World = new JobWorld(
            new WorldOptions { Proxies = proxies, Workers = workers, Clients = 1, Shards = 1, Faults = WorldFaults.None, Duration = duration },
            change?.Invoke(setup) ?? setup);
        Funding = setup.Funding;
    }

    public JobWorld World { get; }

    public NanoTon Funding { get; }

    private LedgerState Books => World.Oracle.State(StreamId.OfShard(0));

    /// <summary>What the client has paid.</summary>
    public NanoTon Paid => Books.TryGetAccount(World.Clients[0].Account, out ClientAccount? account) ? Funding - account.Balance : NanoTon.Zero;

    /// <summary>What all workers have earned.</summary>
    public NanoTon AllEarned => Enumerable.Range(0, World.Workers.Count).Aggregate(NanoTon.Zero, (sum, worker) => sum + Earned(worker));

    /// <summary>What the operator has kept.</summary>
    public NanoTon Commission => Books.Total(BookKind.Commission);

    /// <summary>What the operator has paid for hedges.</summary>
    public NanoTon Hedges => Books.Total(BookKind.Hedges);

    /// <summary>Hedging from the first tokens seen on.</summary>
    public static FleetOptions Hedging { get; } = new()
    {
        Budgets = new BudgetOptions { HedgingEnabled = true, HedgeShare = 1, HedgeSamplesMin = 3, HedgeDelayMin = TimeSpan.FromSeconds(1) },
    };

    /// <summary>What usage costs at the reference price.</summary>
    public static NanoTon Price(long prompt, long completion)
        => new JobTerms(PriceTable.DefaultRates, 1000, JobWorldSetup.CommissionBasisPoints)
            .Price([new UsageAmount(UsageClass.Prompt, prompt), new UsageAmount(UsageClass.Completion, completion)]);

    /// <summary>The price less commission.</summary>
    public static NanoTon Share(NanoTon price) => price - JobTerms.CommissionOf(price, JobWorldSetup.CommissionBasisPoints);

    /// <summary>What a worker has earned.</summary>
    public NanoTon Earned(int worker)
        => Books.TryGetWorker(PeerIdentity.Worker(worker).PublicKey, out WorkerAccount? account) ? account.Balance : NanoTon.Zero;

    /// <summary>The n-th run of any engine.</summary>
    public EngineRun Run(int number) => World.Book.Engines.Find(number)!;

    /// <summary>Has something happen at a time.</summary>
    public ScriptedWorld At(double seconds, Action happening)
    {
        World.World.Loop.Schedule("scripted", TimeSpan.FromSeconds(seconds), happening);
        return this;
    }

    /// <summary>Runs the world to its rest; every invariant must have held.</summary>
    public WorldReport Play()
    {
        WorldReport report = World.Run();
        Assert.True(report.Outcome.Violation is null, $"{report.Outcome.Violation}\n{string.Join('\n', report.Outcome.Trail)}");
        return report;
    }

    private sealed class Script(IReadOnlyList<JobOrder> orders) : IJobMix
    {
        private int asked;
        private int sent;

        public TimeSpan? UntilNext(SeededRandom chance) => asked++ < orders.Count ? Between : null;

        public JobOrder Next(SeededRandom chance) => orders[sent++];
    }
}
