using System.Globalization;
using Cocoon.Actors.Runtime;
using Cocoon.Actors.Worker;
using Cocoon.Protocol.Link;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation.Jobs;

/// <summary>A GPU owner's machine: the production worker around an engine of the world.</summary>
internal sealed class WorkerMachine(World world, int id, int number, EngineBook book, JobWorldSetup setup)
    : WorldNode(world, id, string.Create(CultureInfo.InvariantCulture, $"worker-{number}"))
{
    /// <summary>Price in thousandths of the reference.</summary>
    public int Coefficient => setup.Coefficients[number % setup.Coefficients.Count];

    /// <summary>The worker of the present life.</summary>
    public ActorRef<WorkerMessage>? Worker { get; private set; }

    protected override void Boot(NodeLife life)
    {
        SeededRandom chance = new(World.Options.Seed, ((ulong)Id << 24) + (ulong)Lives);
        SimulatedEngine engine = new(life.Scheduler, number, book, setup.Temper?.Invoke(number) ?? (_ => Temper(chance)), World.Violated) { Seal = setup.Seal };
        WorkerSettings settings = new()
        {
            Proxies = PeerIdentity.ProxiesOf(World.Options.Proxies, number),
            Owner = PeerIdentity.Worker(number).PublicKey,
            CoefficientThousandths = Coefficient,
            Seals = setup.Seal,
            Redial = new BackoffOptions { MaxMs = 3000 },
        };
        Worker = life.System.Spawn(
            "worker", () => new WorkerActor(settings, life.Transport, engine), new SpawnOptions(MailboxCapacity: 16_384));
    }

    protected override void Crashed() => Worker = null;

    protected override bool IsExpected(Exception failure) => false;

    /// <summary>Some runs fail, before or after the first chunk; some are far too slow; some claim absurd usage.</summary>
    private EngineMood Temper(SeededRandom chance)
    {
        if (!World.Options.Faults.LyingWorkers)
            return EngineMood.Good;
        return chance.Below(60) switch
        {
            0 or 1 => new EngineMood(FailsAtChunk: 0),
            2 => new EngineMood(FailsAtChunk: 1 + chance.Below(10)),
            3 => new EngineMood(Slowness: 20),
            4 => new EngineMood(Slowness: 1000),
            5 => new EngineMood(Lie: 1_000_000_000),
            6 => new EngineMood(Lie: 0),
            _ => EngineMood.Good,
        };
    }
}
