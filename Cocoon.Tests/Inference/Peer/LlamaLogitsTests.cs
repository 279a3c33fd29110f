using Cocoon.Benchmarks.Engine;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Kernels;
using Cocoon.Inference.Model;
using Cocoon.Tests.Inference.Model;

namespace Cocoon.Tests.Inference.Peer;

/// <summary>
/// Random models of every architecture, format and rope scaling on llama.cpp and on this engine, the logits of every position compared.
/// Files of whole numbers differ by the order of sums and 16-bit keys and values; quantised ones by the rounding of activations too.
/// </summary>
public sealed class LlamaLogitsTests
{
    private const int Tokens = 160;
    private const int OriginalContextTokens = 64;

    public static TheoryData<ModelArchitecture, GgufTensorType, double> Formats => new()
    {
        { ModelArchitecture.Llama, GgufTensorType.F32, 1e-6 },
        { ModelArchitecture.Qwen2, GgufTensorType.F32, 1e-6 },
        { ModelArchitecture.Qwen3, GgufTensorType.F32, 1e-6 },
        { ModelArchitecture.Qwen3Moe, GgufTensorType.F32, 1e-6 },
        { ModelArchitecture.Qwen2, GgufTensorType.F16, 1e-5 },
        { ModelArchitecture.Llama, GgufTensorType.BF16, 1e-4 },
        { ModelArchitecture.Qwen3Moe, GgufTensorType.BF16, 1e-4 },
        { ModelArchitecture.Qwen2, GgufTensorType.Q8_0, 1e-3 },
        { ModelArchitecture.Qwen2, GgufTensorType.Q4_0, 1e-3 },
        { ModelArchitecture.Qwen2, GgufTensorType.Q4_K, 3e-3 },
        { ModelArchitecture.Qwen2, GgufTensorType.Q5_K, 3e-3 },
        { ModelArchitecture.Llama, GgufTensorType.Q5_K, 3e-3 },
        { ModelArchitecture.Llama, GgufTensorType.Q6_K, 3e-3 },
        { ModelArchitecture.Qwen3Moe, GgufTensorType.Q8_0, 1e-3 },
        { ModelArchitecture.Qwen3Moe, GgufTensorType.Q5_K, 3e-3 },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_format_agrees(ModelArchitecture architecture, GgufTensorType type, double tolerance) =>
        AssertAgrees(Small(architecture) with { Type = type, EmbeddingType = type }, tolerance);

    [Theory]
    [InlineData(ModelArchitecture.Llama)]
    [InlineData(ModelArchitecture.Qwen3)]
    public void Linear_scaling_agrees(ModelArchitecture architecture) => AssertAgrees(
        Small(architecture) with
        {
            Extend = (writer, name) =>
            {
                writer.Add($"{name}.rope.scaling.type", "linear");
                writer.Add($"{name}.rope.scaling.factor", 4f);
            },
        },
        1e-6);

    [Theory]
    [InlineData(ModelArchitecture.Llama, 4f, null)]
    [InlineData(ModelArchitecture.Qwen2, 4f, null)]
    [InlineData(ModelArchitecture.Qwen3Moe, 2f, null)]
    [InlineData(ModelArchitecture.Qwen3, 8f, 1.25f)]
    public void Yarn_agrees(ModelArchitecture architecture, float factor, float? attention) => AssertAgrees(
        Small(architecture) with
        {
            Extend = (writer, name) =>
            {
                writer.Add($"{name}.rope.scaling.type", "yarn");
                writer.Add($"{name}.rope.scaling.factor", factor);
                writer.Add($"{name}.rope.scaling.original_context_length", (uint)OriginalContextTokens);
                if (attention is { } value)
                    writer.Add($"{name}.rope.scaling.attn_factor", value);
            },
        },
        1e-6);

    [Fact]
    public void The_factors_of_Llama_3_agree()
    {
        RandomModel shape = Small(ModelArchitecture.Llama);
        AssertAgrees(
            shape with
            {
                Extend = (writer, _) => writer.AddTensor("rope_freqs.weight", GgufTensorType.F32, [shape.HeadSize / 2], stream =>
                {
                    for (int i = 0; i < shape.HeadSize / 2; i++)
                        stream.Write(BitConverter.GetBytes(i < 6 ? 1f : MathF.Min(8, 1 + (0.9f * (i - 6)))));
                }),
            },
            1e-6);
    }

    private static RandomModel Small(ModelArchitecture architecture) => SmallModels.Of(architecture, 256, 512, heads: 8, vocabulary: 512) with
    {
        HasOutput = architecture is ModelArchitecture.Llama or ModelArchitecture.Qwen3Moe,
    };

    private static void AssertAgrees(RandomModel shape, double tolerance)
    {
        LlamaCpp.Require();
        using TemporaryModel file = new(shape);
        int[] tokens = [.. Enumerable.Range(0, Tokens).Select(i => (7 + (i * 7919)) % shape.Vocabulary)];
        using LlamaPeer peer = new(file.Path, threads: 1, contextTokens: 256, isExact: true);
        float[] expected = peer.AllLogits(tokens, shape.Vocabulary);
        using TestModel model = new(file.Path, KernelSet.Best);
        float[] actual = model.PromptLogits(tokens, stretch: 48);
        // The median position: where two experts are nearly equal, rounding chooses another one and that position differs much.
        double error = Enumerable.Range(0, Tokens)
            .Select(position => ReferenceLogitsTests.NormalisedError(Row(expected, position), Row(actual, position))).Order().ElementAt(Tokens / 2);
        Assert.True(error < tolerance, $"{shape.Architecture} {shape.Type}: normalised mean square error {error:E2}, limit {tolerance:E0}");

        ReadOnlySpan<float> Row(float[] logits, int position) => logits.AsSpan(position * shape.Vocabulary, shape.Vocabulary);
    }
}
