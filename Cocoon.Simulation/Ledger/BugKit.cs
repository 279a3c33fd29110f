using System.Buffers;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Link;

namespace Cocoon.Simulation.Ledger;

/// <summary>Wraps ports with the mistakes that a world was given.</summary>
internal sealed class BugKit(DeliberateBugs bugs)
{
    public bool Has(DeliberateBugs bug) => (bugs & bug) != DeliberateBugs.None;

    public IJournal Wrap(IJournal journal, ISnapshots snapshots, LedgerKey key)
    {
        if (Has(DeliberateBugs.AcknowledgedBeforeDurable))
            return new HastyJournal(journal);
        return Has(DeliberateBugs.SnapshotBeforeDurable) ? new EagerSnapshots(journal, snapshots, key) : journal;
    }

    public IShardLeases Wrap(IShardLeases leases) => Has(DeliberateBugs.RecoveryWithoutNewEpoch) ? new StillEpochs(leases) : leases;

    public ILedgerRoutes Wrap(ILedgerRoutes routes) => Has(DeliberateBugs.TransferCreditedTwice) ? new RenumberingRoutes(routes) : routes;

    public Actor<LedgerCommand> Wrap(Func<Actor<LedgerCommand>> ledger)
    {
        const DeliberateBugs lies = DeliberateBugs.ReservationLeakedOnCancel | DeliberateBugs.SettledJobRunsAgain | DeliberateBugs.HedgeChargedTwice;
        return Has(lies) ? new LyingLedger(this, ledger) : ledger();
    }

    /// <summary>The handler of a link that comes in.</summary>
    public ILinkHandler Accept(ILink link, Func<ILink, ILinkHandler> accept)
    {
        if (Has(DeliberateBugs.ChunkDeliveredTwice))
            return accept(new RepeatingLink(link));
        if (Has(DeliberateBugs.RunsNotCompared))
            return new ForgetfulHandler(accept(link));
        return Has(DeliberateBugs.InFlightKeptOnLostLink) ? new DeafHandler(accept(link)) : accept(link);
    }

    private sealed class HastyJournal(IJournal journal) : IJournal
    {
        public ValueTask<AppendOutcome> AppendAsync(JournalBatch batch)
        {
            _ = journal.AppendAsync(batch with { Body = batch.Body.ToArray() }).AsTask();
            return new(AppendOutcome.Durable);
        }

        public ValueTask<IReadOnlyList<JournalBatch>> ReadAsync(StreamId stream, long afterSequence, int maxBytes)
            => journal.ReadAsync(stream, afterSequence, maxBytes);
    }

    /// <summary>Keeps a state of its own from what is sent, and saves it now and then without waiting for the answer.</summary>
    private sealed class EagerSnapshots(IJournal journal, ISnapshots snapshots, LedgerKey key) : IJournal
    {
        private readonly Dictionary<StreamId, (LedgerState State, int Batches)> sent = [];

        public ValueTask<AppendOutcome> AppendAsync(JournalBatch batch)
        {
            LedgerFold fold = new(batch.Stream);
            if (!sent.TryGetValue(batch.Stream, out (LedgerState State, int Batches) known) || known.State.Sequence != batch.FirstSequence - 1)
                return journal.AppendAsync(batch);
            EventBody events = new(batch.Stream, batch.FirstSequence, batch.Body.Span);
            while (events.TryRead(out ReadOnlySpan<byte> bytes))
                fold.Apply(known.State, fold.DecodeEvent(bytes));
            sent[batch.Stream] = (known.State, known.Batches + 1);
            if (known.Batches % 4 == 3)
                Save(batch, known.State);
            return journal.AppendAsync(batch);
        }

        public async ValueTask<IReadOnlyList<JournalBatch>> ReadAsync(StreamId stream, long afterSequence, int maxBytes)
        {
            IReadOnlyList<JournalBatch> page = await journal.ReadAsync(stream, 0, int.MaxValue);
            LedgerFold fold = new(stream);
            LedgerState state = fold.Empty();
            foreach (JournalBatch batch in page)
            {
                EventBody events = new(stream, batch.FirstSequence, batch.Body.Span);
                while (events.TryRead(out ReadOnlySpan<byte> bytes))
                    fold.Apply(state, fold.DecodeEvent(bytes));
            }

            sent[stream] = (state, 0);
            return [.. page.Where(batch => batch.FirstSequence > afterSequence)];
        }

        private void Save(JournalBatch batch, LedgerState state)
        {
            ArrayBufferWriter<byte> body = new();
            state.WriteSnapshot(body);
            _ = snapshots.SaveAsync(new Snapshot(
                batch.Stream,
                batch.LastSequence,
                batch.Chain,
                body.WrittenMemory,
                StreamChain.SnapshotMac(batch.Stream, batch.LastSequence, batch.Chain, body.WrittenSpan, key))).AsTask();
        }
    }

    private sealed class StillEpochs(IShardLeases leases) : IShardLeases
    {
        public TimeSpan Term => leases.Term;

        public ValueTask<Incarnation> JoinAsync(string endpoint) => leases.JoinAsync(endpoint);

        public ValueTask<bool> RenewAsync(Incarnation node) => leases.RenewAsync(node);

        public ValueTask<IReadOnlyList<ShardLease>> ClaimAsync(Incarnation node, int limit) => leases.ClaimAsync(node, limit);

        public ValueTask<ShardLease?> RaiseEpochAsync(Incarnation node, ShardLease lease) => new(lease);

        public ValueTask ReleaseAsync(Incarnation node, ShardLease lease) => leases.ReleaseAsync(node, lease);

        public ValueTask<LeaseTable> ReadAsync() => leases.ReadAsync();
    }

    private sealed class RenumberingRoutes(ILedgerRoutes routes) : ILedgerRoutes
    {
        private readonly HashSet<(StreamId From, StreamId To, long Number)> sent = [];

        public void Deliver(StreamId from, StreamId to, TransferOut transfer)
        {
            routes.Deliver(from, to, transfer);
            if (sent.Add((from, to, transfer.Number)))
                return;
            TransferOut again = transfer.Clone();
            again.Number++;
            routes.Deliver(from, to, again);
        }

        public void Acknowledge(StreamId sender, StreamId receiver, long number) => routes.Acknowledge(sender, receiver, number);
    }
}
