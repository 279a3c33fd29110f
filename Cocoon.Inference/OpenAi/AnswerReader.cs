using Cocoon.Inference.Sampling;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Inference.OpenAi;

/// <summary>A step of an answer that goes to the client.</summary>
/// <param name="Reasoning">Text of the model's reasoning.</param>
/// <param name="Events">Content and calls.</param>
/// <param name="Logprobs">Log probabilities of the tokens since the last step that had any.</param>
internal sealed record AnswerStep(string Reasoning, IReadOnlyList<AnswerEvent> Events, IReadOnlyList<TokenLogprobs> Logprobs)
{
    public bool IsEmpty => Reasoning.Length == 0 && Events.Count == 0;
}

/// <summary>Turns the tokens of one answer into what the client sees: characters, stop texts, reasoning, calls of tools.</summary>
internal sealed class AnswerReader
{
    private readonly Tokenizer tokenizer;
    private readonly TokenDecoder decoder;
    private readonly StopStrings stops;
    private readonly ReasoningSplitter reasoning;
    private readonly ToolCallParser calls;
    private readonly IReadOnlySet<int> shownControls;
    private readonly List<TokenLogprobs> pendingLogprobs = [];

    public AnswerReader(Tokenizer tokenizer, IReadOnlyList<string> stops, ReasoningSplitter reasoning, ToolCallParser calls, IReadOnlySet<int> shownControls)
    {
        this.tokenizer = tokenizer;
        decoder = new TokenDecoder(tokenizer);
        this.stops = new StopStrings(stops);
        this.reasoning = reasoning;
        this.calls = calls;
        this.shownControls = shownControls;
    }

    /// <summary>Answer tokens so far, without reasoning.</summary>
    public int CompletionTokens { get; private set; }

    /// <summary>Reasoning tokens so far.</summary>
    public int ReasoningTokens { get; private set; }

    /// <summary>True once a stop text ended the answer.</summary>
    public bool IsStopped => stops.IsMet;

    /// <summary>True when the answer calls tools.</summary>
    public bool HasCalls => calls.Calls > 0;

    public AnswerStep Add(int token, TokenLogprobs? logprobs)
    {
        bool wasReasoning = reasoning.IsReasoning;
        string text = shownControls.Contains(token) ? decoder.Add(tokenizer.Vocabulary.Bytes(token))
            : tokenizer.EndTokens.Contains(token) ? string.Empty
            : decoder.Add(token);
        if (logprobs is not null && !tokenizer.EndTokens.Contains(token))
            pendingLogprobs.Add(logprobs);
        AnswerStep step = Step(stops.Add(text));
        if (wasReasoning || reasoning.IsReasoning)
            ReasoningTokens++;
        else
            CompletionTokens++;
        return step;
    }

    /// <summary>What was held back, at the end of the answer.</summary>
    public AnswerStep Flush()
    {
        string rest = stops.IsMet ? string.Empty : stops.Add(decoder.Flush());
        if (!stops.IsMet)
            rest += stops.Flush();
        (string thought, string answer) = reasoning.Add(rest);
        (string lastThought, string lastAnswer) = reasoning.Flush();
        List<AnswerEvent> events = [.. calls.Add(answer + lastAnswer), .. calls.Flush()];
        return Take(thought + lastThought, events);
    }

    private AnswerStep Step(string text)
    {
        if (text.Length == 0)
            return Take(string.Empty, []);
        (string thought, string answer) = reasoning.Add(text);
        return Take(thought, [.. calls.Add(answer)]);
    }

    private AnswerStep Take(string thought, List<AnswerEvent> events)
    {
        if (thought.Length == 0 && events.Count == 0)
            return new AnswerStep(thought, events, []);
        AnswerStep step = new(thought, events, [.. pendingLogprobs]);
        pendingLogprobs.Clear();
        return step;
    }
}
