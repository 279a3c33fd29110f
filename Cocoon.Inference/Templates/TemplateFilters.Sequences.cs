using System.Globalization;
using System.Runtime.ExceptionServices;

namespace Cocoon.Inference.Templates;

/// <summary>Filters on lists and maps.</summary>
internal static partial class TemplateFilters
{
    /// <summary>An attribute by dotted name or index, as <c>map(attribute=...)</c> and its relatives take it.</summary>
    private static TemplateValue Attribute(TemplateValue item, TemplateValue attribute, TemplateArguments arguments)
    {
        if (attribute is not TextValue path)
            return TemplateRenderer.GetItem(item, attribute, arguments.Position);
        foreach (string part in path.Value.Split('.'))
        {
            TemplateValue key = long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out long index)
                ? TemplateValue.Of(index)
                : TemplateValue.Trusted(part);
            item = TemplateRenderer.GetItem(item, key, arguments.Position);
        }

        return item;
    }

    private static TemplateValue Reverse(TemplateValue value, TemplateArguments arguments) => value is TextValue
        ? TemplateSlicing.Slice(value, null, null, -1, arguments.Context, arguments.Position)
        : new ListValue([.. TemplateOperations.Iterate(value, arguments.Context, arguments.Position).Reverse()]);

    private static ListValue Map(TemplateValue value, TemplateArguments arguments)
    {
        IReadOnlyList<TemplateValue> items = TemplateOperations.Iterate(value, arguments.Context, arguments.Position);
        arguments.Context.ChargeEntries(arguments.Position, items.Count);
        if (arguments.Positional.Count == 0)
        {
            TemplateValue attribute = arguments.Allow("attribute", "default").Find(0, "attribute") ?? throw arguments.Error("map needs a filter's name or 'attribute'");
            TemplateValue? fallback = arguments.Find(int.MaxValue, "default");
            return new ListValue([.. items.Select(item => Attribute(item, attribute, arguments) is var found && found is UndefinedValue && fallback is not null ? fallback : found)]);
        }

        string name = arguments.Text(0, "filter").Text;
        if (!Exists(name))
            throw arguments.Error($"there is no filter '{name}' in chat templates");
        TemplateArguments rest = new(arguments.Context, name, arguments.Position, [.. arguments.Positional.Skip(1)], arguments.Named);
        return new ListValue([.. items.Select(item => Apply(name, item, rest))]);
    }

    private static ListValue Choose(TemplateValue value, TemplateArguments arguments, bool byAttribute, bool keep)
    {
        TemplateValue? attribute = byAttribute ? arguments.Require(0, "attribute") : null;
        int testIndex = byAttribute ? 1 : 0;
        string? test = arguments.OptionalText(testIndex, "test");
        if (test is not null && !TemplateTests.Exists(test))
            throw arguments.Error($"there is no test '{test}' in chat templates");
        TemplateArguments rest = new(arguments.Context, test ?? "select", arguments.Position, [.. arguments.Positional.Skip(testIndex + 1)], arguments.Named);
        List<TemplateValue> chosen = [];
        foreach (TemplateValue item in TemplateOperations.Iterate(value, arguments.Context, arguments.Position))
        {
            arguments.Context.Charge(arguments.Position);
            TemplateValue subject = attribute is null ? item : Attribute(item, attribute, arguments);
            if ((test is null ? subject.IsTrue : TemplateTests.Run(test, subject, rest)) == keep)
                chosen.Add(item);
        }

        return new ListValue(chosen);
    }

    private static ListValue Sort(TemplateValue value, TemplateArguments arguments)
    {
        arguments.Allow("reverse", "case_sensitive", "attribute");
        bool isDescending = arguments.Boolean(0, "reverse", false);
        bool isCaseSensitive = arguments.Boolean(1, "case_sensitive", false);
        TemplateValue? attribute = arguments.Find(2, "attribute") is { } found and not NoneValue ? found : null;
        IReadOnlyList<TemplateValue> items = TemplateOperations.Iterate(value, arguments.Context, arguments.Position);
        return new ListValue(SortBy(items, item => Key(item, attribute, isCaseSensitive, arguments), isDescending, arguments));
    }

    private static ListValue SortMap(TemplateValue value, TemplateArguments arguments)
    {
        arguments.Allow("case_sensitive", "by", "reverse");
        if (value is not MapValue map)
            throw arguments.Error($"dictsort needs a map, not {TemplateOperations.Describe(value)}");
        bool isCaseSensitive = arguments.Boolean(0, "case_sensitive", false);
        string by = arguments.OptionalText(1, "by") ?? "key";
        if (by is not ("key" or "value"))
            throw arguments.Error("dictsort: 'by' must be key or value");
        TemplateValue position = TemplateValue.Of(by == "key" ? 0 : 1);
        IReadOnlyList<TemplateValue> items = TemplateMethods.Items(map, arguments).Items;
        return new ListValue(SortBy(items, item => Key(item, position, isCaseSensitive, arguments), arguments.Boolean(2, "reverse", false), arguments));
    }

    /// <summary>A stable sort; descending keeps the order of equals too, as Python's does.</summary>
    private static List<TemplateValue> SortBy(
        IReadOnlyList<TemplateValue> items, Func<TemplateValue, TemplateValue> key, bool isDescending, TemplateArguments arguments)
    {
        Comparer<TemplateValue> order = Comparer<TemplateValue>.Create(
            (left, right) => TemplateOperations.Compare(left, right, arguments.Context, arguments.Position));
        try
        {
            return [.. isDescending ? items.OrderByDescending(key, order) : items.OrderBy(key, order)];
        }
        catch (InvalidOperationException exception) when (exception.InnerException is TemplateException inner)
        {
            ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }

    private static TemplateValue Key(TemplateValue item, TemplateValue? attribute, bool isCaseSensitive, TemplateArguments arguments)
    {
        TemplateValue key = attribute is null ? item : Attribute(item, attribute, arguments);
        return !isCaseSensitive && key is TextValue text ? new TextValue(text.Text.Map(part => part.ToLowerInvariant())) : key;
    }

    private static ListValue Unique(TemplateValue value, TemplateArguments arguments)
    {
        arguments.Allow("case_sensitive", "attribute");
        bool isCaseSensitive = arguments.Boolean(0, "case_sensitive", false);
        TemplateValue? attribute = arguments.Find(1, "attribute");
        List<TemplateValue> kept = [];
        List<TemplateValue> keys = [];
        foreach (TemplateValue item in TemplateOperations.Iterate(value, arguments.Context, arguments.Position))
        {
            TemplateValue key = Key(item, attribute, isCaseSensitive, arguments);
            if (keys.Exists(other => TemplateOperations.AreEqual(other, key, arguments.Context, arguments.Position)))
                continue;
            keys.Add(key);
            kept.Add(item);
        }

        return new ListValue(kept);
    }

    private static ListValue GroupBy(TemplateValue value, TemplateArguments arguments)
    {
        arguments.Allow("attribute", "default", "case_sensitive");
        TemplateValue attribute = arguments.Require(0, "attribute");
        bool isCaseSensitive = arguments.Boolean(2, "case_sensitive", false);
        IReadOnlyList<TemplateValue> items = TemplateOperations.Iterate(value, arguments.Context, arguments.Position);
        List<TemplateValue> groups = [];
        List<TemplateValue> current = [];
        TemplateValue? currentKey = null;
        foreach (TemplateValue item in SortBy(items, item => Key(item, attribute, isCaseSensitive, arguments), false, arguments))
        {
            TemplateValue key = Key(item, attribute, isCaseSensitive, arguments);
            if (currentKey is null || !TemplateOperations.AreEqual(currentKey, key, arguments.Context, arguments.Position))
            {
                current = [];
                groups.Add(new ListValue([Attribute(item, attribute, arguments), new ListValue(current)], true));
                currentKey = key;
            }

            current.Add(item);
        }

        return new ListValue(groups);
    }

    private static TemplateValue Sum(TemplateValue value, TemplateArguments arguments)
    {
        arguments.Allow("attribute", "start");
        TemplateValue? attribute = arguments.Find(0, "attribute");
        TemplateValue total = arguments.Find(1, "start") ?? TemplateValue.Of(0);
        foreach (TemplateValue item in TemplateOperations.Iterate(value, arguments.Context, arguments.Position))
        {
            TemplateValue part = attribute is null or NoneValue ? item : Attribute(item, attribute, arguments);
            total = TemplateOperations.Arithmetic("+", total, part, arguments.Context, arguments.Position);
        }

        return total;
    }

    private static TemplateValue Extreme(TemplateValue value, TemplateArguments arguments, int sign)
    {
        arguments.Allow("case_sensitive", "attribute");
        bool isCaseSensitive = arguments.Boolean(0, "case_sensitive", false);
        TemplateValue? attribute = arguments.Find(1, "attribute");
        TemplateValue? best = null;
        foreach (TemplateValue item in TemplateOperations.Iterate(value, arguments.Context, arguments.Position))
        {
            if (best is null || TemplateOperations.Compare(
                Key(item, attribute, isCaseSensitive, arguments), Key(best, attribute, isCaseSensitive, arguments), arguments.Context, arguments.Position) * sign > 0)
            {
                best = item;
            }
        }

        return best ?? new UndefinedValue("the extreme of nothing");
    }

    private static ListValue Batch(TemplateValue value, TemplateArguments arguments)
    {
        long size = arguments.Allow("linecount", "fill_with").Integer(0, "linecount", 0);
        if (size < 1)
            throw arguments.Error("batch: the size must be 1 or more");
        TemplateValue? fill = arguments.Find(1, "fill_with");
        List<TemplateValue> batches = [];
        foreach (TemplateValue[] chunk in TemplateOperations.Iterate(value, arguments.Context, arguments.Position).Chunk((int)Math.Min(size, int.MaxValue)))
        {
            arguments.Context.ChargeEntries(arguments.Position, fill is null ? 0 : size);
            IEnumerable<TemplateValue> padding = fill is null ? [] : Enumerable.Repeat(fill, (int)size - chunk.Length);
            batches.Add(new ListValue([.. chunk, .. padding]));
        }

        return new ListValue(batches);
    }
}
