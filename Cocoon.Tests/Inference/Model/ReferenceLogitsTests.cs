using System.Runtime.InteropServices;
using System.Text.Json;
using Cocoon.Inference.Kernels;

namespace Cocoon.Tests.Inference.Model;

/// <summary>Against logits of llama.cpp. Quantised files differ by rounding of activations, so errors are judged by their mean square.</summary>
public sealed class ReferenceLogitsTests
{
    public static TheoryData<string, double> Models => new()
    {
        { "qwen3-f16", 1e-5 }, { "qwen3-q8_0", 1e-3 }, { "qwen3-q4_0", 1e-3 }, { "qwen3-q4_k", 1e-3 }, { "qwen3-q6_k", 1e-3 },
        { "llama-q8_0", 1e-3 }, { "llama-q4_k", 1e-3 },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_agree(string model, double tolerance)
    {
        string reference = SharedVectors.Require("vectors", "inference", "reference", model + ".a.json");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(reference));
        int[] tokens = Ints(json.RootElement.GetProperty("tokens"));
        float[] expected = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(reference + ".f32")).ToArray();
        foreach (MatrixKernels kernels in KernelSet.Available())
        {
            // The scalar kernels are slow and checked against the others elsewhere.
            if (kernels is ScalarKernels && model != "qwen3-q4_k")
                continue;
            using TestModel running = new(SharedVectors.Require("vectors", "inference", "models", model + ".gguf"), kernels);
            float[] actual = running.PromptLogits(tokens);
            Assert.Equal(expected.Length, actual.Length);
            double error = NormalisedError(expected, actual);
            Assert.True(error < tolerance, $"{model} {kernels.Name}: normalised mean square error {error:E2}");
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Greedy_tokens_agree_where_the_margin_is_clear(string model, double tolerance)
    {
        foreach (string prompt in (string[])[".a.json", ".b.json"])
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(SharedVectors.Require("vectors", "inference", "reference", model + prompt)));
            int[] tokens = Ints(json.RootElement.GetProperty("tokens"));
            using TestModel running = new(SharedVectors.Require("vectors", "inference", "models", model + ".gguf"), KernelSet.Best);
            float[] logits = running.PromptLogits(tokens);
            int vocabulary = running.Shape.VocabularySize, compared = 0;
            foreach (JsonElement step in json.RootElement.GetProperty("steps").EnumerateArray())
            {
                int position = step.GetProperty("pos").GetInt32();
                if (position >= tokens.Length || step.GetProperty("margin").GetDouble() < 0.5)
                    continue;
                ReadOnlySpan<float> row = logits.AsSpan(position * vocabulary, vocabulary);
                Assert.Equal(step.GetProperty("top").GetInt32(), Largest(row));
                Assert.Equal(step.GetProperty("logit").GetDouble(), row[Largest(row)], Math.Sqrt(tolerance) * 30);
                compared++;
            }

            Assert.True(compared > 5, $"only {compared} positions of {model}{prompt} are clear");
        }
    }

    internal static int Largest(ReadOnlySpan<float> row)
    {
        int best = 0;
        for (int i = 1; i < row.Length; i++)
            best = row[i] > row[best] ? i : best;
        return best;
    }

    internal static double NormalisedError(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double error = 0, power = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            error += Math.Pow(expected[i] - (double)actual[i], 2);
            power += Math.Pow(expected[i], 2);
        }

        return error / power;
    }

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(element => element.GetInt32())];
}
