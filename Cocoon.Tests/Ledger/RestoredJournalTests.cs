using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Jobs;
using Cocoon.Simulation.Network;
using Cocoon.Simulation.Storage;
using Cocoon.Tests.Simulation;

namespace Cocoon.Tests.Ledger;

/// <summary>An older copy of the journal is put in place while its ledger runs: what the ledger remembers beyond it is told to nobody.</summary>
public sealed class RestoredJournalTests : ILedgerRoutes
{
    private static readonly StreamId Stream = StreamId.OfShard(0);
    private readonly AccountId account = LedgerSamples.Account(1);
    private readonly RuntimeHarness harness = new(simulated: true);
    private readonly List<SettleAnswer> settled = [];
    private readonly List<LedgerAnswer> credited = [];
    private readonly Exchangeable journal;
    private readonly ActorRef<LedgerCommand> ledger;

    public RestoredJournalTests()
    {
        journal = new Exchangeable(new MemoryJournal([Stream], () => harness.Loop.Now, TimeSpan.FromHours(1)));
        Incarnation node = DatabaseConnection.Immediate(journal.Store.JoinAsync("test"));
        StreamOwnership ownership = new(journal.Store, node, DatabaseConnection.Immediate(journal.Store.ClaimAsync(node, 1))[0]);
        LedgerKey key = new(new byte[32]);
        LinkIdentity proxy = PeerIdentity.Proxy(0);
        ReceiptAuthority receipts = new(PeerIdentity.Scope, proxy.Signer, proxy.Certificate!, key);
        ledger = harness.System.Spawn(
            "ledger",
            () => new LedgerActor(
                new Actors.Persistence.Persistence(journal, journal.Store, ownership, key),
                new LedgerOptions(PeerIdentity.Scope) { CeilingOptional = true },
                this,
                SimulatedSigner.Verifier,
                receipts),
            new SpawnOptions(Restart: RestartPolicy.Always));
    }

    [Fact]
    public async Task ASettlementThatTheJournalLostIsMadeAgainInsteadOfBeingToldWithoutAReceipt()
    {
        ledger.Tell(new Credit(account, new NanoTon(NanoTon.PerTon), "once", "", Into(credited)));
        await harness.UntilAsync(() => credited.Count == 1);
        MemoryJournal backup = journal.Store.Copy();
        Settle();
        await harness.UntilAsync(() => settled.Count == 1);
        Assert.NotNull(settled[0].Receipt);

        journal.Store = backup;
        Settle();
        await harness.UntilAsync(() => harness.Failures.Count == 1);
        Assert.IsType<StreamInterruptedException>(harness.Failures[0].Failure);
        Assert.Single(settled);

        // The job asks until it is answered, as it does after any restart of its ledger.
        Settle();
        await harness.UntilAsync(() => settled.Count == 2);
        Assert.Equal(LedgerRefusal.None, settled[1].Refusal);
        Assert.Equal(settled[0].Total, settled[1].Total);
        Assert.NotNull(settled[1].Receipt);
    }

    void ILedgerRoutes.Deliver(StreamId from, StreamId to, TransferOut transfer)
    {
    }

    void ILedgerRoutes.Acknowledge(StreamId sender, StreamId receiver, long number)
    {
    }

    private void Settle()
        => ledger.Tell(new Settle(
            new JobId(account, SessionId.Open(harness.Simulated!.UtcNow.ToUnixTimeSeconds(), 1), 1),
            1,
            true,
            LedgerSamples.Worker(1),
            "tiny",
            LedgerWorld.Terms,
            [new(UsageClass.Prompt, 1000), new(UsageClass.Completion, 10)],
            Into(settled)));

    private static ReplyTo<T> Into<T>(List<T> answers) => new(new Catcher<T>(answers), 0);

    private sealed class Catcher<T>(List<T> answers) : IReplySink<T>
    {
        public void Reply(long ticket, T reply) => answers.Add(reply);
    }

    private sealed class Exchangeable(MemoryJournal first) : IJournal
    {
        public MemoryJournal Store { get; set; } = first;

        public ValueTask<AppendOutcome> AppendAsync(JournalBatch batch) => Store.AppendAsync(batch);

        public ValueTask<IReadOnlyList<JournalBatch>> ReadAsync(StreamId stream, long afterSequence, int maxBytes)
            => Store.ReadAsync(stream, afterSequence, maxBytes);
    }
}
