using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Microsoft.Data.Sqlite;

namespace Cocoon.Host.Storage;

/// <summary>Reads batches and snapshots through a connection of its own; one thread at a time.</summary>
internal sealed class JournalReader : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly SqliteStatement batches;
    private readonly SqliteStatement head;
    private readonly SqliteStatement parts;

    public JournalReader(SqliteConnection connection)
    {
        this.connection = connection;
        batches = new SqliteStatement(
            connection,
            """
            SELECT first_sequence, last_sequence, epoch, chain, mac, body FROM journal
            WHERE stream = ?1 AND last_sequence > ?2 ORDER BY last_sequence
            """);
        head = new SqliteStatement(connection, "SELECT sequence, chain, mac FROM snapshot WHERE stream = ?1");
        parts = new SqliteStatement(connection, "SELECT body FROM snapshot_part WHERE stream = ?1 AND sequence = ?2 ORDER BY part");
    }

    /// <summary>The batches after a sequence, about so many bytes of bodies, at least one if there is any.</summary>
    public List<JournalBatch> Read(StreamId stream, long afterSequence, int maxBytes)
    {
        List<JournalBatch> page = [];
        long bytes = 0;
        batches.Bind(1, stream.Number).Bind(2, afterSequence);
        while (bytes < maxBytes && batches.Step())
        {
            byte[] body = batches.Blob(5).ToArray();
            bytes += body.Length;
            if (page.Count > 0 && bytes > maxBytes)
                break;
            long first = batches.Int64(0);
            int count = checked((int)(batches.Int64(1) - first + 1));
            page.Add(new JournalBatch(stream, batches.Int64(2), first, count, body, batches.Hash(3), batches.Hash(4)));
        }

        batches.Reset();
        return page;
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
        batches.Dispose();
        head.Dispose();
        parts.Dispose();
        connection.Dispose();
    }
}
