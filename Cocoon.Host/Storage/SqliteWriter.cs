using Cocoon.Actors.Ports;
using Microsoft.Data.Sqlite;

namespace Cocoon.Host.Storage;

/// <summary>
/// The one thread that writes. It takes everything that waits into one transaction, so that all streams share one fsync, and answers when
/// the commit has returned.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    // SQLITE_IOERR: after a failed fsync the kernel may drop what was not written, so nothing later may build on it.
    private const int InputOutputError = 10;

    private readonly SqliteConnection connection;
    private readonly Thread thread;
    private readonly object gate = new();
    private List<WriteItem> waiting = [];
    private List<WriteItem> taken = [];
    private bool stopping;
    private volatile string? broken;

    public SqliteWriter(SqliteConnection connection, string path)
    {
        this.connection = connection;
        Begin = new SqliteStatement(connection, "BEGIN IMMEDIATE");
        Commit = new SqliteStatement(connection, "COMMIT");
        Rollback = new SqliteStatement(connection, "ROLLBACK");
        thread = new Thread(Loop) { IsBackground = true, Name = $"ledger writer of {path}" };
        thread.Start();
    }

    private SqliteStatement Begin { get; }

    private SqliteStatement Commit { get; }

    private SqliteStatement Rollback { get; }

    /// <summary>Queues work for the next transaction. False when the writer no longer takes any.</summary>
    public bool Post(WriteItem item)
    {
        lock (gate)
        {
            if (stopping || broken is not null)
                return false;
            waiting.Add(item);
            if (waiting.Count == 1)
                Monitor.Pulse(gate);
        }

        return true;
    }

    /// <summary>Transactions committed so far.</summary>
    public long Commits { get; private set; }

    /// <summary>Why nothing is written any more, or null.</summary>
    public string? Broken => broken;

    /// <summary>Writes what waits and ends the thread.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            stopping = true;
            Monitor.Pulse(gate);
        }

        thread.Join();
        Begin.Dispose();
        Commit.Dispose();
        Rollback.Dispose();
    }

    private void Loop()
    {
        while (true)
        {
            lock (gate)
            {
                while (waiting.Count == 0 && !stopping)
                    Monitor.Wait(gate);
                if (waiting.Count == 0)
                    return;
                (waiting, taken) = (taken, waiting);
            }

            Exception? failure = WriteTaken();
            foreach (WriteItem item in taken)
                item.Answer(failure);
            taken.Clear();
            if (broken is not null)
                AnswerRest(failure!);
        }
    }

    private Exception? WriteTaken()
    {
        try
        {
            Begin.Step();
            foreach (WriteItem item in taken)
                item.Write();
            Commit.Step();
            Commits++;
            return null;
        }
        catch (SqliteException exception)
        {
            if (exception.SqliteErrorCode == InputOutputError)
                broken = $"the disk failed ({exception.Message}); check it and restart the node";
            Abandon();
            return new JournalUnavailableException($"the ledger was not written: {exception.Message}", exception);
        }
        catch (Exception exception)
        {
            // A programmer's error in one item must not take the thread with it: all are told, nothing was written.
            Abandon();
            return exception;
        }
    }

    private void Abandon()
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) != 0)
            return;
        try
        {
            Rollback.Step();
        }
        catch (SqliteException exception)
        {
            broken = $"a transaction could not be rolled back ({exception.Message}); restart the node";
        }
    }

    private void AnswerRest(Exception failure)
    {
        lock (gate)
        {
            foreach (WriteItem item in waiting)
                item.Answer(failure);
            waiting.Clear();
        }
    }
}
