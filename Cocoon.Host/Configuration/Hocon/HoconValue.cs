namespace Cocoon.Host.Configuration.Hocon;

/// <summary>A resolved value.</summary>
internal abstract class HoconValue(HoconOrigin origin, long weight)
{
    public HoconOrigin Origin { get; } = origin;

    /// <summary>Values inside and this one; shared parts count each time they are seen.</summary>
    public long Weight { get; } = weight;

    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>Text, a number, a boolean or null: the reader of a setting decides which.</summary>
internal sealed class HoconScalar(HoconOrigin origin, string? text) : HoconValue(origin, 1 + ((text?.Length ?? 0) / 64))
{
    /// <summary>The text, or null for <c>null</c>.</summary>
    public string? Text { get; } = text;

    public override string Kind => Text is null ? "null" : "a single value";
}

internal sealed class HoconArray(HoconOrigin origin, IReadOnlyList<HoconValue> items) : HoconValue(origin, 1 + items.Sum(item => item.Weight))
{
    public IReadOnlyList<HoconValue> Items { get; } = items;

    public override string Kind => "an array";
}

/// <summary>Fields in the order first written.</summary>
internal sealed class HoconObject(HoconOrigin origin, IReadOnlyList<KeyValuePair<string, HoconValue>> fields)
    : HoconValue(origin, 1 + fields.Sum(field => field.Value.Weight))
{
    private readonly Dictionary<string, HoconValue> byKey = fields.ToDictionary(StringComparer.Ordinal);

    public IReadOnlyList<KeyValuePair<string, HoconValue>> Fields { get; } = fields;

    public override string Kind => "an object";

    public HoconValue? Find(string key) => byKey.GetValueOrDefault(key);

    /// <summary>The value at a path, or null.</summary>
    public HoconValue? Find(HoconPath path)
    {
        HoconValue? at = this;
        foreach (string key in path.Keys)
            at = (at as HoconObject)?.Find(key);
        return at;
    }
}
