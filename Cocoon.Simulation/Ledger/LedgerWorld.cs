using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Peers;
using Cocoon.Simulation.Storage;
using Cocoon.Simulation.Worlds;
using Google.Protobuf;

namespace Cocoon.Simulation.Ledger;

/// <summary>
/// The standard world: proxies that share a database, workers, clients with jobs, transfers between the clients' accounts, sweeps of
/// earnings into the treasury; everything fails, and the books are held to their invariants throughout.
/// </summary>
internal sealed class LedgerWorld
{
    private static readonly TimeSpan LaneMean = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(20);
    private static readonly NanoTon Funding = new(200 * NanoTon.PerTon);
    private readonly World world;
    private readonly SeededRandom chance;
    private readonly LedgerOracle oracle;
    private readonly Errands errands = new();
    private readonly JobBook book;
    private readonly List<ClientNode> clients = [];
    private long requests;
    private bool resting;
    private bool balancesAsked;

    public LedgerWorld(WorldOptions options, DeliberateBugs bugs = DeliberateBugs.None)
    {
        BugKit kit = new(bugs);
        world = new World(options, checksEpoch: !kit.Has(DeliberateBugs.NoFence));
        chance = new SeededRandom(options.Seed, 5);
        LedgerKey key = new(new byte[32]);
        oracle = new LedgerOracle(world, key);
        world.Add(oracle);
        book = new JobBook(oracle.Acknowledged);
        LedgerOptions ledger = new(PeerIdentity.Scope) { CeilingOptional = true, ReservationGrace = TimeSpan.FromSeconds(5) };
        ProxyParts parts = new(key, ledger, errands, oracle, kit);
        int id = 0;
        for (int i = 0; i < options.Proxies; i++)
            world.Add(new ProxyNode(world, id++, i, parts));
        for (int i = 0; i < options.Workers; i++)
            world.Add(new WorkerNode(world, id++, i));
        for (int i = 0; i < options.Clients; i++)
        {
            ClientNode client = new(world, id++, i, book);
            clients.Add(client);
            world.Add(client);
        }

        if (options.Faults.LyingPeers)
        {
            world.Network.MakeLiar(options.Proxies);
            world.Network.MakeLiar(options.Proxies + options.Workers);
        }
    }

    /// <summary>Runs the world to its end.</summary>
    public WorldReport Run()
    {
        foreach (ClientNode client in clients)
            Credit(client.Account);
        world.Loop.Schedule("lane", chance.Between(TimeSpan.Zero, LaneMean * 2), Lane);
        world.Loop.Schedule("sweep", SweepPeriod, Sweep);
        WorldOutcome outcome = world.Run(IsAtRest);
        SortedDictionary<string, long> faults = new(StringComparer.Ordinal);
        foreach ((string name, long count) in world.Faults.Counts)
            faults[name] = count;
        foreach ((string name, long count) in world.Network.Counts)
            faults[$"network: {name}"] = count;
        foreach (RequestFate fate in Enum.GetValues<RequestFate>())
        {
            if (fate != RequestFate.Answered)
                faults[$"database: {fate}"] = world.Database.Counts[fate];
        }

        return new WorldReport(outcome, faults)
        {
            Submitted = book.Submitted,
            Acknowledged = book.Acknowledged,
            Retried = book.Retried,
            Refused = book.Refused,
            Interrupted = book.Interrupted,
            Settlements = oracle.Settlements,
            Transfers = oracle.Transfers,
            LostByRestore = oracle.LostByRestore,
        };
    }

    private bool IsAtRest()
    {
        resting = true;
        book.TakesJobs = false;
        if (book.OpenCount > 0 || errands.Count > 0 || oracle.HasTransit)
            return false;
        if (balancesAsked)
            return true;
        balancesAsked = true;
        foreach (ClientNode client in clients)
            LookAtBalance(client.Account);
        return false;
    }

    /// <summary>At rest nothing is reserved, and the ledger in memory says what the journal says.</summary>
    private void LookAtBalance(AccountId account)
        => errands.Add(new Errand(ShardOf(account), async ledger =>
        {
            BalanceAnswer answer = await ledger.AskAsync<BalanceAnswer>(reply => new QueryBalance(account, reply), Errand.Deadline);
            if (answer.Reserved != NanoTon.Zero)
                return null;
            NanoTon booked = oracle.State(ShardOf(account)).TryGetAccount(account, out ClientAccount? known) ? known.Balance : NanoTon.Zero;
            if (booked != answer.Balance)
                world.Violated($"account {account} is told it has {answer.Balance}, the journal says {booked}");
            return answer.Head;
        }));

    private void Credit(AccountId account)
        => errands.Add(Errand.Of(ShardOf(account), reply => new Credit(account, Funding, $"first {account}", "simulated", reply)));

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
        world.Loop.Schedule("lane", chance.Between(TimeSpan.Zero, LaneMean * 2), Lane);
    }

    private void Sweep()
    {
        if (resting)
            return;
        foreach (StreamId stream in world.Streams)
        {
            if (!stream.IsTreasury)
                errands.Add(Errand.Of(stream, reply => new SweepEarnings(new NanoTon(NanoTon.PerTon / 100), TimeSpan.FromMinutes(2), reply)));
        }

        world.Loop.Schedule("sweep", SweepPeriod, Sweep);
    }

    private StreamId ShardOf(AccountId account) => StreamId.OfShard(account.Shard(world.Options.Shards));
}
