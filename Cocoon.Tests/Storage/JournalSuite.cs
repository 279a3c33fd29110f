using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;

namespace Cocoon.Tests.Storage;

/// <summary>What every journal must do: memory, SQLite, and the database of a cluster.</summary>
public abstract class JournalSuite
{
    private static readonly LedgerKey Key = new(new byte[32]);
    private static readonly StreamId Shard = StreamId.OfShard(1);

    /// <summary>An empty store with the treasury and four shards.</summary>
    protected abstract Task<IJournalStore> CreateAsync();

    [Fact]
    public async Task Durable_batches_read_back_as_they_were_written()
    {
        await using IJournalStore store = await CreateAsync();
        JournalBatch[] batches = await WriteAsync(store, await ClaimAsync(store), 3, 1, 200);
        IReadOnlyList<JournalBatch> read = await store.Journal.ReadAsync(Shard, 0, int.MaxValue);
        Assert.Equal(3, read.Count);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(batches[i].Body.ToArray(), read[i].Body.ToArray());
            Assert.Equal(batches[i], read[i] with { Body = batches[i].Body });
        }

        Assert.Empty(await store.Journal.ReadAsync(Shard, batches[^1].LastSequence, int.MaxValue));
        Assert.Empty(await store.Journal.ReadAsync(StreamId.OfShard(2), 0, int.MaxValue));
    }

    [Fact]
    public async Task Pages_hold_at_least_one_batch_and_join_without_gaps()
    {
        await using IJournalStore store = await CreateAsync();
        JournalBatch[] batches = await WriteAsync(store, await ClaimAsync(store), [.. Enumerable.Repeat(10, 50)]);
        List<JournalBatch> read = [];
        while (true)
        {
            IReadOnlyList<JournalBatch> page = await store.Journal.ReadAsync(Shard, read.Count == 0 ? 0 : read[^1].LastSequence, 25);
            if (page.Count == 0)
                break;
            Assert.True(page.Count == 1 || page.Sum(batch => batch.Body.Length) <= 25);
            read.AddRange(page);
        }

        Assert.Equal(batches.Select(batch => batch.Chain), read.Select(batch => batch.Chain));
    }

    [Fact]
    public async Task What_is_written_after_a_page_was_read_is_in_the_next_one()
    {
        await using IJournalStore store = await CreateAsync();
        ShardLease lease = await ClaimAsync(store);
        JournalBatch[] batches = await WriteAsync(store, lease, 1, 1);
        IReadOnlyList<JournalBatch> page = await store.Journal.ReadAsync(Shard, 0, int.MaxValue);
        Assert.Equal(2, page.Count);
        JournalBatch next = Batch(lease, 3, 1, batches[^1].Chain);
        Assert.Equal(AppendOutcome.Durable, await store.Journal.AppendAsync(next));
        Assert.Equal(next.Chain, Assert.Single(await store.Journal.ReadAsync(Shard, 2, int.MaxValue)).Chain);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(0)]
    public async Task A_batch_that_does_not_continue_the_stream_conflicts(long firstSequence)
    {
        await using IJournalStore store = await CreateAsync();
        ShardLease lease = await ClaimAsync(store);
        await WriteAsync(store, lease, 1, 1);
        Assert.Equal(AppendOutcome.Conflict, await store.Journal.AppendAsync(Batch(lease, firstSequence, 1, default)));
        Assert.Equal(2, (await store.Journal.ReadAsync(Shard, 0, int.MaxValue)).Count);
    }

    [Fact]
    public async Task Another_epoch_is_fenced_even_on_an_idle_stream()
    {
        await using IJournalStore store = await CreateAsync();
        Incarnation node = await store.Leases.JoinAsync("a");
        ShardLease old = (await store.Leases.ClaimAsync(node, 10)).Single(lease => lease.Stream == Shard);
        await WriteAsync(store, old, 1);
        ShardLease raised = (await store.Leases.RaiseEpochAsync(node, old))!.Value;
        Assert.True(raised.Epoch > old.Epoch);
        Assert.Equal(AppendOutcome.Fenced, await store.Journal.AppendAsync(Batch(old, 2, 1, default)));
        Assert.Equal(AppendOutcome.Fenced, await store.Journal.AppendAsync(Batch(old, 7, 1, default)));
        Assert.Equal(AppendOutcome.Fenced, await store.Journal.AppendAsync(Batch(raised with { Epoch = raised.Epoch + 1 }, 2, 1, default)));
        Assert.Equal(AppendOutcome.Durable, await store.Journal.AppendAsync(Batch(raised, 2, 1, default)));
        Assert.Null(await store.Leases.RaiseEpochAsync(node, old));
    }

    [Fact]
    public async Task A_stream_that_nobody_claimed_or_that_does_not_exist_is_fenced()
    {
        await using IJournalStore store = await CreateAsync();
        Assert.Equal(AppendOutcome.Fenced, await store.Journal.AppendAsync(Batch(new ShardLease(Shard, 1), 1, 1, default)));
        ShardLease foreign = new(StreamId.OfShard(1000), 1);
        Assert.Equal(AppendOutcome.Fenced, await store.Journal.AppendAsync(Batch(foreign, 1, 1, default)));
    }

    [Fact]
    public async Task Streams_do_not_disturb_each_other()
    {
        await using IJournalStore store = await CreateAsync();
        Incarnation node = await store.Leases.JoinAsync("a");
        IReadOnlyList<ShardLease> leases = await store.Leases.ClaimAsync(node, 10);
        Assert.Equal(5, leases.Count);
        await Task.WhenAll(leases.Select(async lease =>
        {
            for (int sequence = 1; sequence <= 40; sequence++)
                Assert.Equal(AppendOutcome.Durable, await store.Journal.AppendAsync(Batch(lease, sequence, 1, default)));
        }));
        foreach (ShardLease lease in leases)
        {
            IReadOnlyList<JournalBatch> read = await store.Journal.ReadAsync(lease.Stream, 0, int.MaxValue);
            Assert.Equal(Enumerable.Range(1, 40).Select(number => (long)number), read.Select(batch => batch.FirstSequence));
        }
    }

    [Fact]
    public async Task A_write_without_an_answer_is_unknown_and_settled_by_a_new_epoch()
    {
        await using IJournalStore store = await CreateAsync();
        Incarnation node = await store.Leases.JoinAsync("a");
        ShardLease lease = (await store.Leases.ClaimAsync(node, 10)).Single(found => found.Stream == Shard);
        JournalBatch[] written = await WriteAsync(store, lease, 1);
        store.FailWrites(true);
        Assert.Equal(AppendOutcome.Unknown, await store.Journal.AppendAsync(Batch(lease, 2, 1, written[0].Chain, bodyBytes: 1 << 20)));
        store.FailWrites(false);
        ShardLease raised = (await store.Leases.RaiseEpochAsync(node, lease))!.Value;
        IReadOnlyList<JournalBatch> read = await store.Journal.ReadAsync(Shard, 0, int.MaxValue);
        Assert.Equal(AppendOutcome.Fenced, await store.Journal.AppendAsync(Batch(lease, read[^1].LastSequence + 1, 1, default)));
        Assert.Equal(AppendOutcome.Durable, await store.Journal.AppendAsync(Batch(raised, read[^1].LastSequence + 1, 1, default)));
    }

    [Fact]
    public async Task The_newest_snapshot_is_kept()
    {
        await using IJournalStore store = await CreateAsync();
        Assert.Null(await store.Snapshots.LoadAsync(Shard));
        byte[] large = new byte[(3 << 20) + 17];
        new Random(1).NextBytes(large);
        Snapshot first = new(Shard, 10, default, new byte[] { 1, 2, 3 }, default);
        Snapshot second = new(Shard, 20, Hash(1), large, Hash(2));
        Assert.True(await store.Snapshots.SaveAsync(first));
        Assert.True(await store.Snapshots.SaveAsync(second));
        await store.Snapshots.SaveAsync(first);
        Snapshot loaded = (await store.Snapshots.LoadAsync(Shard))!;
        Assert.Equal(large, loaded.Body.ToArray());
        Assert.Equal(second, loaded with { Body = second.Body });
        Assert.Null(await store.Snapshots.LoadAsync(StreamId.OfShard(2)));
    }

    [Fact]
    public async Task Each_stream_has_one_owner_and_epochs_only_rise()
    {
        await using IJournalStore store = await CreateAsync();
        Incarnation a = await store.Leases.JoinAsync("a:1");
        Incarnation b = await store.Leases.JoinAsync("b:1");
        Assert.True(b.Number > a.Number);
        IReadOnlyList<ShardLease> first = await store.Leases.ClaimAsync(a, 3);
        IReadOnlyList<ShardLease> second = await store.Leases.ClaimAsync(b, 10);
        Assert.Equal(3, first.Count);
        Assert.Equal(2, second.Count);
        Assert.Empty(first.Select(lease => lease.Stream).Intersect(second.Select(lease => lease.Stream)));
        await store.Leases.ReleaseAsync(b, first[0]);
        Assert.Empty(await store.Leases.ClaimAsync(b, 10));
        await store.Leases.ReleaseAsync(a, first[0]);
        ShardLease moved = Assert.Single(await store.Leases.ClaimAsync(b, 10));
        Assert.Equal(first[0].Stream, moved.Stream);
        Assert.True(moved.Epoch > first[0].Epoch);
        IReadOnlyList<ShardOwner> owners = (await store.Leases.ReadAsync()).Streams;
        Assert.Equal(owners.Select(owner => owner.Stream).Order(), owners.Select(owner => owner.Stream));
        Assert.Equal("b:1", owners.Single(owner => owner.Stream == moved.Stream).Endpoint);
        Assert.Equal(3, owners.Count(owner => owner.Owner == b));
    }

    [Fact]
    public async Task A_dead_incarnation_never_returns_and_its_streams_go_to_others()
    {
        await using IJournalStore store = await CreateAsync();
        Incarnation dead = await store.Leases.JoinAsync("a");
        IReadOnlyList<ShardLease> before = await store.Leases.ClaimAsync(dead, 10);
        Assert.True(await store.Leases.RenewAsync(dead));
        await WriteAsync(store, before.Single(lease => lease.Stream == Shard), 2);
        await store.LetNodesDieAsync();
        Assert.False(await store.Leases.RenewAsync(dead));
        Assert.Empty(await store.Leases.ClaimAsync(dead, 10));
        Incarnation next = await store.Leases.JoinAsync("a");
        Assert.True(next.Number > dead.Number);
        IReadOnlyList<ShardLease> after = await store.Leases.ClaimAsync(next, 10);
        Assert.Equal(before.Select(lease => lease.Stream), after.Select(lease => lease.Stream));
        Assert.All(after.Zip(before), pair => Assert.True(pair.First.Epoch > pair.Second.Epoch));
        ShardLease zombie = before.Single(lease => lease.Stream == Shard);
        Assert.Equal(AppendOutcome.Fenced, await store.Journal.AppendAsync(Batch(zombie, 3, 1, default)));
        Assert.Single(await store.Journal.ReadAsync(Shard, 0, int.MaxValue));
    }

    protected static JournalBatch Batch(ShardLease lease, long firstSequence, int count, Bytes32 previous, int bodyBytes = 10)
    {
        byte[] body = new byte[bodyBytes];
        new Random((int)firstSequence).NextBytes(body);
        return StreamChain.Seal(lease, firstSequence, count, body, previous, Key);
    }

    protected static async Task<ShardLease> ClaimAsync(IJournalStore store)
    {
        Incarnation node = await store.Leases.JoinAsync("node");
        return (await store.Leases.ClaimAsync(node, 100)).Single(lease => lease.Stream == Shard);
    }

    protected static async Task<JournalBatch[]> WriteAsync(IJournalStore store, ShardLease lease, params int[] counts)
    {
        List<JournalBatch> batches = [];
        foreach (int count in counts)
        {
            JournalBatch? last = batches.LastOrDefault();
            batches.Add(Batch(lease, (last?.LastSequence ?? 0) + 1, count, last?.Chain ?? default));
            Assert.Equal(AppendOutcome.Durable, await store.Journal.AppendAsync(batches[^1]));
        }

        return [.. batches];
    }

    private static Bytes32 Hash(byte fill)
    {
        Bytes32 hash = default;
        ((Span<byte>)hash).Fill(fill);
        return hash;
    }
}

/// <summary>A store under test.</summary>
public interface IJournalStore : IAsyncDisposable
{
    IJournal Journal { get; }

    ISnapshots Snapshots { get; }

    IShardLeases Leases { get; }

    /// <summary>Makes writes of a megabyte fail without an answer, or work again.</summary>
    void FailWrites(bool fail);

    /// <summary>Every incarnation dies: their leases run out, or their process ends.</summary>
    Task LetNodesDieAsync();
}
