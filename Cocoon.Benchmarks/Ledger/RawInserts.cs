using System.Diagnostics;
using Cocoon.Actors.Ports;
using Cocoon.Host.Commands.Ledger;
using Cocoon.Host.Storage;

namespace Cocoon.Benchmarks.Ledger;

/// <summary>
/// The floor: the rows that a run left behind, inserted again with one prepared statement and nothing else, in transactions of as many
/// rows as the run reached, with the same durability. In the order of the run: round-robin over the streams.
/// </summary>
internal static class RawInserts
{
    private const int RowsMax = 60_000;

    public static double EventsPerSecond(string source, string target, double rowsPerCommit)
    {
        List<JournalBatch> rows = Load(source);
        SqliteOptions options = new(target, "bench");
        using SqliteFile file = SqliteFile.Open(options);
        using SqliteStatement begin = new(file.Writer, "BEGIN IMMEDIATE");
        using SqliteStatement commit = new(file.Writer, "COMMIT");
        using SqliteStatement insert = new(file.Writer, "INSERT INTO journal (stream, first_sequence, last_sequence, epoch, chain, mac, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        long events = 0;
        double due = rowsPerCommit;
        int inserted = 0;
        long start = Stopwatch.GetTimestamp();
        begin.Step();
        foreach (JournalBatch row in rows)
        {
            insert.Bind(1, row.Stream.Number).Bind(2, row.FirstSequence).Bind(3, row.LastSequence).Bind(4, row.Epoch)
                .Bind(5, row.Chain.AsSpan()).Bind(6, row.Mac.AsSpan()).Bind(7, row.Body.Span).Step();
            events += row.Count;
            if (++inserted < due)
                continue;
            commit.Step();
            begin.Step();
            due += rowsPerCommit;
        }

        commit.Step();
        return events / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static List<JournalBatch> Load(string source)
    {
        using LedgerInspection ledger = LedgerInspection.Open(source);
        List<Queue<JournalBatch>> streams = [.. ledger.Streams
            .Select(stream => new Queue<JournalBatch>(ledger.Reader.ReadInTransaction(stream, 0, int.MaxValue)))
            .Where(queue => queue.Count > 0)];
        List<JournalBatch> rows = [];
        while (streams.Count > 0 && rows.Count < RowsMax)
        {
            foreach (Queue<JournalBatch> queue in streams)
                rows.Add(queue.Dequeue());
            streams.RemoveAll(queue => queue.Count == 0);
        }

        return rows;
    }
}
