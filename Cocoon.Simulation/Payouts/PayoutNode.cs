using Cocoon.Actors.Cluster;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Journal;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Network;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation.Payouts;

/// <summary>A node of the operator: the production supervisor, ledgers and payout actor, and a front that tells them what the world knows.</summary>
internal sealed class PayoutNode(World world, int id, string name, PayoutParts parts) : WorldNode(world, id, name), ILedgerRoutes
{
    private ShardDirectory<LedgerCommand>? directory;

    protected override void Boot(NodeLife life)
    {
        NodeStanding standing = new();
        ShardDirectory<LedgerCommand> places = directory = new();
        SeededRandom chance = new(World.Options.Seed, ((ulong)Id << 24) + (ulong)Lives);
        ITreasuryChain chain = LyingChain.Wrap(new ChainConnection(parts.Chain, World.Loop, life.Scheduler, chance), parts.Bug);
        StreamHeads heads = new();
        life.System.Spawn("shards", () => new ShardSupervisor<LedgerCommand>(life.Database, Name, standing, places, ownership =>
        {
            Persistence persistence = new(life.Database, life.Database, ownership, parts.Key, SnapshotEvery: 40);
            return ownership.Stream.IsTreasury
                ? new PayoutActor(persistence, parts.Ledger, parts.Payouts, this, SimulatedSigner.Verifier, chain, heads)
                : new LedgerActor(persistence, parts.Ledger, this, SimulatedSigner.Verifier, heads: heads);
        }));
        life.System.Spawn("front", () => new PayoutFront(places, standing, parts));
    }

    protected override void Crashed() => directory = null;

    protected override bool IsExpected(Exception failure)
        => failure is StreamFencedException or StreamInterruptedException or JournalUnavailableException;

    void ILedgerRoutes.Deliver(StreamId from, StreamId to, TransferOut transfer) => Pass(to, new DeliverTransfer(from, transfer.Clone()));

    void ILedgerRoutes.Acknowledge(StreamId sender, StreamId receiver, long number) => Pass(sender, new TransferArrived(receiver, number));

    // Between nodes messages come late, twice or not at all; the production resend has to cope.
    private void Pass(StreamId to, LedgerCommand command)
    {
        if (directory?.Find(to) is not { } place)
            return;
        if (place.Here is { } here)
        {
            here.Tell(command);
            return;
        }

        if (World.Nodes.FirstOrDefault(other => other.Name == place.Endpoint) is not PayoutNode owner)
            return;
        int generation = parts.Facts.Generation;
        int copies = parts.Chance.Below(20) switch { 0 => 0, 1 => 2, _ => 1 };
        for (int i = 0; i < copies; i++)
        {
            World.Loop.Schedule($"to {to}", parts.Chance.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(300)), () =>
            {
                if (generation == parts.Facts.Generation && owner.Life is { Scheduler.IsPaused: false })
                    owner.directory?.Find(to).Here?.Tell(command);
            });
        }
    }
}

/// <summary>What the nodes of a payout world share.</summary>
internal sealed record PayoutParts(
    LedgerKey Key, LedgerOptions Ledger, PayoutOptions Payouts, SimulatedChain Chain, PayoutFacts Facts, TreasuryOperator Operator, PayoutBugs Bug, SeededRandom Chance);

/// <summary>Tells the streams that its node serves what they do not know yet, and lets the operator look at the treasury.</summary>
internal sealed class PayoutFront(ShardDirectory<LedgerCommand> places, NodeStanding standing, PayoutParts parts) : Actor<PayoutFront.Due>
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(700);
    private readonly HashSet<StreamId> busy = [];

    protected override void OnStart() => StartPeriodicTimer(Period, Due.Now);

    protected override void Receive(Due message)
    {
        if (!standing.MaySpeak(Now))
            return;
        for (int number = StreamId.Treasury.Number; number < parts.Payouts.ShardCount; number++)
        {
            StreamId stream = new(number);
            if (places.Find(stream).Here is { } ledger && busy.Add(stream))
                Run(_ => TellAsync(stream, ledger));
        }
    }

    private async ValueTask TellAsync(StreamId stream, ActorRef<LedgerCommand> ledger)
    {
        try
        {
            int generation = parts.Facts.Generation;
            foreach (PayoutFact fact in parts.Facts.Unknown(stream))
            {
                if (await fact.TellAsync(ledger))
                    parts.Facts.Known(fact, generation);
            }

            if (stream.IsTreasury)
                await parts.Operator.LookAsync(ledger);
        }
        catch (Exception failure) when (failure is AskTimeoutException or AskRefusedException)
        {
            // Whether it is known is unknown: it is told again.
        }

        busy.Remove(stream);
    }

    internal sealed record Due
    {
        public static readonly Due Now = new();
    }
}
