using Cocoon.Actors.Ledger;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Routing;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Ledger;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation.Jobs;

/// <summary>What a world's jobs, money and machines are like, beyond its sizes and faults.</summary>
internal sealed record JobWorldSetup
{
    /// <summary>Commission of the world's operator in basis points.</summary>
    public const int CommissionBasisPoints = 500;

    /// <summary>Which jobs are sent; null = the standard mix at the options' rate.</summary>
    public IJobMix? Mix { get; init; }

    /// <summary>What every client has at first.</summary>
    public NanoTon Funding { get; init; } = new(200 * NanoTon.PerTon);

    /// <summary>Room that clients sign for beyond what they spent.</summary>
    public NanoTon CeilingHeadroom { get; init; } = new(NanoTon.PerTon / 100);

    /// <summary>Whether money moves between accounts and into the treasury meanwhile.</summary>
    public bool MovesMoney { get; init; } = true;

    /// <summary>What goes wrong with the runs of each worker; null = what the world's faults say.</summary>
    public Func<int, Func<JobPlan, EngineMood>>? Temper { get; init; }

    /// <summary>Prices of the workers in thousandths of the reference, in turn.</summary>
    public IReadOnlyList<int> Coefficients { get; init; } = [1000, 900, 1100, 1500];

    /// <summary>Seals bodies and answers with a key that proxies lack; null = they go in the clear.</summary>
    public JobSeal? Seal { get; init; }

    /// <summary>Whether proxies' links keep what they relay, to be looked at by a test.</summary>
    public bool KeepsBodies { get; init; }

    /// <summary>How proxies run jobs.</summary>
    public ProxySettings Settings { get; init; } = new(PeerIdentity.Scope, 1, new PriceTable(CommissionBasisPoints).With(SimulatedEngine.Model))
    {
        InstalmentPeriod = TimeSpan.FromSeconds(4),
    };

    /// <summary>How proxies choose workers.</summary>
    public FleetOptions Fleet { get; init; } = new();

    /// <summary>The ledgers' configuration.</summary>
    public LedgerOptions Ledger { get; init; } = new(PeerIdentity.Scope) { ReservationGrace = TimeSpan.FromSeconds(5) };

    /// <summary>What is deliberately wrong.</summary>
    public DeliberateBugs Bugs { get; init; }

    /// <summary>The setup of a standard world: in every second one late first tokens are hedged.</summary>
    public static JobWorldSetup Standard(WorldOptions options) => new()
    {
        Fleet = new FleetOptions
        {
            Budgets = new BudgetOptions
            {
                HedgingEnabled = options.Seed % 2 == 0,
                HedgeShare = 0.2,
                HedgeSamplesMin = 10,
                HedgeQuantile = 0.7,
                HedgeDelayMin = TimeSpan.FromMilliseconds(50),
            },
        },
    };
}
