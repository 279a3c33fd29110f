using System.Text;

namespace Cocoon.Inference.Structured;

/// <summary>One node of a grammar: reads a byte, splits, calls a rule, or returns from one.</summary>
/// <param name="Bytes">Bytes that lead to <paramref name="Next"/>.</param>
/// <param name="Next">Where a byte or the end of a call leads.</param>
/// <param name="Branches">For a split: the nodes it stands for.</param>
/// <param name="Rule">For a call: the rule; else -1.</param>
internal readonly record struct GrammarNode(ByteSet Bytes, int Next, int[]? Branches, int Rule)
{
    /// <summary>The end of every rule.</summary>
    public static GrammarNode Return { get; } = new(default, -1, null, -1);
}

/// <summary>
/// Builds grammars back to front: each method makes what comes before a node and returns its own first node. Rules may call
/// each other, so the language may nest.
/// </summary>
internal sealed class GrammarBuilder
{
    public const int ReturnNode = 0;
    private const int MostNodes = 200_000;

    private readonly List<GrammarNode> nodes = [GrammarNode.Return];
    private readonly List<int> ruleStarts = [];

    public IReadOnlyList<GrammarNode> Nodes => nodes;

    public IReadOnlyList<int> RuleStarts => ruleStarts;

    /// <summary>A rule whose content is defined later, so that it can be called from inside itself.</summary>
    public int DeclareRule()
    {
        ruleStarts.Add(-1);
        return ruleStarts.Count - 1;
    }

    public void DefineRule(int rule, int start) => ruleStarts[rule] = start;

    public int Set(ByteSet bytes, int next) => Add(new GrammarNode(bytes, next, null, -1));

    public int Range(byte first, byte last, int next) => Set(ByteSet.Of(first, last), next);

    public int Literal(string text, int next) => Literal(Encoding.UTF8.GetBytes(text), next);

    public int Literal(ReadOnlySpan<byte> bytes, int next)
    {
        for (int index = bytes.Length - 1; index >= 0; index--)
            next = Set(default(ByteSet).With(bytes[index]), next);
        return next;
    }

    public int Either(params int[] branches) => branches.Length == 1 ? branches[0] : Add(new GrammarNode(default, -1, branches, -1));

    public int Call(int rule, int next) => Add(new GrammarNode(default, next, null, rule));

    /// <summary>A split that is filled in later: the head of a loop.</summary>
    public int OpenSplit() => Add(new GrammarNode(default, -1, [], -1));

    public void CloseSplit(int node, params int[] branches) => nodes[node] = new GrammarNode(default, -1, branches, -1);

    /// <summary>Something any number of times.</summary>
    public int Star(Func<int, int> content, int next)
    {
        int loop = OpenSplit();
        CloseSplit(loop, content(loop), next);
        return loop;
    }

    /// <summary>Something between two counts; no upper one when it is null.</summary>
    public int Repeat(Func<int, int> content, int least, int? most, int next)
    {
        int node = most is null ? Star(content, next) : next;
        for (int index = least; most is { } limit && index < limit; index++)
            node = Either(content(node), next);
        for (int index = 0; index < least; index++)
            node = content(node);
        return node;
    }

    private int Add(GrammarNode node)
    {
        if (nodes.Count >= MostNodes)
            throw new GrammarException($"the schema is too large: it needs more than {MostNodes} grammar nodes");
        nodes.Add(node);
        return nodes.Count - 1;
    }
}
