using Cocoon.Actors.Ledger;
using Cocoon.Actors.Ports;
using Cocoon.Host.Storage;
using Cocoon.Protocol;
using Microsoft.Data.Sqlite;

namespace Cocoon.Tests.Storage;

public class SqliteJournalTests : JournalSuite
{
    private static readonly StreamId Shard = StreamId.OfShard(1);

    protected override Task<IJournalStore> CreateAsync() => Task.FromResult<IJournalStore>(new Store());

    [Fact]
    public async Task A_second_user_of_the_file_is_told_what_holds_it_and_what_to_do()
    {
        using TemporaryFolder folder = new();
        SqliteOptions options = Options(folder);
        await using (SqliteJournal.Open(options))
        {
            StorageException refused = Assert.Throws<StorageException>(() => SqliteJournal.Open(options));
            Assert.Contains(options.Path, refused.Message, StringComparison.Ordinal);
            Assert.Contains("stop that node first", refused.Message, StringComparison.Ordinal);
        }

        await using SqliteJournal again = SqliteJournal.Open(options);
    }

    [Fact]
    public async Task Foreign_files_are_refused_with_the_reason()
    {
        using TemporaryFolder folder = new();
        SqliteOptions options = Options(folder);
        await (SqliteJournal.Open(options) as IAsyncDisposable).DisposeAsync();
        Assert.Contains("network 'test'", Refusal(options with { Network = "main" }), StringComparison.Ordinal);
        Assert.Contains("4 shards", Refusal(options with { Shards = 8 }), StringComparison.Ordinal);
        Assert.Contains("cannot be created", Refusal(options with { Path = folder.File("no/folder") }), StringComparison.Ordinal);
        Change(options.Path, "PRAGMA user_version = 99");
        Assert.Contains("schema 99", Refusal(options), StringComparison.Ordinal);
        Change(options.Path, "PRAGMA application_id = 1");
        Assert.Contains("another program", Refusal(options), StringComparison.Ordinal);
        await File.WriteAllTextAsync(options.Path, new string('x', 10_000));
        Assert.Contains("cannot be opened as a ledger", Refusal(options), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restored_older_copy_is_behind_and_a_rewritten_one_contradicts()
    {
        using TemporaryFolder folder = new();
        SqliteOptions options = Options(folder);
        LedgerHead early;
        LedgerHead late;
        await using (Store store = new(options))
            early = Head((await WriteAsync(store, await ClaimAsync(store), 3, 2))[^1]);
        File.Copy(options.Path, folder.File("backup"));
        await using (Store store = new(options))
        {
            ShardLease lease = await ClaimAsync(store);
            JournalBatch next = Batch(lease, 6, 4, early.Chain);
            Assert.Equal(AppendOutcome.Durable, await store.Journal.AppendAsync(next));
            late = Head(next);
            Assert.Equal(HeadVerdict.Known, (await HeadCheck.CompareAsync(store.Journal, late, early)).Verdict);
            Assert.Equal(HeadVerdict.Known, (await HeadCheck.CompareAsync(store.Journal, late, late)).Verdict);
        }

        File.Copy(folder.File("backup"), options.Path, overwrite: true);
        await using (Store store = new(options))
        {
            HeadFinding behind = await HeadCheck.CompareAsync(store.Journal, early, late);
            Assert.Equal(HeadVerdict.Behind, behind.Verdict);
            Assert.Equal(early, behind.Ours);
            Assert.Contains("restored older copy", behind.ToString(), StringComparison.Ordinal);
            JournalBatch other = Batch(await ClaimAsync(store), 6, 4, early.Chain, bodyBytes: 11);
            Assert.Equal(AppendOutcome.Durable, await store.Journal.AppendAsync(other));
            HeadFinding fork = await HeadCheck.CompareAsync(store.Journal, Head(other), late);
            Assert.Equal(HeadVerdict.Contradicts, fork.Verdict);
            Assert.Equal(Head(other), fork.Ours);
            LedgerHead inside = late with { Sequence = 7 };
            Assert.Equal(HeadVerdict.Contradicts, (await HeadCheck.CompareAsync(store.Journal, Head(other), inside)).Verdict);
        }
    }

    [Fact]
    public async Task After_closing_writes_are_unknown_and_reads_refused()
    {
        using TemporaryFolder folder = new();
        SqliteJournal journal = SqliteJournal.Open(Options(folder));
        await journal.DisposeAsync();
        await journal.DisposeAsync();
        Assert.Equal(AppendOutcome.Unknown, await journal.AppendAsync(Batch(new ShardLease(Shard, 1), 1, 1, default)));
        await Assert.ThrowsAsync<JournalUnavailableException>(async () => await journal.JoinAsync("a"));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await journal.ReadAsync(Shard, 0, 1));
    }

    private static SqliteOptions Options(TemporaryFolder folder) => new(folder.File("ledger.db"), "test", 4);

    private static LedgerHead Head(JournalBatch batch) => new(batch.Stream, batch.LastSequence, batch.Chain);

    private static string Refusal(SqliteOptions options) => Assert.Throws<StorageException>(() => SqliteJournal.Open(options)).Message;

    private static void Change(string path, string sql)
    {
        using SqliteConnection connection = new($"Data Source={path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private sealed class Store : IJournalStore
    {
        private readonly TemporaryFolder? folder;
        private readonly SqliteOptions options;
        private SqliteJournal journal;

        public Store()
        {
            folder = new TemporaryFolder();
            options = Options(folder);
            journal = SqliteJournal.Open(options);
        }

        public Store(SqliteOptions options)
        {
            this.options = options;
            journal = SqliteJournal.Open(options);
        }

        public IJournal Journal => journal;

        public ISnapshots Snapshots => journal;

        public IShardLeases Leases => journal;

        // A full disk, by SQLite's own means: the failing write is real.
        public void FailWrites(bool fail) => journal.LimitSize(fail ? 256 << 10 : 0);

        public async Task LetNodesDieAsync()
        {
            await journal.DisposeAsync();
            journal = SqliteJournal.Open(options);
        }

        public async ValueTask DisposeAsync()
        {
            await journal.DisposeAsync();
            folder?.Dispose();
        }
    }
}
