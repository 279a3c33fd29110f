using Cocoon.Inference.Gguf;
using Cocoon.Inference.Kernels;
using Cocoon.Inference.Model;

namespace Cocoon.Tests.Inference.Model;

/// <summary>Each architecture and rope scaling on a random model, against a second implementation in doubles.</summary>
public sealed class ArchitectureTests
{
    private static readonly int[] Prompt = [3, 17, 44, 8, 90, 2, 61, 33, 70, 12, 5, 99, 27, 50, 18, 76, 41, 7, 64, 30, 11, 88, 54];

    [Theory]
    [InlineData(ModelArchitecture.Llama, false)]
    [InlineData(ModelArchitecture.Llama, true)]
    [InlineData(ModelArchitecture.Qwen2, false)]
    [InlineData(ModelArchitecture.Qwen3, true)]
    [InlineData(ModelArchitecture.Qwen3Moe, false)]
    public void Logits_are_those_of_the_definition(ModelArchitecture architecture, bool hasOutput)
    {
        using TemporaryModel model = new(Small(architecture) with { HasOutput = hasOutput });
        AssertAgrees(model.Path, Plain(architecture), magnitude: 1);
    }

    [Fact]
    public void Linear_scaling_divides_angles()
    {
        using TemporaryModel model = new(Small(ModelArchitecture.Llama) with
        {
            Extend = (writer, name) =>
            {
                writer.Add($"{name}.rope.scaling.type", "linear");
                writer.Add($"{name}.rope.scaling.factor", 4f);
            },
        });
        Func<int, double> plain = Plain(ModelArchitecture.Llama);
        AssertAgrees(model.Path, pair => plain(pair) / 4, magnitude: 1);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(8f, null)]
    [InlineData(8f, 2f)]
    public void Yarn_keeps_fast_angles_and_divides_slow_ones(float? fast, float? slow)
    {
        using TemporaryModel model = new(Small(ModelArchitecture.Qwen3) with
        {
            Extend = (writer, name) =>
            {
                writer.Add($"{name}.rope.scaling.type", "yarn");
                writer.Add($"{name}.rope.scaling.factor", 4f);
                writer.Add($"{name}.rope.scaling.original_context_length", 64u);
                if (fast is { } rotations)
                    writer.Add($"{name}.rope.scaling.yarn_beta_fast", rotations);
                if (slow is { } fewer)
                    writer.Add($"{name}.rope.scaling.yarn_beta_slow", fewer);
            },
        });
        Func<int, double> plain = Plain(ModelArchitecture.Qwen3);
        double Turning(double rotations) => SmallModels.HeadSize * Math.Log(64 / (rotations * 2 * Math.PI)) / (2 * Math.Log(1_000_000));
        double low = Math.Max(0, Math.Floor(Turning(fast ?? 32))), high = Math.Min(SmallModels.HeadSize - 1, Math.Ceiling(Turning(slow ?? 1)));
        AssertAgrees(
            model.Path,
            pair =>
            {
                double divided = Math.Clamp((pair - low) / Math.Max(0.001, high - low), 0, 1);
                return (plain(pair) / 4 * divided) + (plain(pair) * (1 - divided));
            },
            magnitude: 1 + (0.1 * Math.Log(4)));
    }

    [Theory]
    [InlineData("yarn_log_multiplier", 0.1f)]
    [InlineData("yarn_ext_factor", 0.5f)]
    [InlineData("yarn_attn_factor", 2f)]
    [InlineData("yarn_beta_fast", 0f)]
    [InlineData("yarn_beta_fast", 0.5f)]
    [InlineData("yarn_beta_slow", 0f)]
    [InlineData("yarn_beta_slow", -1f)]
    [InlineData("yarn_beta_slow", 64f)]
    public void Yarn_that_would_be_computed_wrongly_is_refused_by_name(string key, float value)
    {
        using TemporaryModel model = new(Small(ModelArchitecture.Qwen2) with
        {
            Extend = (writer, name) =>
            {
                writer.Add($"{name}.rope.scaling.type", "yarn");
                writer.Add($"{name}.rope.scaling.factor", 4f);
                writer.Add($"{name}.rope.scaling.{key}", value);
            },
        });
        Exception refusal = Assert.ThrowsAny<Exception>(() => new TestModel(model.Path, KernelSet.Best).Dispose());
        Assert.True(refusal is ModelException or GgufException, refusal.ToString());
        Assert.Contains(key.StartsWith("yarn_beta", StringComparison.Ordinal) ? "yarn_beta_slow" : key, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(GgufTensorType.Q8_0, 0.01)]
    [InlineData(GgufTensorType.Q5_K, 0.02)]
    [InlineData(GgufTensorType.Q6_K, 0.02)]
    [InlineData(GgufTensorType.BF16, 0.001)]
    public void Mixture_of_experts_runs_in_every_format_alike_as_prompt_and_token_by_token(GgufTensorType type, double tolerance)
    {
        RandomModel shape = Small(ModelArchitecture.Qwen3Moe) with { Type = type, EmbeddingType = type, Width = 256, FeedForwardWidth = 256, Heads = 8, ExpertsUsed = 4 };
        using TemporaryModel model = new(shape);
        using TestModel prompt = new(model.Path, KernelSet.Best), single = new(model.Path, KernelSet.Best);
        float[] together = prompt.PromptLogits(Prompt)[^shape.Vocabulary..], last = [];
        for (int position = 0; position < Prompt.Length; position++)
            last = single.Decode(Prompt[position], position);
        Assert.InRange(ReferenceLogitsTests.NormalisedError(together, last), 0, tolerance);
    }

    [Fact]
    public void What_is_not_computed_is_refused_by_name()
    {
        using TemporaryModel scaled = new(Small(ModelArchitecture.Llama) with { Extend = (writer, name) => writer.Add($"{name}.rope.scaling.type", "longrope") });
        Assert.Contains("longrope", Refusal(scaled.Path), StringComparison.Ordinal);
        using TemporaryModel extra = new(Small(ModelArchitecture.Llama) with
        {
            Extend = (writer, _) => writer.AddTensor("blk.0.attn_sinks.weight", GgufTensorType.F32, [8], stream => stream.Write(new byte[32])),
        });
        Assert.Contains("attn_sinks", Refusal(extra.Path), StringComparison.Ordinal);
        using TemporaryModel narrow = new(Small(ModelArchitecture.Qwen2) with { HeadSize = 48 });
        Assert.Contains("48", Refusal(narrow.Path), StringComparison.Ordinal);
    }

    private static RandomModel Small(ModelArchitecture architecture) => SmallModels.Of(architecture, 96, 160, heads: 6, vocabulary: 101);

    private static Func<int, double> Plain(ModelArchitecture architecture) =>
        pair => Math.Pow(architecture == ModelArchitecture.Llama ? 10_000 : 1_000_000, -2.0 * pair / SmallModels.HeadSize);

    private static string Refusal(string path) => Assert.Throws<ModelException>(() => new TestModel(path, KernelSet.Best).Dispose()).Message;

    private static void AssertAgrees(string path, Func<int, double> frequency, double magnitude)
    {
        using GgufFile file = GgufFile.Open(path);
        float[] expected = [.. new NaiveModel(file, frequency, magnitude).LastLogits(Prompt).Select(value => (float)value)];
        using TestModel model = new(path, KernelSet.Best);
        Assert.InRange(ReferenceLogitsTests.NormalisedError(expected, model.PromptLogits(Prompt, stretch: 10).AsSpan()[^expected.Length..]), 0, 2e-6);
    }
}
