using System.Diagnostics;
using System.Text;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Benchmarks.Tokenizers;

/// <summary>Encoding speed on one thread, in megabytes of UTF-8 per second. The floor is 10 MB/s on English.</summary>
internal static class TokenizerBenchmark
{
    private const int Rounds = 5;
    private const double FloorMegabytesPerSecond = 10;

    public static Task<int> RunAsync(string[] args)
    {
        string root = FindRoot();
        string english = File.ReadAllText(Path.Combine(root, "LICENSE")) + string.Concat(
            Directory.EnumerateFiles(root, "*.md", SearchOption.AllDirectories).Where(path => !path.Contains("node_modules", StringComparison.Ordinal)).Order().Select(File.ReadAllText));
        english = Repeat(english, 4_000_000);
        string code = Repeat(string.Concat(Directory.EnumerateFiles(Path.Combine(root, "Cocoon.Inference"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).Order().Select(File.ReadAllText)), 4_000_000);
        string random = RandomWords(1_000_000);

        Report report = new("tokenizer, one thread", args.Contains("--json"));
        double slowest = double.MaxValue;
        foreach ((string name, string path) in Vocabularies(root))
        {
            using GgufFile file = GgufFile.Open(path);
            long start = Stopwatch.GetTimestamp();
            Tokenizer tokenizer = Tokenizer.Read(file.Metadata);
            double loadMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            double speed = Measure(tokenizer, english);
            slowest = Math.Min(slowest, speed);
            report.Row($"{name}: English", $"{speed:F1} MB/s", $"{FloorMegabytesPerSecond} MB/s", $"{speed / FloorMegabytesPerSecond:F1}", "1");
            report.Row($"{name}: C# source", $"{Measure(tokenizer, code):F1} MB/s");
            report.Row($"{name}: random words, nothing cached", $"{Measure(tokenizer, random):F1} MB/s");
            report.Row($"{name}: one word of 200 kB", $"{Measure(tokenizer, new string('a', 200_000)):F1} MB/s");
            report.Row($"{name}: load", $"{loadMs:F0} ms");
            report.Figure($"mb_per_s_{name}", speed);
            report.Figure($"load_ms_{name}", loadMs);
        }

        report.Figure("mb_per_s", slowest);
        report.Print();
        return Task.FromResult(slowest >= FloorMegabytesPerSecond ? 0 : 1);
    }

    private static double Measure(Tokenizer tokenizer, string text)
    {
        double bytes = Encoding.UTF8.GetByteCount(text);
        double best = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            tokenizer.Encode(text);
            best = Math.Max(best, bytes / 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static IEnumerable<(string Name, string Path)> Vocabularies(string root)
    {
        yield return ("demo", Path.Combine(root, "models", "cocoon-tiny-en-fr-q8_0.gguf"));
        foreach (string name in (string[])["qwen2", "gpt-2"])
        {
            string path = Path.GetFullPath(Path.Combine(root, "..", "shared", "vectors", "inference", "tokenizers", $"ggml-vocab-{name}.gguf"));
            if (File.Exists(path))
                yield return (name, path);
        }
    }

    private static string Repeat(string text, int length)
    {
        StringBuilder builder = new(length + text.Length);
        while (builder.Length < length)
            builder.Append(text);
        return builder.ToString(0, length);
    }

    private static string RandomWords(int length)
    {
        Random random = new(1);
        StringBuilder builder = new(length);
        while (builder.Length < length)
        {
            for (int letters = random.Next(3, 10); letters > 0; letters--)
                builder.Append((char)('a' + random.Next(26)));
            builder.Append(' ');
        }

        return builder.ToString();
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cocoon.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("run the benchmark from a clone of the repository");
    }
}
