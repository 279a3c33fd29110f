namespace Cocoon.Inference.Templates;

/// <summary>Filters on single values and text. Those on sequences are in the other part of this class.</summary>
internal static partial class TemplateFilters
{
    private delegate TemplateValue Filter(TemplateValue value, TemplateArguments arguments);

    private static readonly Dictionary<string, Filter> Known = new(StringComparer.Ordinal)
    {
        ["tojson"] = TemplateJson.Filter,
        ["trim"] = (value, arguments) => new TextValue(TemplateTrimming.Trim(Text(value, arguments), arguments.Allow("chars").OptionalText(0, "chars"), true, true)),
        ["default"] = Default,
        ["d"] = Default,
        ["length"] = Length,
        ["count"] = Length,
        ["join"] = (value, arguments) => Join(value, arguments.Allow("d", "attribute").Find(0, "d") is { } separator ? Text(separator, arguments) : TemplateText.Empty, arguments),
        ["replace"] = (value, arguments) => TemplateMethods.Replace(
            Text(value, arguments), Text(arguments.Require(0, "old"), arguments), Text(arguments.Require(1, "new"), arguments),
            arguments.Find(2, "count") is null or NoneValue ? -1 : arguments.Integer(2, "count", -1), arguments),
        ["upper"] = (value, arguments) => new TextValue(Text(value, arguments).Map(part => part.ToUpperInvariant())),
        ["lower"] = (value, arguments) => new TextValue(Text(value, arguments).Map(part => part.ToLowerInvariant())),
        ["capitalize"] = (value, arguments) => new TextValue(TemplateMethods.Capitalize(Text(value, arguments))),
        ["title"] = (value, arguments) => new TextValue(TemplateMethods.Title(
            Text(value, arguments), static symbol => !char.IsWhiteSpace(symbol) && symbol is not ('-' or '(' or '{' or '[' or '<'))),
        ["string"] = (value, arguments) => new TextValue(Text(value, arguments)),
        ["safe"] = (value, arguments) => new TextValue(Text(value, arguments)),
        ["escape"] = Escape,
        ["e"] = Escape,
        ["int"] = ToInteger,
        ["float"] = ToFloat,
        ["abs"] = (value, arguments) => value is FloatValue real ? new FloatValue(Math.Abs(real.Value))
            : value is IntegerValue integer && integer.Value != long.MinValue ? TemplateValue.Of(Math.Abs(integer.Value))
            : throw arguments.Error($"abs needs a number, not {TemplateOperations.Describe(value)}"),
        ["round"] = Round,
        ["indent"] = Indent,
        ["format"] = (value, arguments) => TemplateFormatting.Percent(Text(value, arguments), arguments.Positional, arguments.Context, arguments.Position),
        ["wordcount"] = (value, arguments) => TemplateValue.Of(Text(value, arguments).Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length),
        ["attr"] = (value, arguments) => value is MapValue ? new UndefinedValue("an attribute of a map")
            : TemplateRenderer.GetItem(value, new TextValue(arguments.Text(0, "name")), arguments.Position),
        ["items"] = (value, arguments) => value switch
        {
            MapValue map => TemplateMethods.Items(map, arguments),
            UndefinedValue => new ListValue([]),
            _ => throw arguments.Error($"items needs a map, not {TemplateOperations.Describe(value)}"),
        },
        ["first"] = (value, arguments) => TemplateOperations.Iterate(value, arguments.Context, arguments.Position) is [TemplateValue first, ..] ? first : new UndefinedValue("the first of nothing"),
        ["last"] = (value, arguments) => TemplateOperations.Iterate(value, arguments.Context, arguments.Position) is [.., TemplateValue last] ? last : new UndefinedValue("the last of nothing"),
        ["list"] = (value, arguments) => new ListValue(TemplateOperations.Iterate(value, arguments.Context, arguments.Position)),
        ["reverse"] = Reverse,
        ["map"] = Map,
        ["select"] = (value, arguments) => Choose(value, arguments, byAttribute: false, keep: true),
        ["reject"] = (value, arguments) => Choose(value, arguments, byAttribute: false, keep: false),
        ["selectattr"] = (value, arguments) => Choose(value, arguments, byAttribute: true, keep: true),
        ["rejectattr"] = (value, arguments) => Choose(value, arguments, byAttribute: true, keep: false),
        ["sort"] = Sort,
        ["dictsort"] = SortMap,
        ["unique"] = Unique,
        ["groupby"] = GroupBy,
        ["sum"] = Sum,
        ["min"] = (value, arguments) => Extreme(value, arguments, -1),
        ["max"] = (value, arguments) => Extreme(value, arguments, 1),
        ["batch"] = Batch,
    };

    public static bool Exists(string name) => Known.ContainsKey(name);

    public static TemplateValue Apply(string name, TemplateValue value, TemplateArguments arguments)
    {
        arguments.Context.Charge(arguments.Position, value is TextValue text ? text.Text.Length : value is ListValue list ? list.Items.Count : 0);
        return Known[name](value, arguments);
    }

    public static TextValue Join(TemplateValue value, TemplateText separator, TemplateArguments arguments)
    {
        TemplateTextBuilder builder = new();
        TemplateValue? attribute = arguments.Find(int.MaxValue, "attribute") ?? (arguments.Positional.Count > 1 ? arguments.Positional[1] : null);
        bool isFirst = true;
        foreach (TemplateValue item in TemplateOperations.Iterate(value, arguments.Context, arguments.Position))
        {
            if (!isFirst)
                builder.Append(separator);
            isFirst = false;
            TemplateText part = Text(attribute is null ? item : Attribute(item, attribute, arguments), arguments);
            arguments.Context.Charge(arguments.Position, part.Length);
            builder.Append(part);
            if (builder.Length > TemplateLimits.OutputChars)
                arguments.Context.Charge(arguments.Position, builder.Length);
        }

        return arguments.Context.Checked(builder.ToText(), arguments.Position);
    }

    private static TemplateText Text(TemplateValue value, TemplateArguments arguments) =>
        TemplatePrinting.Print(value, arguments.Context, arguments.Position);

    private static TemplateValue Default(TemplateValue value, TemplateArguments arguments)
    {
        arguments.Allow("default_value", "boolean");
        bool isMissing = value is UndefinedValue || (arguments.Boolean(1, "boolean", false) && !value.IsTrue);
        return isMissing ? arguments.Find(0, "default_value") ?? TextValue.Empty : value;
    }

    private static TemplateValue Length(TemplateValue value, TemplateArguments arguments) => value switch
    {
        TextValue text => TemplateValue.Of(text.Text.RuneCount),
        ListValue list => TemplateValue.Of(list.Items.Count),
        MapValue map => TemplateValue.Of(map.Count),
        UndefinedValue => TemplateValue.Of(0),
        _ => throw arguments.Error($"{TemplateOperations.Describe(value)} has no length"),
    };

    private static TextValue Escape(TemplateValue value, TemplateArguments arguments) => arguments.Context.Checked(
        Text(value, arguments).Map(part => part
            .Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace("'", "&#39;", StringComparison.Ordinal)
            .Replace("\"", "&#34;", StringComparison.Ordinal)),
        arguments.Position);

    private static TemplateValue ToInteger(TemplateValue value, TemplateArguments arguments)
    {
        arguments.Allow("default", "base");
        if (arguments.Integer(1, "base", 10) != 10)
            throw arguments.Error("int: only base 10 is supported");
        if (value is IntegerValue or BooleanValue)
            return TemplateValue.Of(TemplateOperations.AsInteger(value));
        double number = ParseFloat(value);
        return double.IsFinite(number) && Math.Abs(number) < long.MaxValue ? TemplateValue.Of((long)number) : arguments.Find(0, "default") ?? TemplateValue.Of(0);
    }

    private static TemplateValue ToFloat(TemplateValue value, TemplateArguments arguments)
    {
        double number = ParseFloat(value);
        return double.IsNaN(number) ? arguments.Allow("default").Find(0, "default") ?? new FloatValue(0) : new FloatValue(number);
    }

    private static double ParseFloat(TemplateValue value)
    {
        if (TemplateOperations.TryNumber(value, out double number))
            return number;
        const System.Globalization.NumberStyles Styles = System.Globalization.NumberStyles.Float;
        return value is TextValue text && double.TryParse(text.Value, Styles, System.Globalization.CultureInfo.InvariantCulture, out double parsed) ? parsed : double.NaN;
    }

    private static TemplateValue Round(TemplateValue value, TemplateArguments arguments)
    {
        arguments.Allow("precision", "method");
        if (!TemplateOperations.TryNumber(value, out double number))
            throw arguments.Error($"round needs a number, not {TemplateOperations.Describe(value)}");
        int precision = (int)Math.Clamp(arguments.Integer(0, "precision", 0), 0, 15);
        string method = arguments.OptionalText(1, "method") ?? "common";
        double scale = Math.Pow(10, precision);
        if (method == "common")
            return value is FloatValue ? new FloatValue(Math.Round(number, precision, MidpointRounding.ToEven)) : value;
        return method is "ceil" or "floor"
            ? new FloatValue((method == "ceil" ? Math.Ceiling(number * scale) : Math.Floor(number * scale)) / scale)
            : throw arguments.Error("round: the method must be common, ceil or floor");
    }

    private static TextValue Indent(TemplateValue value, TemplateArguments arguments)
    {
        arguments.Allow("width", "first", "blank");
        TemplateText text = Text(value, arguments);
        TemplateText indention = arguments.Find(0, "width") switch
        {
            TextValue width => width.Text,
            _ => TemplateText.Trusted(new string(' ', (int)Math.Clamp(arguments.Integer(0, "width", 4), 0, 256))),
        };
        bool blank = arguments.Boolean(2, "blank", false);
        TemplateTextBuilder builder = new();
        if (arguments.Boolean(1, "first", false))
            builder.Append(indention);
        bool isFirst = true;
        foreach ((int start, int end, _) in TemplateTrimming.Lines(text.Text + "\n"))
        {
            if (!isFirst)
            {
                builder.Append("\n", true);
                if (blank || end > start)
                    builder.Append(indention);
            }

            isFirst = false;
            builder.Append(text, start, end - start);
            if (builder.Length > TemplateLimits.OutputChars)
                arguments.Context.Charge(arguments.Position, builder.Length);
        }

        return arguments.Context.Checked(builder.ToText(), arguments.Position);
    }
}
