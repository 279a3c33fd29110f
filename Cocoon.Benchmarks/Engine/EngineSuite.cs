using System.Globalization;
using System.Text.Json;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Kernels;

namespace Cocoon.Benchmarks.Engine;

/// <summary>
/// The embedded engine beside llama.cpp on the same files. <c>--models DIR</c>: where generated files are kept (default: a folder of the
/// system's temporary one); <c>--peer DIR</c>: llama.cpp's libraries, as <c>Engine/install-peer.sh</c> installs them (default: there; without them only our
/// own figures); <c>--types A,B</c>, <c>--threads 1,2</c>, <c>--rounds N</c>, <c>--kernels NAME</c>.
/// </summary>
internal static class EngineSuite
{
    public const string Summary = "embedded engine against llama.cpp: prefill, decode, bandwidth, batching, first token, memory";

    public static Task<int> RunAsync(string[] args)
    {
        string models = Option(args, "--models") ?? Path.Combine(Path.GetTempPath(), "cocoon-engine-models");
        string peer = Option(args, "--peer") ?? Path.Combine(Path.GetTempPath(), "cocoon-engine-peer");
        int[] threads = [.. (Option(args, "--threads") ?? "1,2").Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        GgufTensorType[] types = [.. (Option(args, "--types") ?? "Q8_0,Q4_0,Q4_K,Q6_K").Split(',').Select(Enum.Parse<GgufTensorType>)];
        int rounds = int.Parse(Option(args, "--rounds") ?? "4", CultureInfo.InvariantCulture);
        string? kernels = Option(args, "--kernels");
        string? libraries = Directory.Exists(peer) ? Directory.GetFiles(peer, "libllama.v*.so", SearchOption.AllDirectories).Select(Path.GetDirectoryName).FirstOrDefault() : null;
        if (libraries is not null)
            LlamaLibrary.Load(libraries);
        Console.WriteLine($"kernels {kernels ?? KernelSet.Best.Name}; {(libraries is null ? "no llama.cpp here: run install-peer.sh for ratios" : "llama.cpp v0.5.0")}");
        Console.WriteLine("type   thr | prefill own / peer = ratio | decode own / peer = ratio | of read bandwidth, peer | NMSE");
        List<ComparisonResult> results = [];
        foreach (GgufTensorType type in types)
        {
            string path = EngineComparison.ModelFile(models, type);
            foreach (int count in threads)
            {
                ComparisonResult result = EngineComparison.Run(path, type, count, rounds, kernels, libraries is not null);
                results.Add(result);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{type,-6} {count,3} | {result.OwnPrefill,7:F1} / {result.PeerPrefill,6:F1} = {Ratio(result.OwnPrefill, result.PeerPrefill),4:F2} | {result.OwnDecode,6:F1} / {result.PeerDecode,5:F1} = {result.DecodeRatio,4:F2} | {result.OwnShare,12:P0} {result.PeerShare,8:P0} | {result.Error:E1}"));
            }
        }

        ServingResult serving = ServingFigures.Measure(EngineComparison.ModelFile(models, types[0]), threads.Max(), kernels);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{types[0]}, {threads.Max()} threads: one sequence {serving.Single:F1}, eight together {serving.Together:F1} tokens/s = {serving.Together / serving.Single:F2}; first token of 16 {serving.FirstTokenSeconds:F2} s after opening, {serving.ColdTokenSeconds:F2} s from a disk that reads the file in {serving.ColdReadSeconds:F2} s; the next 30 every {serving.EarlyDelayMs:F0} ms, at most {serving.EarlyDelayMaxMs:F0}; with a foreign thread on a core {serving.BusyShare:P0} of the speed; memory beyond file and cache {serving.ExtraMemoryShare:P1}"));
        if (args.Contains("--json"))
            Console.WriteLine(Json(results, serving));
        return Task.FromResult(0);
    }

    private static string Json(List<ComparisonResult> results, ServingResult serving) => JsonSerializer.Serialize(new
    {
        suite = "engine",
        ratios = PerThread(results, result => new { decode = Math.Round(result.DecodeRatio, 2), prefill = Ratio(result.OwnPrefill, result.PeerPrefill) }),
        tokens_per_s = PerThread(results, result => new
        {
            decode = Math.Round(result.OwnDecode, 2),
            prefill = Math.Round(result.OwnPrefill, 1),
            peer_decode = Math.Round(result.PeerDecode, 2),
            peer_prefill = Math.Round(result.PeerPrefill, 1),
        }),
        batch_of_8 = Math.Round(serving.Together / serving.Single, 2),
        first_token_s = Math.Round(serving.FirstTokenSeconds, 3),
        cold_first_token_s = Math.Round(serving.ColdTokenSeconds, 2),
        cold_read_s = Math.Round(serving.ColdReadSeconds, 2),
        early_delay_ms = Math.Round(serving.EarlyDelayMs, 1),
        early_delay_max_ms = Math.Round(serving.EarlyDelayMaxMs, 1),
        busy_share = Math.Round(serving.BusyShare, 2),
        extra_memory_share = Math.Round(serving.ExtraMemoryShare, 4),
        bandwidth_share = PerThread(results, result => Math.Round(result.OwnShare, 3)),
        peer_bandwidth_share = PerThread(results, result => Math.Round(result.PeerShare, 3)),
    });

    private static Dictionary<string, Dictionary<string, T>> PerThread<T>(List<ComparisonResult> results, Func<ComparisonResult, T> select) =>
        results.GroupBy(result => result.Type.ToString()).ToDictionary(
            group => group.Key, group => group.ToDictionary(result => result.Threads.ToString(CultureInfo.InvariantCulture), select));

    private static double Ratio(double own, double peer) => peer > 0 ? Math.Round(own / peer, 2) : 0;

    private static string? Option(string[] args, string name)
    {
        int index = Array.IndexOf(args, name);
        return index >= 0 && index + 1 < args.Length ? args[index + 1] : null;
    }
}
