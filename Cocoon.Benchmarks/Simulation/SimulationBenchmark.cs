using System.Diagnostics;
using Cocoon.Simulation;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Benchmarks.Simulation;

/// <summary>The standard world (3 proxies, 8 workers, 20 clients, 5 jobs/s, 10 minutes, all faults): medians over seeds, after a soak's first worlds have been compiled.</summary>
internal static class SimulationBenchmark
{
    private const int Rounds = 9;
    private const ulong WarmUps = 12;

    public static Task<int> RunAsync(string[] args)
    {
        List<double> steps = [], ratios = [];
        for (ulong seed = 1000; seed < 1000 + WarmUps; seed++)
            StandardWorld.Run(new WorldOptions { Seed = seed });
        for (ulong seed = 1; seed <= Rounds; seed++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            WorldReport report = StandardWorld.Run(new WorldOptions { Seed = seed });
            TimeSpan elapsed = watch.Elapsed;
            if (report.Outcome.Violation is { } violation)
            {
                Console.Error.WriteLine($"seed {seed}: {violation}");
                return Task.FromResult(1);
            }

            steps.Add(report.Outcome.Steps / elapsed.TotalSeconds);
            ratios.Add(report.Outcome.Time / elapsed);
        }

        steps.Sort();
        ratios.Sort();
        Report table = new("Standard simulated world", args.Contains("--json"));
        table.Row("steps per second", $"{steps[Rounds / 2]:N0}", "", "", "≥ 150,000");
        table.Row("times real time", $"{ratios[Rounds / 2]:N0}", "", "", "≥ 1,000");
        table.Figure("steps_per_s", steps[Rounds / 2]);
        table.Figure("real_time_ratio", ratios[Rounds / 2]);
        table.Print();
        return Task.FromResult(0);
    }
}
