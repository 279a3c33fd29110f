using System.Globalization;
using Cocoon.Actors.Persistence;

namespace Cocoon.Benchmarks.Ledger;

/// <summary>
/// Settlements through the whole ledger (64 in flight, each reserved, settled, answered when durable), over all shards and on one, beside
/// raw SQLite inserts of the same rows in transactions of the same size; and recovery of a long stream with and without a snapshot.
/// </summary>
internal static class LedgerBenchmark
{
    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(string[] args)
    {
        bool json = args.Contains("--json");
        int events = Number(args, "--events", 10_000_000);
        string folder = Directory.CreateTempSubdirectory("cocoon-bench-").FullName;
        try
        {
            Report report = new("Ledger", json);
            if (!args.Contains("--recovery-only"))
                await SettleAsync(report, folder, Number(args, "--rounds", 5));
            if (events > 0)
                await RecoverAsync(report, folder, events);
            report.Print();
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task SettleAsync(Report report, string folder, int rounds)
    {
        List<SettleRound> all = [];
        List<SettleRound> one = [];
        List<double> allRatios = [];
        List<double> oneRatios = [];
        List<double> floors = [];
        for (int round = -1; round < rounds; round++)
        {
            (SettleRound measured, double floor) = await RoundAsync(folder, oneShard: false);
            (SettleRound single, double singleFloor) = await RoundAsync(folder, oneShard: true);
            if (round < 0)
                continue;
            all.Add(measured);
            one.Add(single);
            floors.Add(floor);
            allRatios.Add(measured.PerSecond / floor);
            oneRatios.Add(single.PerSecond / singleFloor);
        }

        double perSecond = Median(all.Select(round => round.PerSecond));
        double onePerSecond = Median(one.Select(round => round.PerSecond));
        double ratio = Median(allRatios);
        double p50 = Median(all.Select(round => round.MicrosecondsP50));
        report.Row("settle, 256 shards, 64 in flight", $"{perSecond:N0}/s", $"{Median(floors):N0}/s raw inserts", $"{ratio:0.00}", "≥ 25,000/s, ≥ 0.5");
        report.Row("settle, one shard, 64 in flight", $"{onePerSecond:N0}/s", "", $"{Median(oneRatios):0.00}", "≥ 10,000/s");
        report.Row("settle, p50 at 64 in flight", $"{p50:N0} µs", "", "", "");
        report.Row("rows, events for each commit", $"{Median(all.Select(round => round.RowsPerCommit)):0.0}, {Median(all.Select(round => round.EventsPerCommit)):0.0}");
        report.Row("the same on one shard", $"{Median(one.Select(round => round.RowsPerCommit)):0.0}, {Median(one.Select(round => round.EventsPerCommit)):0.0}");
        report.Figure("settle_per_s", perSecond);
        report.Figure("settle_one_shard_per_s", onePerSecond);
        report.Figure("settle_ratio", ratio);
        report.Figure("settle_one_shard_ratio", Median(oneRatios));
        report.Figure("settle_us_p50", p50);
    }

    private static async Task<(SettleRound Round, double Floor)> RoundAsync(string folder, bool oneShard)
    {
        string file = Path.Combine(folder, "settle.db");
        SettleRound round = await SettleLoad.RunAsync(file, oneShard, RoundTime);
        double floor = RawInserts.EventsPerSecond(file, Path.Combine(folder, "raw.db"), round.RowsPerCommit);
        foreach (string left in Directory.GetFiles(folder))
            File.Delete(left);
        return (round, floor);
    }

    private static async Task RecoverAsync(Report report, string folder, int events)
    {
        string file = Path.Combine(folder, "recover.db");
        LedgerKey key = new(new byte[32]);
        RecoverySetup.Write(file, key, events);
        double full = await Recovery.SecondsAsync(file, key, snapshot: true);
        long bytes = new FileInfo(file).Length;
        double fromSnapshot = await Recovery.SecondsAsync(file, key, snapshot: false);
        report.Row($"recover {events:N0} events, no snapshot", $"{full:0.0} s", $"{bytes / 1e9:0.0} GB file", "", "< 60 s");
        report.Row($"recover from a snapshot, {RecoverySetup.Accounts:N0} accounts", $"{fromSnapshot:0.00} s", "", "", "< 2 s");
        report.Figure("recover_full_s", full);
        report.Figure("recover_snapshot_s", fromSnapshot);
    }

    private static int Number(string[] args, string name, int otherwise)
    {
        int index = Array.IndexOf(args, name);
        return index >= 0 && index + 1 < args.Length ? int.Parse(args[index + 1], CultureInfo.InvariantCulture) : otherwise;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
