using Cocoon.Inference.Sampling;
using Cocoon.Inference.Serving;
using Cocoon.Inference.Structured;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Inference.Embedded;

/// <summary>The marks around a model's reasoning, as tokens of its vocabulary.</summary>
internal readonly record struct ReasoningTokens(int Open, int Close);

/// <summary>Picks the tokens of one answer: a draw, within a grammar where there is one. Reasoning before a constrained answer is free.</summary>
internal sealed class TokenChooser(Tokenizer tokenizer, TokenSampler sampler, TokenConstraint? constraint, ReasoningTokens? reasoning, bool startsInReasoning)
    : ITokenChooser
{
    private bool isStart = true;
    private bool isReasoning = startsInReasoning && reasoning is not null;

    public ChosenToken Choose(Span<float> logits)
    {
        // A matrix padded beyond the vocabulary has rows that mean nothing.
        Span<float> known = logits[..Math.Min(logits.Length, tokenizer.Vocabulary.Count)];
        bool isConstrained = constraint is not null && !isReasoning;
        ReadOnlySpan<ulong> mask = isConstrained ? Mask() : [];
        int token = sampler.Draw(known, mask, out TokenLogprobs? logprobs);
        bool ends = tokenizer.EndTokens.Contains(token);
        if (isReasoning)
            isReasoning = token != reasoning!.Value.Close;
        else if (isConstrained && isStart && token == reasoning?.Open)
            isReasoning = true;
        else if (isConstrained && !ends && !constraint!.Accept(token))
            ends = true;
        isStart = false;
        return new ChosenToken(token, ends, logprobs);
    }

    private ReadOnlySpan<ulong> Mask()
    {
        ReadOnlySpan<ulong> mask = constraint!.Mask();
        if (!isStart || reasoning is not { } marks)
            return mask;
        ulong[] withReasoning = mask.ToArray();
        withReasoning[marks.Open >> 6] |= 1UL << (marks.Open & 63);
        return withReasoning;
    }
}
