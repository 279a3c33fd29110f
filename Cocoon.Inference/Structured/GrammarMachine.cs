namespace Cocoon.Inference.Structured;

/// <summary>
/// Runs a grammar byte by byte. The grammar may nest and be ambiguous; states are sets of (node, stack) made when first reached and
/// remembered with their transitions, so that a byte seen before costs one array access. Bounded: at most so many states are
/// remembered, then the memory starts over. Not safe for several threads.
/// </summary>
internal sealed class GrammarMachine
{
    private const int MostStates = 20_000;
    private const int MostClosure = 50_000;
    private const int MostDepth = 200;

    private readonly GrammarNode[] nodes;
    private readonly int[] ruleStarts;
    private readonly Dictionary<(long Parent, int Return), Frame> frames = [];
    private readonly Dictionary<Configuration[], GrammarState> states = new(ConfigurationComparer.Instance);
    private long lastFrame;

    public GrammarMachine(GrammarBuilder builder, int start)
    {
        nodes = [.. builder.Nodes];
        ruleStarts = [.. builder.RuleStarts];
        Start = Close([new Configuration(start, null)]);
    }

    public GrammarState Start { get; }

    /// <summary>Where a byte leads, or null when it is not allowed.</summary>
    public GrammarState? Step(GrammarState state, byte value)
    {
        if (state.IsKnown(value))
            return state.Next(value);
        List<Configuration> reached = [];
        foreach (Configuration configuration in state.Configurations)
        {
            GrammarNode node = nodes[configuration.Node];
            if (node.Bytes.Contains(value))
                reached.Add(new Configuration(node.Next, configuration.Stack));
        }

        GrammarState? next = reached.Count == 0 ? null : Close(reached);
        if (next is { Accepts: false, Configurations.Length: 0 })
            next = null;
        state.Learn(value, next);
        return next;
    }

    /// <summary>Follows splits, calls and returns until only nodes that read a byte are left.</summary>
    private GrammarState Close(List<Configuration> open)
    {
        HashSet<Configuration> seen = [];
        List<Configuration> readers = [];
        Stack<Configuration> pending = new(open);
        bool accepts = false;
        while (pending.TryPop(out Configuration current))
        {
            if (!seen.Add(current))
                continue;
            if (seen.Count > MostClosure)
                throw new GrammarException("the schema is too ambiguous to follow");
            GrammarNode node = nodes[current.Node];
            if (node.Branches is { } branches)
            {
                foreach (int branch in branches)
                    pending.Push(current with { Node = branch });
            }
            else if (node.Rule >= 0)
            {
                if (Push(current.Stack, node.Next, out Frame? stack))
                    pending.Push(new Configuration(ruleStarts[node.Rule], stack));
            }
            else if (!node.Bytes.IsEmpty)
                readers.Add(current);
            else if (current.Stack is { } frame)
                pending.Push(new Configuration(frame.Return, frame.Parent));
            else
                accepts = true;
        }

        readers.Sort();
        Configuration[] key = [.. accepts ? readers.Append(Configuration.Accept) : readers];
        if (states.TryGetValue(key, out GrammarState? known))
            return known;
        if (states.Count >= MostStates)
        {
            states.Clear();
            frames.Clear();
        }

        GrammarState state = new([.. readers], accepts);
        states.Add(key, state);
        return state;
    }

    /// <summary>A call at the end of a rule returns straight to the caller's caller. False beyond the deepest nesting.</summary>
    private bool Push(Frame? parent, int returnNode, out Frame? stack)
    {
        stack = parent;
        if (returnNode == GrammarBuilder.ReturnNode)
            return true;
        if (parent is { Depth: >= MostDepth })
            return false;
        (long, int) key = (parent?.Id ?? 0, returnNode);
        if (!frames.TryGetValue(key, out Frame? frame))
            frames.Add(key, frame = new Frame(++lastFrame, parent, returnNode, (parent?.Depth ?? 0) + 1));
        stack = frame;
        return true;
    }

    internal sealed record Frame(long Id, Frame? Parent, int Return, int Depth)
    {
        public bool Equals(Frame? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => Id.GetHashCode();
    }

    internal readonly record struct Configuration(int Node, Frame? Stack) : IComparable<Configuration>
    {
        public static Configuration Accept { get; } = new(-1, null);

        public int CompareTo(Configuration other) => Node != other.Node
            ? Node.CompareTo(other.Node)
            : (Stack?.Id ?? 0).CompareTo(other.Stack?.Id ?? 0);
    }

    private sealed class ConfigurationComparer : IEqualityComparer<Configuration[]>
    {
        public static ConfigurationComparer Instance { get; } = new();

        public bool Equals(Configuration[]? x, Configuration[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(Configuration[] obj)
        {
            HashCode hash = default;
            foreach (Configuration configuration in obj)
                hash.Add(configuration);
            return hash.ToHashCode();
        }
    }
}

/// <summary>Where a grammar stands after some bytes.</summary>
internal sealed class GrammarState(GrammarMachine.Configuration[] configurations, bool accepts)
{
    private readonly GrammarState?[] next = new GrammarState?[256];
    private ByteSet known;

    public GrammarMachine.Configuration[] Configurations { get; } = configurations;

    /// <summary>True when the text may end here.</summary>
    public bool Accepts { get; } = accepts;

    /// <summary>The tokens that may follow, once computed.</summary>
    public ulong[]? Mask { get; set; }

    public bool IsKnown(byte value) => known.Contains(value);

    public GrammarState? Next(byte value) => next[value];

    public void Learn(byte value, GrammarState? state)
    {
        next[value] = state;
        known = known.With(value);
    }
}
