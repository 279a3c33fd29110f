using System.Globalization;
using System.Text.Json;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Host.Commands.Simulate;

/// <summary>What <c>cocoon simulate world</c> prints.</summary>
internal static class WorldOutput
{
    public static void Trail(WorldReport report, TextWriter output)
    {
        output.WriteLine();
        foreach (string line in report.Outcome.Trail)
            output.WriteLine(line);
        if (report.Outcome.Violation is null)
            return;
        output.WriteLine();
        output.WriteLine($"VIOLATED in seed {report.Outcome.Seed} at step {report.Outcome.Steps}: {report.Outcome.Violation}");
        output.WriteLine($"Replay it with: cocoon simulate world --seed {report.Outcome.Seed}, and the same other options.");
    }

    public static void Table(WorldTotals totals, TimeSpan elapsed, TextWriter output)
    {
        output.WriteLine();
        Line("worlds", totals.Worlds);
        Line("steps", totals.Steps);
        Line("steps/s", (long)(totals.Steps / elapsed.TotalSeconds));
        Line("times real time", (long)(totals.Time / elapsed));
        Line("jobs sent", totals.Submitted);
        Line("jobs acknowledged", totals.Acknowledged);
        Line("jobs cancelled", totals.Cancelled);
        Line("jobs failed", totals.Failed);
        Line("jobs resumed", totals.Resumed);
        Line("runs of engines", totals.Runs);
        Line("settlements", totals.Settlements);
        Line("transfers", totals.Transfers);
        if (totals.LostByRestore > 0)
            Line("lost by restored backups", totals.LostByRestore);
        foreach ((string name, long count) in totals.Faults)
            Line($"fault: {name}", count);
        output.WriteLine(totals.Violation is null ? "Every invariant held." : "An invariant was violated.");

        void Line(string name, long value) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-30} {value,14:N0}"));
    }

    public static void Json(WorldTotals totals, TimeSpan elapsed, TextWriter output) => output.WriteLine(JsonSerializer.Serialize(new
    {
        worlds = totals.Worlds,
        seed = totals.Last?.Seed,
        hash = totals.Last?.Hash,
        steps = totals.Steps,
        stepsPerSecond = Math.Round(totals.Steps / elapsed.TotalSeconds),
        realTimeRatio = Math.Round(totals.Time / elapsed, 1),
        jobs = totals.Submitted,
        acknowledged = totals.Acknowledged,
        cancelled = totals.Cancelled,
        failed = totals.Failed,
        resumed = totals.Resumed,
        runs = totals.Runs,
        settlements = totals.Settlements,
        transfers = totals.Transfers,
        lostByRestore = totals.LostByRestore,
        faults = totals.Faults,
        violation = totals.Violation,
    }));
}
