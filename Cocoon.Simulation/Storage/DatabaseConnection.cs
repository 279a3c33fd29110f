using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Simulation.Scheduling;

namespace Cocoon.Simulation.Storage;

/// <summary>One node's journal, snapshots and leases: every call is a request to the world's database.</summary>
internal sealed class DatabaseConnection(SimulatedDatabase database, SimulatedScheduler node) : IJournal, ISnapshots, IShardLeases
{
    /// <inheritdoc/>
    public TimeSpan Term => database.Tables.Term;

    /// <inheritdoc/>
    public ValueTask<AppendOutcome> AppendAsync(JournalBatch batch)
        => DatabaseRequest<AppendOutcome>.Send(database, node, new Append(database, node, batch), AppendOutcome.Unknown);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalBatch>> ReadAsync(StreamId stream, long afterSequence, int maxBytes)
        => DatabaseRequest<IReadOnlyList<JournalBatch>>.Send(database, node, new ReadPage(database, node, stream, afterSequence, maxBytes), whenLost: null);

    /// <inheritdoc/>
    public ValueTask<bool> SaveAsync(Snapshot snapshot)
        => DatabaseRequest<bool>.Send(
            database,
            node,
            new Statement<bool>($"snapshot {snapshot.Stream} at {snapshot.Sequence}", (ulong)snapshot.Sequence, tables => tables.SaveAsync(snapshot)),
            new Answer<bool>(false));

    /// <inheritdoc/>
    public ValueTask<Snapshot?> LoadAsync(StreamId stream) => Send("load snapshot", (ulong)stream.Number, tables => tables.LoadAsync(stream));

    /// <inheritdoc/>
    public ValueTask<Incarnation> JoinAsync(string endpoint) => Send("join", 1, tables => tables.JoinAsync(endpoint));

    /// <inheritdoc/>
    public ValueTask<bool> RenewAsync(Incarnation incarnation)
        => Send("renew", (ulong)incarnation.Number, tables => tables.RenewAsync(incarnation));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ShardLease>> ClaimAsync(Incarnation incarnation, int limit)
        => Send("claim", (ulong)limit, tables => tables.ClaimAsync(incarnation, limit));

    /// <inheritdoc/>
    public ValueTask<ShardLease?> RaiseEpochAsync(Incarnation incarnation, ShardLease lease)
        => Send("raise epoch", (ulong)lease.Epoch, tables => tables.RaiseEpochAsync(incarnation, lease));

    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(Incarnation incarnation, ShardLease lease)
        => await Send("release", (ulong)lease.Epoch, async tables =>
        {
            await tables.ReleaseAsync(incarnation, lease);
            return true;
        });

    /// <inheritdoc/>
    public ValueTask<LeaseTable> ReadAsync() => Send("read leases", 0, tables => tables.ReadAsync());

    private ValueTask<T> Send<T>(string name, ulong code, Func<MemoryJournal, ValueTask<T>> execute)
        => DatabaseRequest<T>.Send(database, node, new Statement<T>(name, code, execute), whenLost: null);

    /// <summary>The tables are memory: they never make anybody wait.</summary>
    internal static T Immediate<T>(ValueTask<T> task)
        => task.IsCompletedSuccessfully ? task.Result : throw new InvalidOperationException("the simulated tables waited for something");

    private sealed class Append(SimulatedDatabase database, SimulatedScheduler node, JournalBatch batch) : IStatement<AppendOutcome>
    {
        private readonly long sentAtStep = database.Step;

        public ulong Code => (ulong)batch.LastSequence ^ ((ulong)batch.Stream.Number << 40);

        public AppendOutcome Execute(MemoryJournal tables, bool isAwaited)
        {
            AppendOutcome outcome = Immediate(tables.AppendAsync(batch));
            if (outcome == AppendOutcome.Durable)
                database.Landed(batch, node, sentAtStep);
            return outcome;
        }

        public override string ToString() => $"append {batch.Stream} {batch.FirstSequence} to {batch.LastSequence} under epoch {batch.Epoch}";
    }

    private sealed class ReadPage(SimulatedDatabase database, SimulatedScheduler node, StreamId stream, long afterSequence, int maxBytes)
        : IStatement<IReadOnlyList<JournalBatch>>
    {
        public ulong Code => (ulong)afterSequence;

        public IReadOnlyList<JournalBatch> Execute(MemoryJournal tables, bool isAwaited)
        {
            IReadOnlyList<JournalBatch> page = Immediate(tables.ReadAsync(stream, afterSequence, maxBytes));
            // Who recovers asks for pages until there are no more; a look for one batch is none, nor is a read that was given up.
            if (page.Count == 0 && maxBytes > 1 && isAwaited)
                database.WasReadToEnd(stream, node);
            return page;
        }

        public override string ToString() => $"read {stream} after {afterSequence}";
    }

    private sealed class Statement<T>(string name, ulong code, Func<MemoryJournal, ValueTask<T>> execute) : IStatement<T>
    {
        public ulong Code => code;

        public T Execute(MemoryJournal tables, bool isAwaited) => Immediate(execute(tables));

        public override string ToString() => name;
    }
}
