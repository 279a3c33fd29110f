using System.Text;

namespace Cocoon.Host.Configuration.Hocon;

/// <summary>
/// Resolves substitutions and merges objects, each field when it is first needed. A field that refers to itself sees what it was
/// before; a circle through other fields is an error.
/// </summary>
internal sealed class HoconResolver
{
    private readonly Func<string, string?> environment;
    private readonly HoconObjectHead root;
    private readonly List<(HoconSlot Slot, Link Link)> stack = [];
    private int depth;
    private long steps;

    /// <summary>How a slot came to be resolved: for itself, as a layer of a merged field, or as such a layer by a substitution.</summary>
    private enum Link
    {
        None,
        Layer,
        ForeignLayer,
    }

    private HoconResolver(IReadOnlyList<HoconObjectNode> layers, Func<string, string?> environment)
    {
        this.environment = environment;
        HoconObjectHead merged = new(new HoconOrigin("configuration", 0, 0), []);
        foreach (HoconObjectNode layer in layers)
            merged = merged.With(ToHead(layer));
        root = merged;
    }

    /// <summary>The whole configuration.</summary>
    /// <param name="layers">Sources, the weakest first.</param>
    /// <param name="environment">Looks a variable up: what <c>${path}</c> falls back to.</param>
    public static HoconObject Resolve(IReadOnlyList<HoconObjectNode> layers, Func<string, string?> environment)
    {
        HoconResolver resolver = new(layers, environment);
        return (HoconObject)resolver.Finish(resolver.root);
    }

    private static HoconObjectHead ToHead(HoconObjectNode node)
    {
        List<string> order = [];
        Dictionary<string, List<HoconLayer>> layers = new(StringComparer.Ordinal);
        foreach (HoconField field in node.Fields)
        {
            if (!layers.TryGetValue(field.Key, out List<HoconLayer>? values))
            {
                order.Add(field.Key);
                layers[field.Key] = values = [];
            }

            values.Add(new HoconLayer(field.Value));
        }

        return new HoconObjectHead(node.Origin, [.. order.Select(key => KeyValuePair.Create(key, new HoconLayer(new HoconSlot(layers[key]), foreign: false)))]);
    }

    private HoconValue Finish(HoconHead head)
    {
        if (head is HoconFinishedHead finished)
            return finished.Value;
        HoconObjectHead fields = (HoconObjectHead)head;
        if (fields.Open)
            throw new HoconException(fields.Origin, "this object contains itself through a substitution: remove the circle");
        Enter(fields.Origin);
        fields.Open = true;
        List<KeyValuePair<string, HoconValue>> values = [];
        foreach ((string key, HoconLayer layer) in fields.Fields)
        {
            if (Evaluate(layer.Slot!, Link.None) is { } value)
                values.Add(new(key, Finish(value)));
        }

        fields.Open = false;
        depth--;
        return Weigh(new HoconObject(fields.Origin, values));
    }

    private static HoconValue Weigh(HoconValue value) => value.Weight <= HoconLimits.Weight
        ? value
        : throw new HoconException(value.Origin, $"substitutions multiply to more than {HoconLimits.Weight} values: use fewer of them");

    private void Enter(HoconOrigin origin)
    {
        if (++steps > 8 * HoconLimits.Weight)
            throw new HoconException(origin, $"substitutions take more than {8 * HoconLimits.Weight} steps to resolve: use fewer of them");
        if (++depth > HoconLimits.Depth)
            throw new HoconException(origin, $"substitutions nested deeper than {HoconLimits.Depth}: shorten the chain, or remove a circle");
    }

    private HoconHead? Evaluate(HoconSlot slot, Link link)
    {
        if (slot.Done)
            return slot.Head;
        if (slot.Active >= 0)
            return LookBack(slot);
        stack.Add((slot, link));
        slot.Head = Combine(slot, slot.Layers.Count);
        slot.Active = -1;
        slot.Done = true;
        stack.RemoveAt(stack.Count - 1);
        return slot.Head;
    }

    private HoconHead? LookBack(HoconSlot slot)
    {
        int at = stack.FindLastIndex(entry => ReferenceEquals(entry.Slot, slot));
        if (stack.Skip(at + 1).Any(entry => entry.Link == Link.None))
        {
            HoconOrigin origin = slot.Layers[slot.Active].Node?.Origin ?? root.Origin;
            throw new HoconException(origin, "a circle of substitutions: this value needs itself through another one; remove one of them");
        }

        int active = slot.Active;
        HoconHead? below = Combine(slot, active);
        slot.Active = active;
        return below;
    }

    /// <summary>The slot's value by its layers below <paramref name="count"/>: the newest, and under an object the older objects.</summary>
    private HoconHead? Combine(HoconSlot slot, int count)
    {
        HoconHead? result = null;
        for (int i = count - 1; i >= 0; i--)
        {
            slot.Active = i;
            HoconLayer layer = slot.Layers[i];
            HoconHead? value = layer.Slot is { } inner
                ? Evaluate(inner, layer.Foreign ? Link.ForeignLayer : Link.Layer)
                : Evaluate(layer.Node!);
            if (value is null)
                continue;
            if (value is not HoconObjectHead lower)
                return result ?? value;
            result = result is HoconObjectHead upper ? lower.With(upper) : lower;
        }

        return result;
    }

    private HoconHead? Evaluate(HoconNode node)
    {
        Enter(node.Origin);
        HoconHead? head = node switch
        {
            HoconScalarNode scalar => new HoconFinishedHead(Weigh(new HoconScalar(node.Origin, scalar.IsNull ? null : scalar.Text))),
            HoconObjectNode fields => ToHead(fields),
            HoconArrayNode array => EvaluateArray(array),
            HoconSubstitutionNode substitution => Substitute(substitution),
            HoconConcatenationNode concatenation => Concatenate(concatenation),
            HoconAppendNode append => Append(append),
            _ => throw new InvalidOperationException($"no rule to resolve {node}"),
        };
        depth--;
        return head;
    }

    private HoconFinishedHead EvaluateArray(HoconArrayNode array)
    {
        List<HoconValue> items = [];
        foreach (HoconNode item in array.Items)
        {
            if (Evaluate(item) is { } value)
                items.Add(Finish(value));
        }

        return new HoconFinishedHead(Weigh(new HoconArray(array.Origin, items)));
    }

    private HoconFinishedHead Append(HoconAppendNode append)
    {
        int at = stack.Count - 1;
        HoconHead? before = LookBack(stack[at].Slot);
        while (before is null && stack[at].Link == Link.Layer)
            before = LookBack(stack[--at].Slot);
        HoconHead? item = Evaluate(append.Item);
        HoconValue[] added = item is null ? [] : [Finish(item)];
        return before switch
        {
            null => new HoconFinishedHead(new HoconArray(append.Origin, added)),
            HoconFinishedHead { Value: HoconArray array } =>
                new HoconFinishedHead(Weigh(new HoconArray(append.Origin, [.. array.Items, .. added]))),
            _ => throw new HoconException(append.Origin, $"+= adds to an array, but this was set at {before.Origin} to something else"),
        };
    }

    private HoconHead? Substitute(HoconSubstitutionNode node)
    {
        foreach (HoconPath prefix in node.Prefixes)
        {
            if (Find(prefix.Append(node.Path)) is { } relative)
                return relative;
        }

        if (Find(node.Path) is { } found)
            return found;
        if (environment(node.Path.ToEnvironmentName()) is { } variable)
            return new HoconFinishedHead(Weigh(new HoconScalar(node.Origin, variable)));
        return node.Optional
            ? null
            : throw new HoconException(
                node.Origin, $"${{{node.Path}}} is set nowhere, not as an environment variable either: set it, or write ${{?{node.Path}}}");
    }

    private HoconHead? Find(HoconPath path)
    {
        HoconHead? at = root;
        foreach (string key in path.Keys)
        {
            if (at is HoconFinishedHead { Value: HoconObject finished })
                at = finished.Find(key) is { } value ? new HoconFinishedHead(value) : null;
            else
                at = (at as HoconObjectHead)?.Find(key) is { } slot ? Evaluate(slot, Link.None) : null;
        }

        return at is HoconObjectHead found ? found.Borrowed() : at;
    }

    private HoconHead? Concatenate(HoconConcatenationNode node)
    {
        List<(HoconHead? Value, string? Space)> pieces = [];
        foreach (HoconNode piece in node.Pieces)
            pieces.Add(piece is HoconSpaceNode space ? (null, space.Text) : (Evaluate(piece), null));
        List<HoconHead> values = [.. pieces.Select(piece => piece.Value).OfType<HoconHead>()];
        if (values.Count == 0)
            return null;
        if (values.TrueForAll(value => value is HoconFinishedHead { Value: HoconScalar }))
            return ConcatenateText(node, pieces);
        if (values.TrueForAll(value => value is HoconObjectHead))
            return values.Cast<HoconObjectHead>().Aggregate((lower, upper) => lower.With(upper));
        if (!values.TrueForAll(value => value is HoconFinishedHead { Value: HoconArray }))
            throw new HoconException(node.Origin, "only texts, only arrays or only objects can stand side by side: is a comma or a quote missing?");
        IEnumerable<HoconValue> items = values.SelectMany(value => ((HoconArray)((HoconFinishedHead)value).Value).Items);
        return new HoconFinishedHead(Weigh(new HoconArray(node.Origin, [.. items])));
    }

    private static HoconFinishedHead ConcatenateText(HoconConcatenationNode node, List<(HoconHead? Value, string? Space)> pieces)
    {
        StringBuilder text = new();
        foreach ((HoconHead? value, string? space) in pieces)
        {
            text.Append(space);
            if (value is HoconFinishedHead { Value: HoconScalar scalar })
                text.Append(scalar.Text ?? "null");
            if (text.Length / 64 > HoconLimits.Weight)
                throw new HoconException(node.Origin, $"a text of more than {HoconLimits.Weight * 64} characters: use fewer substitutions");
        }

        return new HoconFinishedHead(Weigh(new HoconScalar(node.Origin, text.ToString())));
    }
}
