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
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(15);

    /// <summary>Price in thousandths of the reference.</summary>
    public int Coefficient => setup.Coefficients[number % setup.Coefficients.Count];

    /// <summary>The worker of the present life.</summary>
    public ActorRef<WorkerMessage>? Worker { get; private set; }

    /// <summary>One worker in four lies about usage: were it all of them, nobody would be trusted with a job in the end.</summary>
    private bool IsLiar => number % 4 == 1;

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

    /// <summary>Takes nothing new, and stops when its jobs are done or its owner has waited long enough.</summary>
    public void Drain()
    {
        if (Worker is not { } worker || Life is not { } life)
            return;
        World.Note(Id, "drains");
        worker.TellControl(new WorkerMessage.Drain(new ReplyTo<bool>(new Drained(() => World.Loop.Schedule("drained", TimeSpan.Zero, () => Restart(life))), 0)));
        World.Loop.Schedule("drain is over", DrainMax, () => Restart(life));
    }

    protected override void Crashed() => Worker = null;

    protected override bool IsExpected(Exception failure) => false;

    private void Restart(NodeLife drained)
    {
        if (Life != drained)
            return;
        Crash();
        World.Loop.Schedule("restart", TimeSpan.FromSeconds(1), Start);
    }

    private sealed class Drained(Action done) : IReplySink<bool>
    {
        public void Reply(long ticket, bool reply) => done();
    }

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
            5 when IsLiar => new EngineMood(Lie: 1_000_000_000),
            6 when IsLiar => new EngineMood(Lie: 0),
            _ => EngineMood.Good,
        };
    }
}
