using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Receipts;
using Cocoon.Simulation.Invariants;
using Cocoon.Simulation.Jobs;
using Cocoon.Simulation.Scheduling;
using Cocoon.Simulation.Storage;
using Cocoon.Simulation.Worlds;
using Google.Protobuf;

namespace Cocoon.Simulation.Ledger;

/// <summary>
/// Knows what the journal really holds: it folds every batch as it lands, before any node hears of it, and holds everything that nodes
/// and clients are told against that. Batches land through it, so each check costs no more than what changed.
/// </summary>
internal sealed class LedgerOracle : IDatabaseWatcher, IInvariant, IJobWatcher
{
    private static readonly TimeSpan HealingMax = TimeSpan.FromSeconds(65);
    private readonly World world;
    private readonly LedgerKey key;
    private readonly SortedDictionary<StreamId, StreamView> streams = [];
    private readonly HashSet<JobId> closed = [];
    private readonly HashSet<JobId> acknowledged = [];
    // Clients were told that nobody has heard of these.
    private readonly HashSet<JobId> unknown = [];
    private readonly HashSet<JobId> hedged = [];
    // What a restored backup took away; it may still be under way to somebody.
    private readonly HashSet<JobId> lost = [];
    private readonly HashSet<Bytes32> lostChains = [];
    private readonly PurseCheck purses = new();
    private string? violation;
    private bool isRestoring;
    private TimeSpan? healedAt;

    public LedgerOracle(World world, LedgerKey key)
    {
        this.world = world;
        this.key = key;
        foreach (StreamId stream in world.Streams)
            streams.Add(stream, new StreamView(stream));
        world.Database.Watch(this);
    }

    /// <summary>Settlements in the journal.</summary>
    public long Settlements { get; private set; }

    /// <summary>Transfers that arrived.</summary>
    public long Transfers { get; private set; }

    /// <summary>Acknowledged settlements that a restored backup does not hold: the loss that a backup's age bounds.</summary>
    public long LostByRestore { get; private set; }

    /// <summary>Clients that found out by their own heads that history was lost.</summary>
    public long RollbacksFound { get; private set; }

    /// <summary>The books as they are durable.</summary>
    public LedgerState State(StreamId stream) => streams[stream].State;

    /// <summary>Whether the job's last instalment is durable.</summary>
    public bool IsClosed(JobId job) => closed.Contains(job);

    /// <summary>Money on its way between streams.</summary>
    public bool HasTransit => streams.Values.Any(view => view.State.Peers.Any(peer => peer.Outstanding.Count > 0));

    /// <summary>A client was told that its job is settled.</summary>
    public void Acknowledged(JobId job)
    {
        if (!closed.Contains(job) && lost.Remove(job))
        {
            LostByRestore++;
            return;
        }

        if (!closed.Contains(job))
            Violate($"job {job} was acknowledged and its settlement is not in the journal");
        if (!acknowledged.Add(job))
            Violate($"job {job} was acknowledged twice");
    }

    /// <summary>From now on every job must end by itself.</summary>
    public void NoteHealed() => healedAt ??= world.Loop.Now;

    public void Violated(string what) => Violate(what);

    /// <summary>A client gave a job up, long after its time: only while something was broken.</summary>
    public void GivenUp(JobId job)
    {
        bool wasHealthy = ReferenceEquals(world.Options.Faults, WorldFaults.None) || world.Loop.Now - healedAt > HealingMax;
        if (wasHealthy)
            Violate($"job {job} did not end: its client gave up");
    }

    /// <summary>A client was told that its job cost nothing and never will.</summary>
    public void ToldUnknown(JobId job)
    {
        if (closed.Contains(job))
            Violate($"a client was told that job {job} is unknown, and it is settled");
        unknown.Add(job);
    }

    /// <summary>A settled job was run again for its client.</summary>
    public void RanAgain(JobId job)
    {
        if (world.Options.Faults.RestoreEvery == TimeSpan.Zero)
            Violate($"job {job} was settled, sent again, and run again");
    }

    /// <summary>A client holds a receipt over this batch.</summary>
    public void HoldsReceipt(BatchRoot root) => Told(new LedgerHead(root.Stream, root.LastSequence, root.ChainHash));

    /// <summary>Somebody was told of a head: the journal must hold exactly that point.</summary>
    public void Told(LedgerHead head)
    {
        if (head.Sequence == 0)
            return;
        if (!Holds(head) && !lostChains.Contains(head.Chain))
            Violate($"somebody was told of {head}, which the journal does not hold (it ends at {streams[head.Stream].LastSequence})");
    }

    private bool Holds(LedgerHead head) => streams[head.Stream].Chains.TryGetValue(head.Sequence, out Bytes32 chain) && chain == head.Chain;

    /// <summary>
    /// A client keeps a signed head, and is told one: it must see that the stream went back or took another way, where the two show it,
    /// and only there. A node that is behind tells an earlier point of this very journal.
    /// </summary>
    public bool Compared(LedgerHead told, LedgerHead? kept, bool isContradiction)
    {
        bool shows = kept is { } newest && told.Sequence <= newest.Sequence && told != newest;
        if (shows != isContradiction)
            Violate($"a client that keeps {kept} was told of {told}: {(shows ? "it did not see the contradiction" : "it saw one that is none")}");
        Told(told);
        bool isLost = isContradiction && kept is { } gone && !Holds(gone);
        if (isLost)
            RollbacksFound++;
        return isLost;
    }

    public void Landed(JournalBatch batch, SimulatedScheduler writer, long sentAtStep)
    {
        StreamView view = streams[batch.Stream];
        CheckWriter(view, batch, writer);
        if (ReferenceEquals(view.LastReader, writer) && view.ReadAtStep > sentAtStep)
        {
            Violate(
                $"{batch.Stream}: event {batch.FirstSequence} was sent at step {sentAtStep} and landed after node {writer.Node} had recovered at "
                + $"step {view.ReadAtStep} under the same epoch {batch.Epoch}");
        }

        Take(view, batch);
    }

    public void ReadToEnd(StreamId stream, SimulatedScheduler reader)
    {
        StreamView view = streams[stream];
        (view.LastReader, view.ReadAtStep) = (reader, world.Loop.Step);
    }

    private void Take(StreamView view, JournalBatch batch)
    {
        try
        {
            StreamChain.Verify(batch, view.LastSequence, view.LastChain, key);
            EventBody events = new(batch.Stream, batch.FirstSequence, batch.Body.Span);
            LedgerFold fold = new(batch.Stream);
            while (events.TryRead(out ReadOnlySpan<byte> bytes))
                Apply(view, fold.DecodeEvent(bytes));
            view.Chains[batch.LastSequence] = batch.Chain;
            view.LastSequence = batch.LastSequence;
            view.LastChain = batch.Chain;
        }
        catch (Exception broken) when (broken is LedgerContradictionException or StreamCorruptException)
        {
            Violate(broken.Message);
        }
    }

    public void Restored()
    {
        // Streams are read one after the other, so a transfer may arrive here before it was sent.
        isRestoring = true;
        HashSet<JobId> told = [.. acknowledged];
        HashSet<JobId> before = [.. closed];
        lostChains.UnionWith(streams.Values.SelectMany(view => view.Chains.Values));
        closed.Clear();
        acknowledged.Clear();
        hedged.Clear();
        unknown.Clear();
        purses.Clear();
        foreach (StreamId stream in world.Streams)
        {
            streams[stream] = new StreamView(stream);
            foreach (JournalBatch batch in Batches(stream))
                Take(streams[stream], batch);
        }

        isRestoring = false;
        lost.UnionWith(before.Where(job => !closed.Contains(job) && !told.Contains(job)));

        foreach (JobId job in told)
        {
            if (closed.Contains(job))
                acknowledged.Add(job);
            else
                LostByRestore++;
        }
    }

    string? IInvariant.AfterStep() => violation;

    string? IInvariant.AtRest()
    {
        List<LedgerState> folded = [];
        foreach (StreamId stream in world.Streams)
        {
            LedgerState state = new(stream);
            if (Fold(stream, state) is { } wrong)
                return wrong;
            folded.Add(state);
        }

        IReadOnlyList<string> broken = LedgerInvariants.CheckAll(folded);
        return (broken.Count > 0 ? broken[0] : null)
            ?? (HasTransit ? "money is still in transit at rest" : null)
            ?? acknowledged.Where(job => !closed.Contains(job)).Select(job => $"job {job} was acknowledged and is not in the journal").FirstOrDefault();
    }

    /// <summary>Reads a stream as a verifier would: bytes, chain, MACs; and its snapshot against the same bytes.</summary>
    private string? Fold(StreamId stream, LedgerState state)
    {
        LedgerFold fold = new(stream);
        Snapshot? snapshot = DatabaseConnection.Immediate(world.Database.Tables.LoadAsync(stream));
        long last = 0;
        Bytes32 chain = default;
        foreach (JournalBatch batch in Batches(stream))
        {
            StreamChain.Verify(batch, last, chain, key);
            EventBody events = new(stream, batch.FirstSequence, batch.Body.Span);
            while (events.TryRead(out ReadOnlySpan<byte> bytes))
                fold.Apply(state, fold.DecodeEvent(bytes));
            (last, chain) = (batch.LastSequence, batch.Chain);
            if (snapshot is not null && snapshot.Sequence == last && !SameState(snapshot, state, chain))
                return $"{stream}: the snapshot at {last} is not what its events give";
        }

        return snapshot is not null && snapshot.Sequence > last ? $"{stream}: the snapshot holds event {snapshot.Sequence}, the journal ends at {last}" : null;
    }

    private static bool SameState(Snapshot snapshot, LedgerState state, Bytes32 chain)
    {
        System.Buffers.ArrayBufferWriter<byte> bytes = new();
        state.WriteSnapshot(bytes);
        return snapshot.Chain == chain && bytes.WrittenSpan.SequenceEqual(snapshot.Body.Span);
    }

    private IReadOnlyList<JournalBatch> Batches(StreamId stream)
        => DatabaseConnection.Immediate(world.Database.Tables.ReadAsync(stream, 0, int.MaxValue));

    /// <summary>One writer per epoch, and epochs only rise.</summary>
    private void CheckWriter(StreamView view, JournalBatch batch, SimulatedScheduler writer)
    {
        if (batch.Epoch < view.LastEpoch)
            Violate($"{batch.Stream}: event {batch.FirstSequence} was written under epoch {batch.Epoch} after epoch {view.LastEpoch}");
        if (batch.Epoch == view.LastEpoch && view.LastWriter is { } other && !ReferenceEquals(other, writer))
            Violate($"{batch.Stream}: two lives, of nodes {other.Node} and {writer.Node}, both wrote under epoch {batch.Epoch}");
        long current = world.Database.Tables.EpochOf(batch.Stream);
        if (current != batch.Epoch)
            Violate($"{batch.Stream}: a write of node {writer.Node} under epoch {batch.Epoch} was accepted under epoch {current}");
        (view.LastEpoch, view.LastWriter) = (batch.Epoch, writer);
    }

    private void Apply(StreamView view, LedgerEvent happened)
    {
        if (happened.TransferIn is { } arrived)
            CheckArrival(view.State.Stream, arrived);
        view.State.Apply(happened);
        if (purses.Look(happened) is { } overspent)
            Violate(overspent);
        if (happened.HedgePaid is { } hedge && !hedged.Add(IdOf(hedge.Account, hedge.Session, hedge.Number)))
            Violate($"the loser of a hedge was paid twice for job {hedge.Number} of session {hedge.Session}");
        if (happened.Settlement is not { } settlement)
            return;
        Settlements++;
        JobId job = IdOf(settlement.Account, settlement.Session, settlement.Number);
        if (unknown.Contains(job) && !isRestoring)
            Violate($"job {job} was settled after its client was told that it is unknown");
        if (!settlement.Final)
            return;
        if (!closed.Add(job))
            Violate($"job {job} was settled twice");
    }

    private static JobId IdOf(ByteString account, ulong session, long number)
        => new(new AccountId(Bytes32.From(account.Span)), new SessionId(session), number);

    private void CheckArrival(StreamId receiver, TransferIn arrived)
    {
        Transfers++;
        LedgerState sender = streams[new StreamId(arrived.From)].State;
        bool sent = isRestoring || sender.TryGetPeer(receiver, out TransferPeer? peer)
            && peer.Outstanding.Any(transfer => transfer.Number == arrived.Number && transfer.Amount == arrived.Amount);
        if (!sent)
            Violate($"{receiver} credits transfer {arrived.Number} from {sender.Stream}, which has no such transfer in transit");
    }

    private void Violate(string what) => violation ??= what;

    private sealed class StreamView(StreamId stream)
    {
        public LedgerState State { get; } = new(stream);

        public Dictionary<long, Bytes32> Chains { get; } = [];

        public long LastSequence { get; set; }

        public Bytes32 LastChain { get; set; }

        public long LastEpoch { get; set; }

        public SimulatedScheduler? LastWriter { get; set; }

        public SimulatedScheduler? LastReader { get; set; }

        public long ReadAtStep { get; set; }
    }
}
