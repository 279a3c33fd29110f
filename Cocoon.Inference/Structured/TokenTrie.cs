using Cocoon.Inference.Tokenizers;

namespace Cocoon.Inference.Structured;

/// <summary>
/// All tokens that are plain text, as a tree over their bytes, laid out in preorder so that a walk is one pass with skips.
/// Control tokens and marks such as <c>&lt;think&gt;</c> are not in it. Shared by all grammars of a model.
/// </summary>
internal sealed class TokenTrie
{
    private const int MostTokenBytes = 512;

    private readonly byte[] labels;
    private readonly short[] depths;
    private readonly int[] ends;
    private readonly int[] tokens;
    private readonly int[] twins;

    public TokenTrie(Vocabulary vocabulary)
    {
        Count = vocabulary.Count;
        twins = new int[vocabulary.Count];
        int[] order = [.. Enumerable.Range(0, vocabulary.Count).Where(id => IsPlain(vocabulary, id))];
        Array.Sort(order, (x, y) => vocabulary.Bytes(x).SequenceCompareTo(vocabulary.Bytes(y)));
        List<byte> labelList = [];
        List<short> depthList = [];
        List<int> tokenList = [];
        List<int> endList = [];
        Stack<int> open = new();
        int previous = -1;
        foreach (int id in order)
        {
            ReadOnlySpan<byte> bytes = vocabulary.Bytes(id);
            int shared = previous < 0 ? 0 : bytes.CommonPrefixLength(vocabulary.Bytes(previous));
            if (previous >= 0 && shared == bytes.Length && shared == vocabulary.Bytes(previous).Length)
            {
                twins[id] = tokenList[open.Peek()] + 1;
                tokenList[open.Peek()] = id;
                continue;
            }

            while (open.Count > shared)
                endList[open.Pop()] = labelList.Count;
            for (int depth = shared; depth < bytes.Length; depth++)
            {
                open.Push(labelList.Count);
                labelList.Add(bytes[depth]);
                depthList.Add((short)depth);
                tokenList.Add(-1);
                endList.Add(0);
            }

            tokenList[open.Peek()] = id;
            previous = id;
        }

        while (open.Count > 0)
            endList[open.Pop()] = labelList.Count;
        (labels, depths, tokens, ends) = ([.. labelList], [.. depthList], [.. tokenList], [.. endList]);
    }

    /// <summary>Tokens of the vocabulary.</summary>
    public int Count { get; }

    /// <summary>One bit for each token whose bytes the grammar allows from a state.</summary>
    public ulong[] Mask(GrammarMachine machine, GrammarState state)
    {
        ulong[] mask = new ulong[(Count + 63) / 64];
        GrammarState[] path = new GrammarState[MostTokenBytes + 1];
        path[0] = state;
        for (int node = 0; node < labels.Length;)
        {
            int depth = depths[node];
            GrammarState? next = machine.Step(path[depth], labels[node]);
            if (next is null)
            {
                node = ends[node];
                continue;
            }

            path[depth + 1] = next;
            for (int token = tokens[node]; token >= 0; token = twins[token] - 1)
                mask[token >> 6] |= 1UL << (token & 63);
            node++;
        }

        return mask;
    }

    private static bool IsPlain(Vocabulary vocabulary, int id)
    {
        ReadOnlySpan<byte> bytes = vocabulary.Bytes(id);
        if (bytes.Length is 0 or > MostTokenBytes)
            return false;
        return vocabulary.Kind(id) is TokenKind.Normal or TokenKind.Byte
            || (vocabulary.Kind(id) == TokenKind.UserDefined && bytes.IndexOfAny("<>[]|"u8) < 0);
    }
}
