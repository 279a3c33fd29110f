namespace Cocoon.Inference.Model;

/// <summary>Consecutive tokens of one sequence inside a batch.</summary>
/// <param name="FirstToken">Its first token's place in the batch.</param>
/// <param name="Count">Number of tokens.</param>
/// <param name="Blocks">The sequence's cache blocks, in order; they cover every position of the run.</param>
internal readonly record struct TokenRun(int FirstToken, int Count, int[] Blocks);

/// <summary>What one pass through the model computes: single tokens being decoded first, then stretches of prompts.</summary>
internal sealed class ForwardBatch(int maxTokens)
{
    private readonly int[] _tokens = new int[maxTokens];
    private readonly int[] _positions = new int[maxTokens];
    private readonly List<TokenRun> _runs = [];
    private readonly List<int> _outputs = [];

    public int MaxTokens { get; } = maxTokens;

    /// <summary>Tokens in the batch.</summary>
    public int Count { get; private set; }

    /// <summary>How many of them, at the front, are being decoded.</summary>
    public int DecodeCount { get; private set; }

    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Count);

    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, Count);

    public IReadOnlyList<TokenRun> Runs => _runs;

    /// <summary>Places in the batch whose logits (or vectors) are wanted, rising.</summary>
    public IReadOnlyList<int> Outputs => _outputs;

    public void Clear()
    {
        (Count, DecodeCount) = (0, 0);
        _runs.Clear();
        _outputs.Clear();
    }

    /// <summary>Adds a token that continues an answer; returns the number of its output.</summary>
    public int AddDecode(int token, int position, int[] blocks)
    {
        if (DecodeCount != Count)
            throw new InvalidOperationException("tokens being decoded come before prompts");
        int output = AddPrompt([token], position, blocks, outputs: 1);
        DecodeCount++;
        return output;
    }

    /// <summary>Adds a stretch of a prompt and asks for the results of its last <paramref name="outputs"/> tokens; returns the number of the first.</summary>
    public int AddPrompt(ReadOnlySpan<int> tokens, int firstPosition, int[] blocks, int outputs)
    {
        if (tokens.Length > MaxTokens - Count)
            throw new InvalidOperationException($"a batch holds at most {MaxTokens} tokens");
        _runs.Add(new TokenRun(Count, tokens.Length, blocks));
        int firstOutput = _outputs.Count;
        for (int i = 0; i < tokens.Length; i++)
        {
            _tokens[Count + i] = tokens[i];
            _positions[Count + i] = firstPosition + i;
            if (i >= tokens.Length - outputs)
                _outputs.Add(Count + i);
        }

        Count += tokens.Length;
        return firstOutput;
    }
}
