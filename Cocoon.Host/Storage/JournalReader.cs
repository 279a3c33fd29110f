using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Microsoft.Data.Sqlite;

namespace Cocoon.Host.Storage;

/// <summary>Reads batches and snapshots through a connection of its own; one thread at a time.</summary>
internal sealed class JournalReader : IDisposable
{
    private readonly SqliteConnection connection;
    private const string Columns = "j.first_sequence, j.last_sequence, j.epoch, j.chain, j.mac, j.body";

    private readonly SqliteStatement old;
    private readonly SqliteStatement fresh;
    private readonly SqliteStatement head;
    private readonly SqliteStatement parts;

    public JournalReader(SqliteConnection connection)
    {
        this.connection = connection;
        old = new SqliteStatement(
            connection,
            $"""
            SELECT {Columns} FROM journal_index i JOIN journal j ON j.position = i.position
            WHERE i.stream = ?1 AND i.last_sequence > ?2 ORDER BY i.last_sequence
            """);
        fresh = new SqliteStatement(
            connection,
            $"""
            SELECT {Columns} FROM journal j
            WHERE j.position > (SELECT position FROM journal_indexed) AND j.stream = ?1 AND j.last_sequence > ?2 ORDER BY j.position
            """);
        head = new SqliteStatement(connection, "SELECT sequence, chain, mac FROM snapshot WHERE stream = ?1");
        parts = new SqliteStatement(connection, "SELECT body FROM snapshot_part WHERE stream = ?1 AND sequence = ?2 ORDER BY part");
    }

    /// <summary>The batches after a sequence, about so many bytes of bodies, at least one if there is any.</summary>
    public List<JournalBatch> Read(StreamId stream, long afterSequence, int maxBytes)
    {
        // One read transaction, so that rows which are being indexed are seen on one side.
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: true);
        return ReadInTransaction(stream, afterSequence, maxBytes);
    }

    /// <summary>As <see cref="Read"/>, where the caller holds a transaction.</summary>
    public List<JournalBatch> ReadInTransaction(StreamId stream, long afterSequence, int maxBytes)
    {
        List<JournalBatch> page = [];
        long bytes = 0;
        if (Take(old, stream, afterSequence, maxBytes, page, ref bytes))
            Take(fresh, stream, page.Count == 0 ? afterSequence : page[^1].LastSequence, maxBytes, page, ref bytes);
        return page;
    }

    private static bool Take(
        SqliteStatement rows, StreamId stream, long afterSequence, int maxBytes, List<JournalBatch> page, ref long bytes)
    {
        rows.Bind(1, stream.Number).Bind(2, afterSequence);
        while (rows.Step())
        {
            byte[] body = rows.Blob(5).ToArray();
            bytes += body.Length;
            if (page.Count > 0 && bytes > maxBytes)
            {
                rows.Reset();
                return false;
            }

            long first = rows.Int64(0);
            int count = checked((int)(rows.Int64(1) - first + 1));
            page.Add(new JournalBatch(stream, rows.Int64(2), first, count, body, rows.Hash(3), rows.Hash(4)));
        }

        return true;
    }

    /// <summary>The stream's newest snapshot, or null.</summary>
    public Snapshot? Load(StreamId stream)
    {
        // One read transaction, so that a save in between cannot take the parts away.
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: true);
        return LoadInTransaction(stream);
    }

    /// <summary>As <see cref="Load"/>, where the caller holds a transaction.</summary>
    public Snapshot? LoadInTransaction(StreamId stream)
    {
        if (!head.Bind(1, stream.Number).Step())
            return null;
        long sequence = head.Int64(0);
        Bytes32 chain = head.Hash(1);
        Bytes32 mac = head.Hash(2);
        head.Reset();
        using MemoryStream body = new();
        parts.Bind(1, stream.Number).Bind(2, sequence);
        while (parts.Step())
            body.Write(parts.Blob(0));
        return new Snapshot(stream, sequence, chain, body.GetBuffer().AsMemory(0, (int)body.Length), mac);
    }

    /// <summary>Starts a transaction: everything read until it is disposed is of one instant.</summary>
    public SqliteTransaction BeginInstant() => connection.BeginTransaction(deferred: true);

    /// <inheritdoc/>
    public void Dispose()
    {
        old.Dispose();
        fresh.Dispose();
        head.Dispose();
        parts.Dispose();
        connection.Dispose();
    }
}
