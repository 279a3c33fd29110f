namespace Cocoon.Benchmarks;

internal static class Program
{
    private static readonly SortedDictionary<string, (string Summary, Func<string[], Task<int>> Run)> Suites = new(StringComparer.Ordinal)
    {
        ["engine"] = (Engine.EngineSuite.Summary, Engine.EngineSuite.RunAsync),
        ["simulation"] = ("the standard world: steps per second, times real time", Simulation.SimulationBenchmark.RunAsync),
        ["sampling"] = ("one draw from 151,936 logits, masks of a grammar", Sampling.SamplingBenchmark.RunAsync),
        ["tokenizer"] = ("encoding speed of each vocabulary", Tokenizers.TokenizerBenchmark.RunAsync),
        ["gateway"] = ("the OpenAI-compatible HTTP surface beside a bare Kestrel endpoint", Gateway.GatewayBenchmark.RunAsync),
        ["path"] = (JobPath.PathBenchmark.Summary, JobPath.PathBenchmark.RunAsync),
        ["routing"] = ("one choice among 100 and 1,000 workers; acquire and release; the queue", Routing.RoutingBenchmark.RunAsync),
        ["ledger"] = ("settlements beside raw SQLite inserts, recovery of 10 million events", Ledger.LedgerBenchmark.RunAsync),
        ["runtime"] = ("tell, ask, spawn beside a raw bounded channel", Runtime.RuntimeBenchmark.RunAsync),
        ["ton"] = ("bags of cells beside @ton/core, Ed25519 beside openssl speed", Ton.TonBenchmark.RunAsync),
        ["wire"] = ("links over TLS beside raw TLS with Pipelines; an upload on a slow line", Wire.WireBenchmark.RunAsync),
    };

    private static Task<int> Main(string[] args)
    {
        if (args.Length > 0 && Suites.TryGetValue(args[0], out (string Summary, Func<string[], Task<int>> Run) suite))
            return suite.Run(args[1..]);

        Console.Error.WriteLine("usage: dotnet run -c Release --project Cocoon.Benchmarks -- SUITE [--json]");
        foreach ((string name, (string summary, _)) in Suites)
            Console.Error.WriteLine($"  {name,-10} {summary}");
        return Task.FromResult(2);
    }
}
