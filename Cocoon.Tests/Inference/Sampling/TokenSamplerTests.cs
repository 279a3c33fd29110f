using Cocoon.Actors.Runtime;
using Cocoon.Inference.Sampling;

namespace Cocoon.Tests.Inference.Sampling;

/// <summary>Draws are compared with the exact distribution that the options describe, computed plainly.</summary>
public sealed class TokenSamplerTests
{
    private static readonly float[] Logits = [.. Enumerable.Range(0, 301).Select(index => MathF.Sin(index * 1.7f) * 4 - index % 7 * 0.3f)];

    public static TheoryData<string> Options => ["plain", "hot", "cold", "top-k", "top-p", "min-p", "all", "bias", "top-p wide"];

    [Theory]
    [MemberData(nameof(Options))]
    public void Draws_follow_the_distribution(string name)
    {
        SamplingOptions options = OptionsOf(name) with { Seed = 42 };
        double[] expected = Distribution(options);
        int[] counts = new int[Logits.Length];
        TokenSampler sampler = new(options, []);
        const int Draws = 20_000;
        for (int draw = 0; draw < Draws; draw++)
            counts[sampler.Draw([.. Logits], [], out _)]++;
        double chi = 0;
        for (int token = 0; token < counts.Length; token++)
        {
            if (expected[token] == 0)
                Assert.Equal(0, counts[token]);
            else
                chi += Math.Pow(counts[token] - Draws * expected[token], 2) / (Draws * expected[token]);
        }

        int freedom = expected.Count(value => value > 0) - 1;
        Assert.True(chi < freedom + 5 * Math.Sqrt(2 * freedom + 1), $"chi square {chi:F1} for {freedom} degrees of freedom");
    }

    [Fact]
    public void The_same_seed_draws_the_same_tokens()
    {
        SamplingOptions options = new() { Seed = 7, TopP = 0.9f };
        Assert.Equal(Draw(options, 50), Draw(options, 50));
        Assert.NotEqual(Draw(options, 50), Draw(options with { Seed = 8 }, 50));
        Assert.NotEqual(Draw(options with { Seed = null }, 50), Draw(options with { Seed = null }, 50));
    }

    [Fact]
    public void The_generator_gives_its_published_numbers()
    {
        SeededBits random = new(0);
        Assert.Equal(0x99EC5F36CB75F2B4UL, random.Next());
        Assert.Equal(0xBF6E1F784956452AUL, random.Next());
        double mean = Enumerable.Range(0, 100_000).Average(_ => random.NextUnit());
        Assert.InRange(mean, 0.495, 0.505);
    }

    [Fact]
    public void Zero_temperature_takes_the_likeliest_and_the_first_of_equals()
    {
        Assert.Equal(2, new TokenSampler(new SamplingOptions { Temperature = 0 }, []).Draw([1, 2, 5, 5, -1], [], out _));
        Assert.Equal(3, new TokenSampler(new SamplingOptions { Temperature = 0 }, []).Draw([float.NaN, float.NaN, -8, 1, -1], [], out _));
    }

    [Fact]
    public void A_mask_leaves_only_its_tokens_even_against_a_bias()
    {
        SamplingOptions options = new() { Seed = 1, LogitBias = new Dictionary<int, float> { [0] = 100 } };
        ulong[] mask = new ulong[5];
        mask[1] = 1UL << 36 | 1UL << 3;
        mask[4] = 1UL << 2;
        TokenSampler sampler = new(options, []);
        HashSet<int> drawn = [.. Enumerable.Range(0, 500).Select(_ => sampler.Draw([.. Logits], mask, out TokenLogprobs? _))];
        Assert.True(drawn.IsSubsetOf([67, 100, 258]));
        Assert.True(drawn.Count > 1);
    }

    [Fact]
    public void Penalties_count_what_was_seen()
    {
        TokenSampler frequency = new(new SamplingOptions { Temperature = 0, FrequencyPenalty = 0.5f }, [0]);
        Assert.Equal([0, 0, 0, 1, 0], Enumerable.Range(0, 5).Select(_ => frequency.Draw([3, 1.9f, 0], [], out TokenLogprobs? _)));
        TokenSampler presence = new(new SamplingOptions { Temperature = 0, PresencePenalty = 1.5f }, []);
        Assert.Equal([0, 1, 0], Enumerable.Range(0, 3).Select(_ => presence.Draw([3, 2, 0], [], out TokenLogprobs? _)));
        TokenSampler repetition = new(new SamplingOptions { Temperature = 0, RepetitionPenalty = 2 }, [0]);
        Assert.Equal([1, 0], Enumerable.Range(0, 2).Select(_ => repetition.Draw([3, 2, -9], [], out TokenLogprobs? _)));
        Assert.Equal(1, new TokenSampler(new SamplingOptions { Temperature = 0, RepetitionPenalty = 2 }, [0]).Draw([-1, -1.5f], [], out _));
    }

    [Fact]
    public void Log_probabilities_are_the_models_own()
    {
        SamplingOptions options = new() { Temperature = 0, TopLogprobs = 3, LogitBias = new Dictionary<int, float> { [4] = 50 } };
        int token = new TokenSampler(options, []).Draw([1, 3, 2, float.NegativeInfinity, 0], [], out TokenLogprobs? logprobs);
        Assert.Equal(4, token);
        double total = Math.Exp(1) + Math.Exp(3) + Math.Exp(2) + 1;
        Assert.Equal(-Math.Log(total), logprobs!.Chosen.Logprob, 5);
        Assert.Equal([1, 2, 0], logprobs.Top.Select(entry => entry.Token));
        Assert.Equal(3 - Math.Log(total), logprobs.Top[0].Logprob, 5);
    }

    private static List<int> Draw(SamplingOptions options, int count)
    {
        TokenSampler sampler = new(options, []);
        return [.. Enumerable.Range(0, count).Select(_ => sampler.Draw([.. Logits], [], out TokenLogprobs? _))];
    }

    private static SamplingOptions OptionsOf(string name) => name switch
    {
        "hot" => new() { Temperature = 2 },
        "cold" => new() { Temperature = 0.3f },
        "top-k" => new() { TopK = 5 },
        "top-p" => new() { TopP = 0.5f },
        "top-p wide" => new() { TopP = 0.97f, Temperature = 2 },
        "min-p" => new() { MinP = 0.2f },
        "all" => new() { TopK = 40, TopP = 0.8f, MinP = 0.05f, Temperature = 1.3f },
        "bias" => new() { LogitBias = new Dictionary<int, float> { [3] = 6, [1] = -100 } },
        _ => new(),
    };

    private static double[] Distribution(SamplingOptions options)
    {
        double[] weights = [.. Logits.Select((logit, token) => Math.Exp((logit + options.LogitBias.GetValueOrDefault(token)) / (double)options.Temperature))];
        double floor = weights.Max() * options.MinP;
        int[] order = [.. Enumerable.Range(0, weights.Length).OrderByDescending(token => weights[token])];
        int keep = options.TopK > 0 ? options.TopK : weights.Length;
        for (int place = 0; place < order.Length; place++)
        {
            if (place >= keep || weights[order[place]] < floor)
                weights[order[place]] = 0;
        }

        double total = weights.Sum();
        double sum = 0;
        foreach (int token in order)
        {
            double weight = weights[token];
            if (sum >= options.TopP * total)
                weights[token] = 0;
            sum += weight;
        }

        total = weights.Sum();
        return [.. weights.Select(weight => weight / total)];
    }
}
