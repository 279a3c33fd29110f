using Cocoon.Inference.Tokenizers;

namespace Cocoon.Inference.Structured;

/// <summary>A grammar made ready for a model's tokens; shared by the answers that it constrains.</summary>
internal sealed class TokenGrammar(GrammarMachine machine, TokenTrie trie, Tokenizer tokenizer)
{
    private const int MostMasks = 2048;

    private readonly Lock gate = new();
    private int masks;

    public TokenConstraint Begin() => new(this, machine.Start);

    /// <summary>Tokens that may come in a state; end tokens where the text may end.</summary>
    internal ulong[] Mask(GrammarState state)
    {
        lock (gate)
        {
            if (state.Mask is { } known)
                return known;
            ulong[] mask = trie.Mask(machine, state);
            if (state.Accepts || Array.TrueForAll(mask, word => word == 0))
            {
                foreach (int end in tokenizer.EndTokens)
                    mask[end >> 6] |= 1UL << (end & 63);
            }

            if (masks < MostMasks)
            {
                masks++;
                state.Mask = mask;
            }

            return mask;
        }
    }

    internal GrammarState? Advance(GrammarState state, int token)
    {
        lock (gate)
        {
            GrammarState? current = state;
            foreach (byte value in tokenizer.Vocabulary.Bytes(token))
            {
                if (current is null)
                    return null;
                current = machine.Step(current, value);
            }

            return current;
        }
    }
}

/// <summary>Where one answer stands in its grammar.</summary>
internal sealed class TokenConstraint
{
    private readonly TokenGrammar grammar;
    private GrammarState state;

    internal TokenConstraint(TokenGrammar grammar, GrammarState start)
    {
        this.grammar = grammar;
        state = start;
    }

    /// <summary>True when the answer is complete as it stands.</summary>
    public bool IsComplete => state.Accepts;

    /// <summary>One bit for each token that may come next.</summary>
    public ReadOnlySpan<ulong> Mask() => grammar.Mask(state);

    /// <summary>Takes the token that was drawn; false when the grammar does not allow it.</summary>
    public bool Accept(int token)
    {
        if (grammar.Advance(state, token) is not { } next)
            return false;
        state = next;
        return true;
    }
}
