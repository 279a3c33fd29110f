using System.Diagnostics;
using System.Globalization;
using SQLitePCL;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>This process's memory at one time, in bytes.</summary>
/// <param name="Heap">Live managed objects, after a full collection.</param>
/// <param name="Committed">What the collector holds of the system.</param>
/// <param name="Sqlite">What SQLite holds: mostly its page cache.</param>
/// <param name="Resident">The whole process, as the system sees it, before that collection.</param>
internal sealed record SoakSample(TimeSpan At, long Jobs, long Heap, long Committed, long Sqlite, long Resident)
{
    public const string Header = "minutes  jobs       heap MiB  committed MiB  sqlite MiB  resident MiB";

    public static SoakSample Take(TimeSpan at, long jobs)
    {
        using Process self = Process.GetCurrentProcess();
        long resident = self.WorkingSet64;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long heap = GC.GetTotalMemory(forceFullCollection: true);
        return new SoakSample(at, jobs, heap, GC.GetGCMemoryInfo().TotalCommittedBytes, raw.sqlite3_memory_used(), resident);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{At.TotalMinutes,7:0.0}  {Jobs,9}  {Mebibytes(Heap),8:0.0}  {Mebibytes(Committed),13:0.0}  {Mebibytes(Sqlite),10:0.0}  {Mebibytes(Resident),12:0.0}");

    public static double Mebibytes(long bytes) => bytes / (double)(1 << 20);
}
