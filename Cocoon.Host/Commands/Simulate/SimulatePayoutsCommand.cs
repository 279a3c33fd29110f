using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cocoon.Simulation.Payouts;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Host.Commands.Simulate;

/// <summary><c>cocoon simulate payouts</c>: the treasury's worlds, one seed after the other; 1 when somebody is paid twice, or not.</summary>
internal static class SimulatePayoutsCommand
{
    private static readonly Option<int> Seeds = new("--seeds") { Description = "How many worlds to run.", DefaultValueFactory = _ => 100 };
    private static readonly Option<ulong?> Seed = new("--seed") { Description = "Replay this one world, with its trail." };
    private static readonly Option<ulong> FirstSeed = new("--first-seed") { Description = "Where to start.", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> TrailLines = new("--trail") { Description = "Lines of the trail that are shown.", DefaultValueFactory = _ => 80 };
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object as the last line." };

    public static Command Create()
    {
        Command command = new("payouts", "Run worlds of a treasury whose nodes, chain and backups fail, and check that everybody is paid once.")
        {
            Seeds, Seed, FirstSeed, TrailLines, Json,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        ulong? only = parsed.GetValue(Seed);
        ulong first = only ?? parsed.GetValue(FirstSeed);
        int count = only is null ? parsed.GetValue(Seeds) : 1;
        int lines = parsed.GetValue(TrailLines);
        Totals totals = new();
        Stopwatch watch = Stopwatch.StartNew();
        for (ulong seed = first; seed < first + (ulong)count && totals.Violation is null; seed++)
        {
            WorldOptions options = PayoutWorlds.OptionsOf(seed) with { TrailLines = lines, Detailed = only is not null };
            PayoutWorldReport report = PayoutWorlds.Run(options);
            totals.Add(report);
            if (report.Outcome.Violation is null && only is null)
                continue;
            foreach (string line in report.Outcome.Trail)
                Console.Error.WriteLine(line);
        }

        Console.WriteLine(parsed.GetValue(Json) ? totals.ToJson(watch.Elapsed) : totals.ToText(watch.Elapsed));
        return totals.Violation is null ? 0 : 1;
    }

    private sealed class Totals
    {
        private readonly SortedDictionary<string, long> faults = new(StringComparer.Ordinal);
        private long worlds;
        private long steps;
        private long payouts;
        private long batches;
        private long expired;
        private long restores;

        public string? Violation { get; private set; }

        public void Add(PayoutWorldReport report)
        {
            worlds++;
            steps += report.Outcome.Steps;
            payouts += report.Payouts;
            batches += report.Attempts;
            expired += Math.Max(0, report.Expired);
            restores += report.Restores;
            foreach ((string name, long times) in report.Faults)
                faults[name] = faults.GetValueOrDefault(name) + times;
            if (report.Outcome.Violation is { } broken)
                Violation = string.Create(CultureInfo.InvariantCulture, $"seed {report.Outcome.Seed}, step {report.Outcome.Steps}: {broken}");
        }

        public string ToText(TimeSpan took) => string.Create(
            CultureInfo.InvariantCulture,
            $"{worlds} worlds, {steps} steps in {took.TotalSeconds:0.0} s: {payouts} payouts in {batches} batches, about {expired} given up, {restores} backups restored")
            + $"\nfaults: {string.Join(", ", faults.Select(fault => $"{fault.Key} {fault.Value}"))}\n{Violation ?? "no violation"}";

        public string ToJson(TimeSpan took) => JsonSerializer.Serialize(new
        {
            worlds,
            steps,
            seconds = Math.Round(took.TotalSeconds, 1),
            payouts,
            batches,
            expired,
            restores,
            faults,
            violation = Violation,
        });
    }
}
