namespace Cocoon.Host.Configuration.Hocon;

/// <summary>A value resolved as far as its own kind: an object's fields are still unresolved slots.</summary>
internal abstract record HoconHead(HoconOrigin Origin);

/// <summary>A scalar, or an array with everything in it.</summary>
internal sealed record HoconFinishedHead(HoconValue Value) : HoconHead(Value.Origin);

internal sealed record HoconObjectHead(HoconOrigin Origin, IReadOnlyList<KeyValuePair<string, HoconLayer>> Fields) : HoconHead(Origin)
{
    private readonly Dictionary<string, HoconLayer> byKey = Fields.ToDictionary(StringComparer.Ordinal);

    /// <summary>Whether the object is being finished right now: meeting it again means that it contains itself.</summary>
    public bool Open { get; set; }

    public HoconSlot? Find(string key) => byKey.GetValueOrDefault(key).Slot;

    /// <summary>Both objects' fields; where both have one, a slot whose upper layer is <paramref name="over"/>'s.</summary>
    public HoconObjectHead With(HoconObjectHead over)
    {
        List<KeyValuePair<string, HoconLayer>> merged = [];
        foreach ((string key, HoconLayer lower) in Fields)
        {
            bool both = over.byKey.TryGetValue(key, out HoconLayer upper);
            merged.Add(new(key, both ? new HoconLayer(new HoconSlot([lower, upper]), foreign: false) : lower));
        }

        merged.AddRange(over.Fields.Where(field => !byKey.ContainsKey(field.Key)));
        return new HoconObjectHead(over.Origin, merged);
    }

    /// <summary>The same object seen through a substitution: its fields keep the meaning they have where they were written.</summary>
    public HoconObjectHead Borrowed() =>
        new(Origin, [.. Fields.Select(field => KeyValuePair.Create(field.Key, new HoconLayer(field.Value.Slot!, foreign: true)))]);
}

/// <summary>One assignment of a field: a node as written, or a slot of a merged object.</summary>
internal readonly struct HoconLayer
{
    public HoconLayer(HoconNode node) => Node = node;

    public HoconLayer(HoconSlot slot, bool foreign)
    {
        Slot = slot;
        Foreign = foreign;
    }

    public HoconNode? Node { get; }

    public HoconSlot? Slot { get; }

    /// <summary>Whether the slot came by a substitution, so that <c>+=</c> in it must not see the layers it was merged over.</summary>
    public bool Foreign { get; }
}

/// <summary>A field and all assignments to it, the oldest first. Resolved when first needed.</summary>
internal sealed class HoconSlot(IReadOnlyList<HoconLayer> layers)
{
    public IReadOnlyList<HoconLayer> Layers { get; } = layers;

    /// <summary>The layer being resolved, or -1. What refers to this slot meanwhile sees the layers below it.</summary>
    public int Active { get; set; } = -1;

    public bool Done { get; set; }

    /// <summary>When done: the value, or null when undefined.</summary>
    public HoconHead? Head { get; set; }
}
