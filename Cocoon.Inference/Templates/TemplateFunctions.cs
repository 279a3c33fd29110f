namespace Cocoon.Inference.Templates;

/// <summary>The <c>loop</c> variable of one loop.</summary>
internal sealed class LoopValue(IReadOnlyList<TemplateValue> items) : TemplateValue
{
    private TemplateValue? changedLast;

    public int Index { get; set; }

    public override bool IsTrue => true;

    public override string TypeName => "loop";

    public TemplateValue? Find(string name) => name switch
    {
        "index" => Of(Index + 1),
        "index0" => Of(Index),
        "revindex" => Of(items.Count - Index),
        "revindex0" => Of(items.Count - Index - 1),
        "first" => Of(Index == 0),
        "last" => Of(Index == items.Count - 1),
        "length" => Of(items.Count),
        "depth" => Of(1),
        "depth0" => Of(0),
        "previtem" => Index > 0 ? items[Index - 1] : new UndefinedValue("the item before the first"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new UndefinedValue("the item after the last"),
        "cycle" => new CallableValue("cycle", Cycle),
        "changed" => new CallableValue("changed", Changed),
        _ => null,
    };

    private TemplateValue Cycle(TemplateArguments arguments) => arguments.Positional.Count == 0
        ? throw arguments.Error("cycle needs values")
        : arguments.Positional[Index % arguments.Positional.Count];

    private BooleanValue Changed(TemplateArguments arguments)
    {
        ListValue now = new(arguments.Positional, true);
        bool changed = changedLast is null || !TemplateOperations.AreEqual(changedLast, now, arguments.Context, arguments.Position);
        changedLast = now;
        return (BooleanValue)Of(changed);
    }
}

/// <summary>The functions that every chat template can call.</summary>
internal static class TemplateFunctions
{
    public static TemplateScope Globals()
    {
        TemplateScope scope = new(null);
        scope.Set("range", new CallableValue("range", Range));
        scope.Set("namespace", new CallableValue("namespace", MakeNamespace));
        scope.Set("dict", new CallableValue("dict", MakeMap));
        scope.Set("raise_exception", new CallableValue("raise_exception", Raise));
        scope.Set("strftime_now", new CallableValue("strftime_now", Now));
        return scope;
    }

    private static ListValue Range(TemplateArguments arguments)
    {
        arguments.Allow("start", "stop", "step");
        long first = arguments.Integer(0, "start", 0);
        bool single = arguments.Positional.Count == 1;
        long start = single ? 0 : first;
        long stop = single ? first : arguments.Integer(1, "stop", 0);
        long step = arguments.Integer(2, "step", 1);
        if (step == 0)
            throw arguments.Error("range: the step cannot be 0");
        Int128 span = step > 0 ? (Int128)stop - start : (Int128)start - stop;
        Int128 count = span <= 0 ? 0 : (span + Int128.Abs(step) - 1) / Int128.Abs(step);
        arguments.Context.ChargeEntries(arguments.Position, count > long.MaxValue ? long.MaxValue : (long)count);
        List<TemplateValue> values = new((int)count);
        for (int index = 0; index < count; index++)
            values.Add(TemplateValue.Of(start + index * step));
        return new ListValue(values);
    }

    private static NamespaceValue MakeNamespace(TemplateArguments arguments)
    {
        NamespaceValue space = new();
        foreach (TemplateValue value in arguments.Positional)
        {
            if (value is not MapValue map)
                throw arguments.Error($"namespace takes a map or named values, not {TemplateOperations.Describe(value)}");
            foreach (MapValue.Entry entry in map.Entries)
                space.Attributes[entry.Key.Text] = entry.Value;
        }

        foreach ((string name, TemplateValue value) in arguments.Named)
            space.Attributes[name] = value;
        return space;
    }

    private static MapValue MakeMap(TemplateArguments arguments)
    {
        MapValue map = new();
        foreach (TemplateValue value in arguments.Positional)
        {
            if (value is not MapValue other)
                throw arguments.Error($"dict takes a map or named values, not {TemplateOperations.Describe(value)}");
            foreach (MapValue.Entry entry in other.Entries)
                map.Set(entry.Key, entry.Value);
        }

        foreach ((string name, TemplateValue value) in arguments.Named)
            map.Set(name, value);
        return map;
    }

    private static TemplateValue Raise(TemplateArguments arguments)
    {
        arguments.Allow("message");
        throw new TemplateException(TemplateFailure.Raised, arguments.Text(0, "message").Text, arguments.Position);
    }

    private static TextValue Now(TemplateArguments arguments)
    {
        arguments.Allow("format");
        DateTimeOffset now = arguments.Context.Clock.GetLocalNow();
        return new TextValue(TemplateText.Trusted(TemplateFormatting.Time(arguments.Text(0, "format").Text, now, arguments.Position)));
    }
}
