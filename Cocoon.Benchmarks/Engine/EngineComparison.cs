using Cocoon.Inference.Gguf;
using Cocoon.Inference.Model;

namespace Cocoon.Benchmarks.Engine;

/// <summary>One file, one number of threads: prefill and decode of both engines, alternating.</summary>
/// <param name="Type">Format of the file's matrices.</param>
/// <param name="Threads">Threads of both engines.</param>
/// <param name="OwnPrefill">Our tokens per second over the prompt, the median round.</param>
/// <param name="PeerPrefill">llama.cpp's.</param>
/// <param name="OwnDecode">Our tokens per second one by one.</param>
/// <param name="PeerDecode">llama.cpp's.</param>
/// <param name="FileBytes">Size of the file.</param>
/// <param name="Error">Normalised mean square difference of the last logits.</param>
internal sealed record ComparisonResult(
    GgufTensorType Type, int Threads, double OwnPrefill, double PeerPrefill, double OwnDecode, double PeerDecode, long FileBytes, double Error);

internal static class EngineComparison
{
    private const int PromptTokens = 128;
    private const int DecodeTokens = 24;
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
        int[] prompt = [.. Enumerable.Range(0, PromptTokens).Select(i => 1000 + (i * 7919 % 100_000))];
        int[] answer = [.. Enumerable.Range(0, DecodeTokens).Select(i => 500 + (i * 104_729 % 100_000))];
        List<double> ownPrefill = [], peerPrefill = [], ownDecode = [], peerDecode = [];
        double error = 0;
        for (int round = -1; round < rounds; round++)
        {
            own.Clear();
            double ownPrompt = own.Prefill(prompt), ownAnswer = own.Decode(answer);
            double peerPrompt = 0, peerAnswer = 0;
            if (peer is not null)
            {
                peer.Clear();
                (peerPrompt, peerAnswer) = (peer.Prefill(prompt), peer.Decode(answer));
                error = Difference(peer.LastLogits(own.Shape.VocabularySize), own.LastLogits());
            }

            // The first round only warms up.
            if (round < 0)
                continue;
            ownPrefill.Add(PromptTokens / ownPrompt);
            ownDecode.Add(DecodeTokens / ownAnswer);
            peerPrefill.Add(peer is null ? 0 : PromptTokens / peerPrompt);
            peerDecode.Add(peer is null ? 0 : DecodeTokens / peerAnswer);
        }

        return new ComparisonResult(
            type, threads, Median(ownPrefill), Median(peerPrefill), Median(ownDecode), Median(peerDecode), new FileInfo(path).Length, error);
    }

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
}
