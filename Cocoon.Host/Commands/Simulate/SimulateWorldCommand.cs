using System.CommandLine;
using System.Diagnostics;
using Cocoon.Simulation;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Host.Commands.Simulate;

/// <summary><c>cocoon simulate world</c>: worlds of the standard size under one seed after the other; 1 when an invariant is violated.</summary>
internal static class SimulateWorldCommand
{
    private static readonly Option<int> Seeds = Number("--seeds", 10, "How many worlds to run.");
    private static readonly Option<double> Minutes = new("--minutes") { Description = "World time under faults.", DefaultValueFactory = _ => 10 };
    private static readonly Option<ulong?> Seed = new("--seed") { Description = "Replay this one world, with its trail." };
    private static readonly Option<ulong> FirstSeed = new("--first-seed") { Description = "Where to start.", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> Proxies = Number("--proxies", 3, "Proxy nodes, 1 to 4.");
    private static readonly Option<int> Workers = Number("--workers", 8, "Workers.");
    private static readonly Option<int> Clients = Number("--clients", 20, "Clients.");
    private static readonly Option<int> Rate = Number("--rate", 5, "Jobs per second of all clients together.");
    private static readonly Option<bool> Restore = new("--restore") { Description = "Restore an old backup of the database now and then, too." };
    private static readonly Option<int> TrailLines = Number("--trail", 80, "Lines of the trail that are shown.");
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object as the last line." };

    public static Command Create()
    {
        Command command = new("world", "Run worlds of proxies, workers and clients in which everything fails, and check that the books hold.")
        {
            Seeds, Minutes, Seed, FirstSeed, Proxies, Workers, Clients, Rate, Restore, TrailLines, Json,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        WorldOptions options = Read(parsed);
        bool json = parsed.GetValue(Json);
        ulong? only = parsed.GetValue(Seed);
        ulong first = only ?? parsed.GetValue(FirstSeed);
        int count = only is null ? parsed.GetValue(Seeds) : 1;
        WorldTotals totals = new();
        Stopwatch watch = Stopwatch.StartNew();
        for (ulong seed = first; seed < first + (ulong)count; seed++)
        {
            WorldReport report = StandardWorld.Run(options with { Seed = seed, Detailed = only is not null });
            totals.Add(report);
            if (!json && !Console.IsOutputRedirected)
                Console.Write($"\r{totals.Worlds} of {count} worlds, {totals.Steps / watch.Elapsed.TotalSeconds:0} steps/s   ");
            if (report.Outcome.Violation is not null || only is not null)
                WorldOutput.Trail(report, json ? Console.Error : Console.Out);
            if (report.Outcome.Violation is not null)
                break;
        }

        if (!json)
            WorldOutput.Table(totals, watch.Elapsed, Console.Out);
        else
            WorldOutput.Json(totals, watch.Elapsed, Console.Out);
        return totals.Violation is null ? 0 : 1;
    }

    private static WorldOptions Read(ParseResult parsed)
    {
        WorldFaults faults = WorldFaults.All;
        if (parsed.GetValue(Restore))
            faults = faults with { RestoreEvery = TimeSpan.FromSeconds(60) };
        return new WorldOptions
        {
            Duration = TimeSpan.FromMinutes(parsed.GetValue(Minutes)),
            Proxies = parsed.GetValue(Proxies),
            Workers = parsed.GetValue(Workers),
            Clients = parsed.GetValue(Clients),
            JobsPerSecond = parsed.GetValue(Rate),
            TrailLines = parsed.GetValue(TrailLines),
            Faults = faults,
        };
    }

    private static Option<int> Number(string name, int value, string description)
        => new(name) { Description = $"{description} Default {value}.", DefaultValueFactory = _ => value };
}
