using System.Buffers;
using Cocoon.Actors.Runtime;

namespace Cocoon.Inference.Sampling;

/// <summary>Draws the tokens of one answer. One caller at a time.</summary>
internal sealed class TokenSampler
{
    private const int FirstTopCandidates = 64;

    private readonly SamplingOptions options;
    private readonly SeededBits random;
    private readonly Dictionary<int, int> answerCounts = [];
    private readonly HashSet<int> seen = [];

    public TokenSampler(SamplingOptions options, ReadOnlySpan<int> prompt)
    {
        this.options = options;
        random = new SeededBits(options.Seed ?? (ulong)Random.Shared.NextInt64());
        if (options.RepetitionPenalty == 1)
            return;
        foreach (int token in prompt)
            seen.Add(token);
    }

    /// <summary>Draws a token; changes the logits.</summary>
    /// <param name="logits">Raw logits, one per token.</param>
    /// <param name="mask">One bit per token that may be drawn, or empty for all.</param>
    /// <param name="logprobs">What was asked for, from the raw logits; else null.</param>
    public int Draw(Span<float> logits, ReadOnlySpan<ulong> mask, out TokenLogprobs? logprobs)
    {
        (float greatest, double total) = options.TopLogprobs is null ? default : Partition(logits);
        List<TokenLogprob>? top = options.TopLogprobs is int count ? TopLogprobs(logits, count, greatest, total) : null;
        float[]? raw = top is null ? null : ArrayPool<float>.Shared.Rent(logits.Length);
        if (raw is not null)
            logits.CopyTo(raw);
        if (!mask.IsEmpty)
            ApplyMask(logits, mask);
        ApplyBias(logits, mask);
        ApplyPenalties(logits);
        int token = Choose(logits);
        logprobs = top is null ? null : new TokenLogprobs(new TokenLogprob(token, Logprob(raw![token], greatest, total)), top);
        if (raw is not null)
            ArrayPool<float>.Shared.Return(raw);
        Count(token);
        return token;
    }

    /// <summary>Sets the logits of tokens outside the mask to negative infinity.</summary>
    internal static void ApplyMask(Span<float> logits, ReadOnlySpan<ulong> mask)
    {
        for (int word = 0; word * 64 < logits.Length; word++)
        {
            ulong bits = word < mask.Length ? mask[word] : 0;
            Span<float> part = logits[(word * 64)..Math.Min(word * 64 + 64, logits.Length)];
            if (bits == ulong.MaxValue)
                continue;
            if (bits == 0)
            {
                part.Fill(float.NegativeInfinity);
                continue;
            }

            for (int bit = 0; bit < part.Length; bit++)
            {
                if ((bits >> bit & 1) == 0)
                    part[bit] = float.NegativeInfinity;
            }
        }
    }

    private void Count(int token)
    {
        if (options.FrequencyPenalty != 0 || options.PresencePenalty != 0)
            answerCounts[token] = answerCounts.GetValueOrDefault(token) + 1;
        if (options.RepetitionPenalty != 1)
            seen.Add(token);
    }

    private void ApplyBias(Span<float> logits, ReadOnlySpan<ulong> mask)
    {
        foreach ((int token, float bias) in options.LogitBias)
        {
            if ((uint)token < (uint)logits.Length && (mask.IsEmpty || (mask[token >> 6] >> token & 1) != 0))
                logits[token] += bias;
        }
    }

    private void ApplyPenalties(Span<float> logits)
    {
        foreach (int token in seen)
            logits[token] = logits[token] > 0 ? logits[token] / options.RepetitionPenalty : logits[token] * options.RepetitionPenalty;
        foreach ((int token, int count) in answerCounts)
            logits[token] -= options.FrequencyPenalty * count + options.PresencePenalty;
    }

    private int Choose(ReadOnlySpan<float> logits)
    {
        if (options.Temperature <= 0)
            return LogitMath.IndexOfMax(logits);
        float greatest = LogitMath.Max(logits);
        if (!float.IsFinite(greatest))
            return LogitMath.IndexOfMax(logits);
        float scale = 1 / options.Temperature;
        float least = options.MinP > 0 ? greatest + options.Temperature * MathF.Log(options.MinP) : float.MinValue;
        double unit = random.NextUnit();
        if (options.TopK is > 0 and int count && count < logits.Length)
            return ChooseAmong(LogitMath.Top(logits, count), greatest, scale, least, unit, total: null) ?? throw new InvalidOperationException("the top candidates hold no token");
        float[] weights = ArrayPool<float>.Shared.Rent(logits.Length);
        try
        {
            double total = LogitMath.Exponentials(logits, weights.AsSpan(0, logits.Length), greatest, scale, least);
            return options.TopP < 1 ? ChooseTopP(logits, weights.AsSpan(0, logits.Length), greatest, scale, least, unit, total) : Walk(weights.AsSpan(0, logits.Length), unit * total);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(weights);
        }
    }

    /// <summary>Mostly the likeliest few hold top-p; where they do not, the nucleus is all that is not under a threshold.</summary>
    private int ChooseTopP(ReadOnlySpan<float> logits, ReadOnlySpan<float> weights, float greatest, float scale, float least, double unit, double total)
    {
        List<LogitMath.Candidate> candidates = LogitMath.Top(logits, Math.Min(FirstTopCandidates, logits.Length));
        if (ChooseAmong(candidates, greatest, scale, least, unit, total) is int token)
            return token;
        float threshold = LogitMath.MassThreshold(weights, options.TopP * total);
        float above = MathF.BitIncrement(threshold);
        double mass = LogitMath.MassFrom(weights, above);
        int equals = threshold > 0 ? (int)Math.Max(1, Math.Ceiling((options.TopP * total - mass) / threshold)) : 0;
        return WalkNucleus(weights, threshold, equals, unit * (mass + (double)equals * threshold));
    }

    /// <summary>Walks the weights above a threshold, and as many equal to it as still belong.</summary>
    private static int WalkNucleus(ReadOnlySpan<float> weights, float threshold, int equals, double target)
    {
        int last = 0;
        for (int token = 0; token < weights.Length; token++)
        {
            float weight = weights[token];
            if (weight < threshold || weight <= 0 || (weight == threshold && equals-- <= 0))
                continue;
            last = token;
            target -= weight;
            if (target < 0)
                break;
        }

        return last;
    }

    /// <summary>Draws among candidates, likeliest first; null when they do not reach top-p of a total that is given.</summary>
    private int? ChooseAmong(List<LogitMath.Candidate> candidates, float greatest, float scale, float least, double unit, double? total)
    {
        double[] sums = new double[candidates.Count];
        double sum = 0;
        int count = 0;
        foreach (LogitMath.Candidate candidate in candidates)
        {
            if (count > 0 && candidate.Logit < least)
                break;
            sum += Math.Exp((candidate.Logit - greatest) * (double)scale);
            sums[count++] = sum;
            if (total is { } all && options.TopP < 1 && sum >= options.TopP * all)
                break;
        }

        if (total is null)
        {
            int reached = Array.FindIndex(sums, 0, count, value => value >= options.TopP * sum);
            count = reached < 0 ? count : reached + 1;
        }
        else if (sum < options.TopP * total)
        {
            return null;
        }

        double target = unit * sums[count - 1];
        int chosen = Array.FindIndex(sums, 0, count, value => value > target);
        return candidates[chosen < 0 ? count - 1 : chosen].Token;
    }

    private static int Walk(ReadOnlySpan<float> weights, double target)
    {
        int last = 0;
        for (int token = 0; token < weights.Length; token++)
        {
            if (weights[token] <= 0)
                continue;
            last = token;
            target -= weights[token];
            if (target < 0)
                break;
        }

        return last;
    }

    private static (float Greatest, double Total) Partition(ReadOnlySpan<float> logits)
    {
        float greatest = LogitMath.Max(logits);
        float[] weights = ArrayPool<float>.Shared.Rent(logits.Length);
        double total = LogitMath.Exponentials(logits, weights.AsSpan(0, logits.Length), greatest, 1, float.MinValue);
        ArrayPool<float>.Shared.Return(weights);
        return (greatest, total);
    }

    private static List<TokenLogprob> TopLogprobs(ReadOnlySpan<float> logits, int count, float greatest, double total) => count == 0
        ? []
        : [.. LogitMath.Top(logits, count).Select(candidate => new TokenLogprob(candidate.Token, Logprob(candidate.Logit, greatest, total)))];

    private static float Logprob(float logit, float greatest, double total) => (float)(logit - greatest - Math.Log(total));
}
