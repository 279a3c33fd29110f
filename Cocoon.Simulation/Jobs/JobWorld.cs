using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Ledger;
using Cocoon.Simulation.Storage;
using Cocoon.Simulation.Worlds;
using Google.Protobuf;

namespace Cocoon.Simulation.Jobs;

/// <summary>
/// The standard world: proxies that share a database and a fleet of workers, clients whose jobs go their whole way, money that moves
/// between accounts; everything fails, and jobs and books are held to their invariants throughout.
/// </summary>
internal sealed class JobWorld
{
    private static readonly TimeSpan LaneMean = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(20);
    private readonly JobWorldSetup setup;
    private readonly SeededRandom chance;
    private readonly Errands errands = new();
    private readonly List<ProxyMachine> proxies = [];
    private readonly List<WorkerMachine> workers = [];
    private readonly List<ClientMachine> clients = [];
    private readonly RestProbe probe;
    private long requests;
    private bool resting;
    private bool balancesAsked;

    public JobWorld(WorldOptions options, DeliberateBugs bugs = DeliberateBugs.None)
        : this(options, JobWorldSetup.Standard(options) with { Bugs = bugs })
    {
    }

    public JobWorld(WorldOptions options, JobWorldSetup setup)
    {
        this.setup = setup;
        BugKit kit = new(setup.Bugs);
        World = new World(options, checksEpoch: !kit.Has(DeliberateBugs.NoFence));
        chance = new SeededRandom(options.Seed, 5);
        LedgerKey key = new(new byte[32]);
        Oracle = new LedgerOracle(World, key);
        World.Add(Oracle);
        EngineBook engines = new();
        Book = new JobBook(engines, Oracle)
        {
            TemplateTokens = setup.Settings.TemplateTokens,
            Liars = options.Faults.LyingPeers ? new HashSet<PublicKey> { PeerIdentity.Worker(0).PublicKey, PeerIdentity.Client(0).PublicKey } : new HashSet<PublicKey>(),
        };
        TimeSpan mean = TimeSpan.FromSeconds(1) * options.Clients / Math.Max(1, options.JobsPerSecond);
        // A client that shows a head that is gone stops its shard until an operator comes: where backups are restored clients look for themselves.
        ClientParts parts = new(
            options.Proxies, options.Clients, Book, setup.Mix ?? new StandardMix(mean), setup.CeilingHeadroom, options.Faults.RestoreEvery == TimeSpan.Zero, setup.Seal);
        ProxyParts proxy = new(key, setup.Settings with { ShardCount = options.Shards }, setup.Fleet, setup.Ledger, errands, Oracle, kit, setup.KeepsBodies);
        int id = 0;
        for (int i = 0; i < options.Proxies; i++)
            Add(proxies, new ProxyMachine(World, id++, i, proxy));
        for (int i = 0; i < options.Workers; i++)
            Add(workers, new WorkerMachine(World, id++, i, engines, setup));
        for (int i = 0; i < options.Clients; i++)
            Add(clients, new ClientMachine(World, id++, i, parts));
        if (options.Faults.LyingPeers)
        {
            World.Network.MakeLiar(options.Proxies);
            World.Network.MakeLiar(options.Proxies + options.Workers);
        }

        probe = new RestProbe(World, proxies, workers);
    }

    public World World { get; }

    public JobBook Book { get; }

    /// <summary>The books as they are durable.</summary>
    public LedgerOracle Oracle { get; }

    public IReadOnlyList<ProxyMachine> Proxies => proxies;

    public IReadOnlyList<WorkerMachine> Workers => workers;

    public IReadOnlyList<ClientMachine> Clients => clients;

    /// <summary>The shard of an account.</summary>
    public StreamId ShardOf(AccountId account) => StreamId.OfShard(account.Shard(World.Options.Shards));

    /// <summary>Runs the world to its end.</summary>
    public WorldReport Run()
    {
        foreach (AccountId account in clients.Select(client => client.Account).Distinct())
            Credit(account);
        probe.Start();
        if (setup.MovesMoney)
        {
            World.Loop.Schedule("lane", chance.Between(TimeSpan.Zero, LaneMean * 2), Lane);
            World.Loop.Schedule("sweep", SweepPeriod, Sweep);
        }

        World.Faults.Repeat("drain", World.Options.Faults.DrainEvery, Drain);
        WorldOutcome outcome = World.Run(Unrest);
        SortedDictionary<string, long> faults = new(StringComparer.Ordinal);
        foreach ((string name, long count) in World.Faults.Counts)
            faults[name] = count;
        foreach ((string name, long count) in World.Network.Counts)
            faults[$"network: {name}"] = count;
        foreach (RequestFate fate in Enum.GetValues<RequestFate>())
        {
            if (fate != RequestFate.Answered)
                faults[$"database: {fate}"] = World.Database.Counts[fate];
        }

        return new WorldReport(outcome, faults)
        {
            Submitted = Book.Submitted,
            Acknowledged = Book.Acknowledged,
            Resumed = Book.Resumed,
            Cancelled = Book.Cancelled,
            Failed = Book.Failures.ToDictionary(failure => failure.Key.ToString(), failure => failure.Value, StringComparer.Ordinal),
            Runs = Book.Engines.Runs,
            Settlements = Oracle.Settlements,
            Transfers = Oracle.Transfers,
            LostByRestore = Oracle.LostByRestore,
            RollbacksFound = Oracle.RollbacksFound,
            PursesUsedUp = Book.Failures.GetValueOrDefault(Protocol.V1.JobErrorCode.PurseBudget),
        };
    }

    private void Add<TMachine>(List<TMachine> machines, TMachine machine)
        where TMachine : WorldNode
    {
        machines.Add(machine);
        World.Add(machine);
    }

    /// <summary>What keeps the world from its rest, or null.</summary>
    private string? Unrest()
    {
        resting = true;
        Book.TakesJobs = false;
        Oracle.NoteHealed();
        if (Book.OpenCount > 0)
            return $"clients wait for {Book.OpenCount} jobs, job {Book.FirstOpen} among them";
        if (errands.Count > 0)
            return $"{errands.Count} errands are not done";
        if (Oracle.HasTransit)
            return "money is in transit";
        if (probe.Unrest() is { } found)
            return found;
        if (World.Network.FindOpenStream() is { } open)
            return open;
        if (balancesAsked)
            return null;
        balancesAsked = true;
        foreach (ClientMachine client in clients)
            LookAtBalance(client.Account);
        return "balances are being asked";
    }

    /// <summary>At rest nothing is reserved, and the ledger in memory says what the journal says.</summary>
    private void LookAtBalance(AccountId account)
        => errands.Add(new Errand(ShardOf(account), async shard =>
        {
            BalanceAnswer answer = await Errand.AskAsync<BalanceAnswer>(shard, reply => new QueryBalance(account, reply));
            if (answer.Reserved != NanoTon.Zero)
                World.Violated($"{answer.Reserved} of account {account} are reserved while no job is left");
            NanoTon booked = Oracle.State(ShardOf(account)).TryGetAccount(account, out ClientAccount? known) ? known.Balance : NanoTon.Zero;
            if (booked != answer.Balance)
                World.Violated($"account {account} is told it has {answer.Balance}, the journal says {booked}");
            return answer.Head;
        }));

    private void Drain()
    {
        if (chance.Below(3) == 0)
            proxies[chance.Below(proxies.Count)].Drain();
        else
            workers[chance.Below(workers.Count)].Drain();
    }

    private void Credit(AccountId account)
        => errands.Add(Errand.Of(ShardOf(account), reply => new Credit(account, setup.Funding, $"first {account}", "simulated", reply)));

    /// <summary>One client moves a little money to another account; the request number makes it once only.</summary>
    private void Lane()
    {
        if (resting)
            return;
        AccountId from = clients[chance.Below(clients.Count)].Account;
        AccountId to = clients[chance.Below(clients.Count)].Account;
        long request = ++requests;
        long amount = chance.Between(1, NanoTon.PerTon);
        errands.Add(Errand.Of(ShardOf(from), reply => new StartTransfer(
            ShardOf(to),
            new TransferOut
            {
                Kind = TransferKind.Lane,
                Amount = amount,
                Source = ByteString.CopyFrom(from.Value.AsSpan()),
                Beneficiary = ByteString.CopyFrom(to.Value.AsSpan()),
                Request = request,
            },
            reply)));
        World.Loop.Schedule("lane", chance.Between(TimeSpan.Zero, LaneMean * 2), Lane);
    }

    private void Sweep()
    {
        if (resting)
            return;
        foreach (StreamId stream in World.Streams)
        {
            if (!stream.IsTreasury)
                errands.Add(Errand.Of(stream, reply => new SweepEarnings(new NanoTon(NanoTon.PerTon / 100), TimeSpan.FromMinutes(2), reply)));
        }

        World.Loop.Schedule("sweep", SweepPeriod, Sweep);
    }
}
