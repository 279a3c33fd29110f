using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cocoon.Simulation;
using Cocoon.Simulation.Jobs;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Tests.Simulation;

public sealed class WorldTests
{
    private const int WorldsOfEachKind = 100;

    /// <summary>More faults than a soak's, so that short worlds see them all.</summary>
    private static readonly WorldFaults Harsh = WorldFaults.Harsh;

    [Fact]
    public void ShortWorldsOfThreeProxiesHoldTheirInvariants()
    {
        IReadOnlyList<WorldReport> worlds = RunWorlds(1, new WorldOptions
        {
            Duration = TimeSpan.FromSeconds(20),
            Workers = 4,
            Clients = 8,
            Shards = 6,
            JobsPerSecond = 4,
            Faults = Harsh,
        });
        Assert.True(worlds.Sum(world => world.PursesUsedUp) > 0, "no purse that two gateways share was ever used up");
        Assert.Equal(0, worlds.Sum(world => world.RollbacksFound));
    }

    [Fact]
    public void ShortWorldsOfOneTwoAndFourProxiesHoldTheirInvariants()
    {
        foreach (int proxies in (int[])[1, 2, 4])
        {
            RunWorlds(10_000, new WorldOptions
            {
                Proxies = proxies,
                Duration = TimeSpan.FromSeconds(15),
                Workers = 2,
                Clients = 4,
                Shards = 3,
                JobsPerSecond = 4,
                Faults = Harsh,
            });
        }
    }

    [Fact]
    public void WorldsWhoseDatabaseIsRestoredFromABackupStayConsistent()
    {
        IReadOnlyList<WorldReport> worlds = RunWorlds(20_000, new WorldOptions
        {
            Duration = TimeSpan.FromSeconds(20),
            Workers = 3,
            Clients = 6,
            Shards = 4,
            JobsPerSecond = 4,
            Faults = Harsh with { RestoreEvery = TimeSpan.FromSeconds(8) },
        });
        Assert.True(worlds.Sum(world => world.RollbacksFound) > 0, "no client ever found its proxy's ledger rolled back");
    }

    [Fact]
    public void AWorldWithoutFaultsLosesNothingAndRepeatsNothing()
    {
        WorldReport report = StandardWorld.Run(new WorldOptions { Duration = TimeSpan.FromSeconds(60), Faults = WorldFaults.None, Shards = 8 });
        Assert.Null(report.Outcome.Violation);
        Assert.Equal(report.Submitted, report.Acknowledged + report.Cancelled + report.Failed.Values.Sum());
        // Before the first credit there is no money and no purse, which is used up now and then; and some jobs ask for less time than they take.
        Assert.All(report.Failed.Keys, code => Assert.Contains(code, (string[])["Balance", "Deadline", "Purse", "PurseBudget"]));
        Assert.InRange(report.Submitted, 200, 400);
        Assert.True(report.Transfers > 0);
    }

    [Fact]
    public void TheSameSeedGivesTheSameWorldInProcessesOfDifferentRuntimes()
    {
        string plain = HashOf(77, []);
        string other = HashOf(77, [("DOTNET_TieredCompilation", "0"), ("DOTNET_gcServer", "1")]);
        Assert.Equal(plain, other);
        Assert.NotEqual(plain, HashOf(78, []));
    }

    [Fact]
    public void LookingCloselyDoesNotChangeTheWorld()
    {
        WorldOptions options = new() { Seed = 5, Duration = TimeSpan.FromSeconds(10), Faults = Harsh };
        Assert.Equal(StandardWorld.Run(options).Outcome.Hash, StandardWorld.Run(options with { Detailed = true }).Outcome.Hash);
    }

    private static List<WorldReport> RunWorlds(ulong firstSeed, WorldOptions options)
    {
        List<WorldReport> reports = [];
        for (ulong seed = firstSeed; seed < firstSeed + WorldsOfEachKind; seed++)
        {
            WorldReport report = new JobWorld(options with { Seed = seed }).Run();
            if (report.Outcome.Violation is not null)
                Assert.Fail($"seed {seed}, step {report.Outcome.Steps}: {report.Outcome.Violation}\n{string.Join('\n', report.Outcome.Trail)}");
            reports.Add(report);
        }

        return reports;
    }

    private static string HashOf(ulong seed, (string Name, string Value)[] environment)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "cocoon.dll");
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        string[] arguments = [program, "simulate", "world", "--seed", seed.ToString(CultureInfo.InvariantCulture), "--minutes", "0.5", "--json"];
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        using JsonDocument json = JsonDocument.Parse(lines[^1]);
        return json.RootElement.GetProperty("hash").GetString()!;
    }
}
