using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Microsoft.Data.Sqlite;

namespace Cocoon.Host.Storage;

/// <summary>
/// Journal, snapshots and lease table of a single node in one SQLite file: write-ahead log with an fsync for each commit, one writing
/// thread whose transactions all waiting streams share. The file belongs to one process; leases therefore never expire, and an
/// incarnation dies with its process.
/// </summary>
public sealed partial class SqliteJournal : IJournal, ISnapshots, IShardLeases, IAsyncDisposable
{
    private const int ReadersMax = 4;

    private readonly SqliteFile file;
    private readonly SqliteWriter writer;
    private readonly AppendStatements appends;
    private readonly SemaphoreSlim readerSlots = new(ReadersMax);
    private readonly Stack<JournalReader> idleReaders = new();
    private readonly Dictionary<StreamId, (long After, Task<IReadOnlyList<JournalBatch>> Page)> ahead = [];
    private bool disposed;

    private SqliteJournal(SqliteFile file)
    {
        this.file = file;
        SqliteFile.Execute(file.Writer, "UPDATE stream SET owner = NULL");
        SqliteFile.Execute(file.Writer, "DELETE FROM snapshot_part WHERE (stream, sequence) NOT IN (SELECT stream, sequence FROM snapshot)");
        appends = new AppendStatements(file.Writer);
        using (SqliteTransaction transaction = file.Writer.BeginTransaction())
        {
            appends.Index();
            transaction.Commit();
        }

        writer = new SqliteWriter(file.Writer, file.Path);
    }

    /// <summary>The file.</summary>
    public string Path => file.Path;

    /// <summary>Transactions committed so far; each is one fsync, whatever it holds.</summary>
    public long Commits => writer.Commits;

    /// <summary>Batches written so far.</summary>
    public long Rows => appends.Rows;

    /// <summary>Number of logical shards in it.</summary>
    public int Shards => file.Shards;

    /// <summary>
    /// Opens or creates a ledger file and locks it for this process. Throws <see cref="StorageException"/> when another process has it, or
    /// when it is another program's, another network's or another version's.
    /// </summary>
    public static SqliteJournal Open(SqliteOptions options)
    {
        SqliteFile file = SqliteFile.Open(options);
        try
        {
            return new SqliteJournal(file);
        }
        catch (SqliteException exception)
        {
            file.Dispose();
            throw new StorageException($"{options.Path} cannot be written: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public ValueTask<AppendOutcome> AppendAsync(JournalBatch batch)
    {
        AppendItem item = new(appends, batch);
        return writer.Post(item) ? item.Completion : new(AppendOutcome.Unknown);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<JournalBatch>> ReadAsync(StreamId stream, long afterSequence, int maxBytes)
    {
        IReadOnlyList<JournalBatch> page = await TakeAhead(stream, afterSequence, maxBytes);
        if (page.Count > 1)
            ReadAhead(stream, page[^1].LastSequence, maxBytes);
        return page;
    }

    /// <summary>Writes what waits, closes the file and frees its lock.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;
        disposed = true;
        writer.Dispose();
        for (int i = 0; i < ReadersMax; i++)
            await readerSlots.WaitAsync();
        foreach (JournalReader reader in idleReaders)
            reader.Dispose();
        appends.Dispose();
        file.Dispose();
        readerSlots.Dispose();
    }

    /// <summary>Sets the largest size of the file in bytes, 0 for none; streams stop taking events there. Between two transactions.</summary>
    internal void LimitSize(long bytes) => WriteAsync(() => Limit(bytes)).GetAwaiter().GetResult();

    private bool Limit(long bytes)
    {
        file.LimitSize(bytes);
        return true;
    }

    // Batches never change, so a page read early is right, only perhaps not the newest: an empty one is read again.
    private async ValueTask<IReadOnlyList<JournalBatch>> TakeAhead(StreamId stream, long afterSequence, int maxBytes)
    {
        (long After, Task<IReadOnlyList<JournalBatch>> Page) early;
        lock (ahead)
            ahead.Remove(stream, out early);
        if (early.Page is not null && early.After == afterSequence)
        {
            IReadOnlyList<JournalBatch> page = await early.Page;
            if (page.Count > 0)
                return page;
        }

        return await WithReader<IReadOnlyList<JournalBatch>>(reader => reader.Read(stream, afterSequence, maxBytes));
    }

    private void ReadAhead(StreamId stream, long afterSequence, int maxBytes)
    {
        Task<IReadOnlyList<JournalBatch>> page = WithReader<IReadOnlyList<JournalBatch>>(reader => reader.Read(stream, afterSequence, maxBytes));
        _ = page.ContinueWith(static failed => failed.Exception, TaskContinuationOptions.OnlyOnFaulted);
        lock (ahead)
            ahead[stream] = (afterSequence, page);
    }

    private async Task<TResult> WithReader<TResult>(Func<JournalReader, TResult> read)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        await readerSlots.WaitAsync();
        JournalReader? reader = null;
        try
        {
            lock (idleReaders)
                idleReaders.TryPop(out reader);
            return await Task.Run(() => read(reader ??= new JournalReader(file.OpenReader())));
        }
        catch (SqliteException exception)
        {
            reader?.Dispose();
            reader = null;
            throw new JournalUnavailableException($"{Path} cannot be read: {exception.Message}", exception);
        }
        finally
        {
            if (reader is not null)
            {
                lock (idleReaders)
                    idleReaders.Push(reader);
            }

            readerSlots.Release();
        }
    }

    private async Task<TResult> WriteAsync<TResult>(Func<TResult> work)
    {
        WriteItem<TResult> item = new(work);
        if (!writer.Post(item))
            throw new JournalUnavailableException($"{Path} is not written any more: {writer.Broken ?? "it is closed"}");
        return await item.Completion;
    }
}
