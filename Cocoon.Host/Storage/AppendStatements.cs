using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Microsoft.Data.Sqlite;

namespace Cocoon.Host.Storage;

/// <summary>
/// The append. Rows are written one behind the other, whatever their stream, so that a commit touches few pages; which rows a stream has
/// is indexed some thousands at a time, and what is not indexed yet is found by reading the journal's end. Runs on the writer's thread.
/// </summary>
internal sealed class AppendStatements : IDisposable
{
    // Enough that each stream gets several entries into the one index page it touches.
    private const long IndexEvery = 4096;

    private readonly SqliteStatement advance;
    private readonly SqliteStatement insert;
    private readonly SqliteStatement owns;
    private readonly SqliteStatement index;
    private readonly SqliteStatement indexed;
    private long unindexed;

    public AppendStatements(SqliteConnection connection)
    {
        // The fence and the order, in one statement with what makes the row count: without it nothing is inserted.
        advance = new SqliteStatement(
            connection, "UPDATE stream SET last_sequence = ?3 WHERE stream = ?1 AND epoch = ?4 AND last_sequence = ?2 - 1");
        insert = new SqliteStatement(
            connection,
            "INSERT INTO journal (stream, first_sequence, last_sequence, epoch, chain, mac, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        owns = new SqliteStatement(connection, "SELECT 1 FROM stream WHERE stream = ?1 AND epoch = ?2");
        index = new SqliteStatement(
            connection,
            """
            INSERT INTO journal_index SELECT stream, last_sequence, position FROM journal
            WHERE position > (SELECT position FROM journal_indexed) ORDER BY stream, last_sequence
            """);
        indexed = new SqliteStatement(
            connection, "UPDATE journal_indexed SET position = coalesce((SELECT max(position) FROM journal), 0)");
    }

    /// <summary>Rows inserted so far.</summary>
    public long Rows { get; private set; }

    public AppendOutcome Append(JournalBatch batch)
    {
        if (batch.Count < 1)
            return AppendOutcome.Conflict;
        advance.Bind(1, batch.Stream.Number).Bind(2, batch.FirstSequence).Bind(3, batch.LastSequence).Bind(4, batch.Epoch).Step();
        if (advance.Changes != 1)
            return WhyNot(batch.Stream, batch.Epoch);
        insert.Bind(1, batch.Stream.Number).Bind(2, batch.FirstSequence).Bind(3, batch.LastSequence).Bind(4, batch.Epoch)
            .Bind(5, batch.Chain.AsSpan()).Bind(6, batch.Mac.AsSpan()).Bind(7, batch.Body.Span).Step();
        Rows++;
        if (++unindexed >= IndexEvery)
            Index();
        return AppendOutcome.Durable;
    }

    /// <summary>Indexes every row, inside the caller's transaction.</summary>
    public void Index()
    {
        index.Step();
        indexed.Step();
        unindexed = 0;
    }

    public void Dispose()
    {
        advance.Dispose();
        insert.Dispose();
        owns.Dispose();
        index.Dispose();
        indexed.Dispose();
    }

    private AppendOutcome WhyNot(StreamId stream, long epoch)
    {
        bool owned = owns.Bind(1, stream.Number).Bind(2, epoch).Step();
        owns.Reset();
        return owned ? AppendOutcome.Conflict : AppendOutcome.Fenced;
    }
}
