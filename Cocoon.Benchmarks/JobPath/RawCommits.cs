using System.Diagnostics;
using Cocoon.Host.Storage;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>The floor of a settlement: one row of its size into SQLite with the ledger's durability, committed and fsync'd, nothing else.</summary>
internal static class RawCommits
{
    private const int RowBytes = 400;

    /// <summary>Milliseconds of each commit, ascending.</summary>
    public static double[] Measure(string folder, int count)
    {
        string path = Path.Combine(folder, $"commits-{Guid.NewGuid():N}.db");
        double[] times = new double[count];
        using (SqliteFile file = SqliteFile.Open(new SqliteOptions(path, "bench")))
        {
            using SqliteStatement begin = new(file.Writer, "BEGIN IMMEDIATE");
            using SqliteStatement commit = new(file.Writer, "COMMIT");
            using SqliteStatement insert = new(
                file.Writer,
                "INSERT INTO journal (stream, first_sequence, last_sequence, epoch, chain, mac, body) VALUES (?1, ?2, ?2, 1, ?3, ?3, ?4)");
            byte[] hash = new byte[32];
            byte[] body = new byte[RowBytes];
            for (int i = 0; i < count; i++)
            {
                long start = Stopwatch.GetTimestamp();
                begin.Step();
                insert.Bind(1, 1).Bind(2, i + 1).Bind(3, hash).Bind(4, body).Step();
                commit.Step();
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        Array.Sort(times);
        return times;
    }
}
