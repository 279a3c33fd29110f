using Cocoon.Inference.Gguf;
using Cocoon.Inference.Model;

namespace Cocoon.Benchmarks.Engine;

/// <summary>One file, one number of threads: prefill and decode of both engines, alternating; medians over the slices.</summary>
/// <param name="Type">Format of the file's matrices.</param>
/// <param name="Threads">Threads of both engines.</param>
/// <param name="OwnPrefill">Our tokens per second over the prompt.</param>
/// <param name="PeerPrefill">llama.cpp's.</param>
/// <param name="OwnDecode">Our tokens per second one by one.</param>
/// <param name="PeerDecode">llama.cpp's.</param>
/// <param name="DecodeRatio">Of ours to llama.cpp's in the same half second: a shared machine's bandwidth changes from second to second.</param>
/// <param name="OwnShare">Of the file's bytes per token in the rate at which plain reads went just before and after.</param>
/// <param name="PeerShare">llama.cpp's share: one divided by it is the best ratio that any engine reading these weights could have.</param>
/// <param name="Error">Normalised mean square difference of the last logits.</param>
internal sealed record ComparisonResult(
    GgufTensorType Type,
    int Threads,
    double OwnPrefill,
    double PeerPrefill,
    double OwnDecode,
    double PeerDecode,
    double DecodeRatio,
    double OwnShare,
    double PeerShare,
    double Error);

internal static class EngineComparison
{
    private const int PromptTokens = 128;
    private const int SliceTokens = 6;
    private const int SlicesPerRound = 5;
    private const int ContextTokens = 512;

    /// <summary>The random model of a format, written once and kept in the folder.</summary>
    public static string ModelFile(string folder, GgufTensorType type)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"random-0.6b-{type}.gguf");
        if (!File.Exists(path))
        {
            RandomModel.Qwen3Small(type).WriteTo(path + ".part");
            File.Move(path + ".part", path);
        }

        return path;
    }

    public static ComparisonResult Run(string path, GgufTensorType type, int threads, int rounds, string? kernels, bool withPeer)
    {
        using OwnEngine own = new(path, threads, ContextTokens, kernels);
        using LlamaPeer? peer = withPeer ? new LlamaPeer(path, threads, ContextTokens) : null;
        using ReadBandwidth reads = new(threads);
        int[] prompt = [.. Enumerable.Range(0, PromptTokens).Select(i => 1000 + (i * 7919 % 100_000))];
        int[] answer = [.. Enumerable.Range(0, SliceTokens).Select(i => 500 + (i * 104_729 % 100_000))];
        double gigabytes = new FileInfo(path).Length / 1e9;
        List<double> ownPrefill = [], peerPrefill = [];
        List<Slice> slices = [];
        double error = 0;
        for (int round = -1; round < rounds; round++)
        {
            own.Clear();
            peer?.Clear();
            double ownPrompt = own.Prefill(prompt), peerPrompt = peer?.Prefill(prompt) ?? 0;
            double before = reads.Measure();
            for (int i = 0; i < SlicesPerRound; i++)
            {
                double ownAnswer = own.Decode(answer), peerAnswer = peer?.Decode(answer) ?? 0, after = reads.Measure();
                // The first round only warms up.
                if (round >= 0)
                    slices.Add(new Slice(SliceTokens / ownAnswer, peerAnswer > 0 ? SliceTokens / peerAnswer : 0, Math.Max(before, after) / gigabytes));
                before = after;
            }

            if (peer is not null)
                error = Difference(peer.LastLogits(own.Shape.VocabularySize), own.LastLogits());
            if (round < 0)
                continue;
            ownPrefill.Add(PromptTokens / ownPrompt);
            peerPrefill.Add(peer is null ? 0 : PromptTokens / peerPrompt);
        }

        return new ComparisonResult(
            type,
            threads,
            Median(ownPrefill),
            Median(peerPrefill),
            Median(slices, slice => slice.Own),
            Median(slices, slice => slice.Peer),
            peer is null ? 0 : Median(slices, slice => slice.Own / slice.Peer),
            Median(slices, slice => slice.Own / slice.Possible),
            Median(slices, slice => slice.Peer / slice.Possible),
            error);
    }

    private static double Median(List<Slice> slices, Func<Slice, double> value) => Median([.. slices.Select(value)]);

    public static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static double Difference(float[] expected, float[] actual)
    {
        double error = 0, power = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            error += Math.Pow(expected[i] - (double)actual[i], 2);
            power += Math.Pow(expected[i], 2);
        }

        return error / power;
    }

    /// <summary>Tokens per second of both, and how many an engine could make that reads the file's bytes as fast as plain reads go.</summary>
    private readonly record struct Slice(double Own, double Peer, double Possible);
}
