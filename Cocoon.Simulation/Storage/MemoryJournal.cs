using Cocoon.Actors.Ports;
using Cocoon.Protocol;

namespace Cocoon.Simulation.Storage;

/// <summary>
/// Journal, snapshots and lease table in memory, plain and correct: the measure of the other adapters, and the one store that all nodes
/// of a simulated cluster share. Not for concurrent threads.
/// </summary>
/// <param name="streams">The streams of the cluster.</param>
/// <param name="clock">The store's clock: time since some fixed instant.</param>
/// <param name="term">Length of a node's lease.</param>
public sealed class MemoryJournal(IEnumerable<StreamId> streams, Func<TimeSpan> clock, TimeSpan term) : IJournal, ISnapshots, IShardLeases
{
    private readonly SortedDictionary<StreamId, StreamRow> rows = new(streams.ToDictionary(stream => stream, _ => new StreamRow()));
    private readonly Dictionary<Incarnation, NodeRow> nodes = [];
    private long lastIncarnation;

    /// <summary>False: only the primary key guards an append, as in stores without a fence. Worlds show that this is not enough.</summary>
    public bool ChecksEpoch { get; init; } = true;

    /// <inheritdoc/>
    public TimeSpan Term => term;

    /// <inheritdoc/>
    public ValueTask<AppendOutcome> AppendAsync(JournalBatch batch)
    {
        if (!rows.TryGetValue(batch.Stream, out StreamRow? row) || (ChecksEpoch && row.Epoch != batch.Epoch))
            return new(AppendOutcome.Fenced);
        if (batch.Count < 1 || batch.FirstSequence != row.LastSequence + 1)
            return new(AppendOutcome.Conflict);
        row.Batches.Add(batch with { Body = batch.Body.ToArray() });
        return new(AppendOutcome.Durable);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalBatch>> ReadAsync(StreamId stream, long afterSequence, int maxBytes)
    {
        List<JournalBatch> page = [];
        if (!rows.TryGetValue(stream, out StreamRow? row))
            return new(page);
        long bytes = 0;
        for (int i = row.IndexAfter(afterSequence); i < row.Batches.Count; i++)
        {
            JournalBatch batch = row.Batches[i];
            bytes += batch.Body.Length;
            if (page.Count > 0 && bytes > maxBytes)
                break;
            page.Add(batch);
        }

        return new(page);
    }

    /// <inheritdoc/>
    public ValueTask<bool> SaveAsync(Snapshot snapshot)
    {
        if (!rows.TryGetValue(snapshot.Stream, out StreamRow? row))
            return new(false);
        if (row.Snapshot is null || snapshot.Sequence > row.Snapshot.Sequence)
            row.Snapshot = snapshot with { Body = snapshot.Body.ToArray() };
        return new(true);
    }

    /// <inheritdoc/>
    public ValueTask<Snapshot?> LoadAsync(StreamId stream) => new(rows.TryGetValue(stream, out StreamRow? row) ? row.Snapshot : null);

    /// <inheritdoc/>
    public ValueTask<Incarnation> JoinAsync(string endpoint)
    {
        Incarnation incarnation = new(++lastIncarnation);
        nodes.Add(incarnation, new NodeRow(endpoint, clock() + term));
        return new(incarnation);
    }

    /// <inheritdoc/>
    public ValueTask<bool> RenewAsync(Incarnation node)
    {
        if (!IsAlive(node))
            return new(false);
        nodes[node] = nodes[node] with { Expiry = clock() + term };
        return new(true);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ShardLease>> ClaimAsync(Incarnation node, int limit)
    {
        List<ShardLease> leases = [];
        if (!IsAlive(node))
            return new(leases);
        foreach ((StreamId stream, StreamRow row) in rows)
        {
            if (leases.Count == limit)
                break;
            if (row.Owner is { } owner && IsAlive(owner))
                continue;
            row.Owner = node;
            leases.Add(new ShardLease(stream, ++row.Epoch));
        }

        return new(leases);
    }

    /// <inheritdoc/>
    public ValueTask<ShardLease?> RaiseEpochAsync(Incarnation node, ShardLease lease)
    {
        if (!Holds(node, lease, out StreamRow? row) || !IsAlive(node))
            return new((ShardLease?)null);
        return new(lease with { Epoch = ++row!.Epoch });
    }

    /// <inheritdoc/>
    public ValueTask ReleaseAsync(Incarnation node, ShardLease lease)
    {
        if (Holds(node, lease, out StreamRow? row))
            row!.Owner = null;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<LeaseTable> ReadAsync()
    {
        List<ShardOwner> owners = [];
        foreach ((StreamId stream, StreamRow row) in rows)
        {
            Incarnation? owner = row.Owner is { } named && IsAlive(named) ? named : null;
            owners.Add(new ShardOwner(stream, owner, row.Epoch, owner is { } alive ? nodes[alive].Endpoint : ""));
        }

        List<LiveNode> live = [];
        foreach (Incarnation node in nodes.Keys.OrderBy(node => node.Number).ToArray())
        {
            if (IsAlive(node))
                live.Add(new LiveNode(node, nodes[node].Endpoint));
        }

        return new(new LeaseTable(live, owners));
    }

    /// <summary>The epoch under which the stream may be written now.</summary>
    public long EpochOf(StreamId stream) => rows[stream].Epoch;

    /// <summary>A copy of everything, as a backup holds it. Batches and snapshots are shared: they never change.</summary>
    public MemoryJournal Copy()
    {
        MemoryJournal copy = new(rows.Keys, clock, term) { ChecksEpoch = ChecksEpoch, lastIncarnation = lastIncarnation };
        foreach ((StreamId stream, StreamRow row) in rows)
        {
            StreamRow target = copy.rows[stream];
            target.Batches.AddRange(row.Batches);
            (target.Snapshot, target.Owner, target.Epoch) = (row.Snapshot, row.Owner, row.Epoch);
        }

        foreach ((Incarnation node, NodeRow row) in nodes)
            copy.nodes.Add(node, row);
        return copy;
    }

    /// <summary>
    /// What an operator does after restoring a backup: every node is out, and epochs and incarnations jump beyond those that the lost time
    /// may have used.
    /// </summary>
    public void Reopen(long jump)
    {
        nodes.Clear();
        lastIncarnation += jump;
        foreach (StreamRow row in rows.Values)
            row.Epoch += jump;
    }

    // A lease that ran out never comes back: the incarnation is forgotten when that is first noticed.
    private bool IsAlive(Incarnation node)
    {
        if (!nodes.TryGetValue(node, out NodeRow? row))
            return false;
        if (clock() < row.Expiry)
            return true;
        nodes.Remove(node);
        return false;
    }

    private bool Holds(Incarnation node, ShardLease lease, out StreamRow? row) =>
        rows.TryGetValue(lease.Stream, out row) && row.Owner == node && row.Epoch == lease.Epoch;

    private sealed record NodeRow(string Endpoint, TimeSpan Expiry);

    private sealed class StreamRow
    {
        public List<JournalBatch> Batches { get; } = [];

        public Snapshot? Snapshot { get; set; }

        public Incarnation? Owner { get; set; }

        public long Epoch { get; set; }

        public long LastSequence => Batches.Count == 0 ? 0 : Batches[^1].LastSequence;

        public int IndexAfter(long sequence)
        {
            int low = 0;
            int high = Batches.Count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (Batches[middle].LastSequence <= sequence)
                    low = middle + 1;
                else
                    high = middle;
            }

            return low;
        }
    }
}
