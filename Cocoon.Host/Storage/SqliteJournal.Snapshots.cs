using Cocoon.Actors.Ports;
using Cocoon.Protocol;

namespace Cocoon.Host.Storage;

/// <content>Snapshots: written in parts, one transaction each, so that a large one never holds up the streams' commits.</content>
public sealed partial class SqliteJournal
{
    private const int PartBytes = 1 << 20;

    /// <inheritdoc/>
    public async ValueTask<bool> SaveAsync(Snapshot snapshot)
    {
        try
        {
            if (!await WriteAsync(() => IsNewer(snapshot)))
                return true;
            int parts = (snapshot.Body.Length + PartBytes - 1) / PartBytes;
            for (int part = 0; part < parts; part++)
            {
                int number = part;
                await WriteAsync(() => WritePart(snapshot, number));
            }

            await WriteAsync(() => Publish(snapshot, parts));
            return true;
        }
        catch (JournalUnavailableException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Snapshot?> LoadAsync(StreamId stream) => await WithReader(reader => reader.Load(stream));

    private bool IsNewer(Snapshot snapshot)
    {
        using SqliteStatement known = new(file.Writer, "SELECT sequence FROM snapshot WHERE stream = ?1");
        return !known.Bind(1, snapshot.Stream.Number).Step() || known.Int64(0) < snapshot.Sequence;
    }

    private bool WritePart(Snapshot snapshot, int part)
    {
        int start = part * PartBytes;
        ReadOnlyMemory<byte> bytes = snapshot.Body.Slice(start, Math.Min(PartBytes, snapshot.Body.Length - start));
        using SqliteStatement insert = new(file.Writer, "INSERT OR REPLACE INTO snapshot_part VALUES (?1, ?2, ?3, ?4)");
        insert.Bind(1, snapshot.Stream.Number).Bind(2, snapshot.Sequence).Bind(3, part).Bind(4, bytes.Span).Step();
        return true;
    }

    private bool Publish(Snapshot snapshot, int parts)
    {
        using SqliteStatement replace = new(
            file.Writer,
            """
            INSERT INTO snapshot VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (stream) DO UPDATE SET sequence = ?2, chain = ?3, mac = ?4, parts = ?5 WHERE sequence < ?2
            """);
        replace.Bind(1, snapshot.Stream.Number).Bind(2, snapshot.Sequence).Bind(3, snapshot.Chain.AsSpan())
            .Bind(4, snapshot.Mac.AsSpan()).Bind(5, parts).Step();
        using SqliteStatement forget = new(
            file.Writer,
            "DELETE FROM snapshot_part WHERE stream = ?1 AND sequence < (SELECT sequence FROM snapshot WHERE stream = ?1)");
        forget.Bind(1, snapshot.Stream.Number).Step();
        return true;
    }
}
