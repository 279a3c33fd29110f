namespace Cocoon.Inference.Templates;

/// <summary>What may stand after <c>is</c>, and the comparisons that they share with operators.</summary>
internal static class TemplateTests
{
    private static readonly Dictionary<string, Func<TemplateValue, TemplateArguments, bool>> Known = new(StringComparer.Ordinal)
    {
        ["defined"] = (value, _) => value is not UndefinedValue,
        ["undefined"] = (value, _) => value is UndefinedValue,
        ["none"] = (value, _) => value is NoneValue,
        ["string"] = (value, _) => value is TextValue,
        ["mapping"] = (value, _) => value is MapValue,
        ["iterable"] = (value, _) => value is TextValue or ListValue or MapValue or UndefinedValue or LoopValue,
        ["sequence"] = (value, _) => value is TextValue or ListValue or MapValue,
        ["number"] = (value, _) => value is IntegerValue or FloatValue or BooleanValue,
        ["integer"] = (value, _) => value is IntegerValue,
        ["float"] = (value, _) => value is FloatValue,
        ["boolean"] = (value, _) => value is BooleanValue,
        ["true"] = (value, _) => ReferenceEquals(value, BooleanValue.True),
        ["false"] = (value, _) => ReferenceEquals(value, BooleanValue.False),
        ["callable"] = (value, _) => value is CallableValue,
        ["even"] = (value, arguments) => Whole(value, arguments) % 2 == 0,
        ["odd"] = (value, arguments) => Whole(value, arguments) % 2 != 0,
        ["divisibleby"] = IsDivisible,
        ["lower"] = (value, arguments) => TemplateMethods.IsCase(Text(value, arguments), char.IsLower),
        ["upper"] = (value, arguments) => TemplateMethods.IsCase(Text(value, arguments), char.IsUpper),
        ["sameas"] = (value, arguments) => ReferenceEquals(value, arguments.Require(0, "other")),
        ["in"] = (value, arguments) => TemplateOperations.Contains(arguments.Require(0, "seq"), value, arguments.Context, arguments.Position),
        ["eq"] = Comparison("=="),
        ["equalto"] = Comparison("=="),
        ["ne"] = Comparison("!="),
        ["lt"] = Comparison("<"),
        ["lessthan"] = Comparison("<"),
        ["le"] = Comparison("<="),
        ["gt"] = Comparison(">"),
        ["greaterthan"] = Comparison(">"),
        ["ge"] = Comparison(">="),
        ["=="] = Comparison("=="),
        ["!="] = Comparison("!="),
        ["<"] = Comparison("<"),
        ["<="] = Comparison("<="),
        [">"] = Comparison(">"),
        [">="] = Comparison(">="),
    };

    public static bool Exists(string name) => Known.ContainsKey(name);

    public static bool Run(string name, TemplateValue value, TemplateArguments arguments) => Known[name](value, arguments);

    public static bool Compare(string symbol, TemplateValue left, TemplateValue right, RenderContext context, TemplatePosition position) => symbol switch
    {
        "==" => TemplateOperations.AreEqual(left, right, context, position),
        "!=" => !TemplateOperations.AreEqual(left, right, context, position),
        "<" => TemplateOperations.Compare(left, right, context, position) < 0,
        "<=" => TemplateOperations.Compare(left, right, context, position) <= 0,
        ">" => TemplateOperations.Compare(left, right, context, position) > 0,
        ">=" => TemplateOperations.Compare(left, right, context, position) >= 0,
        "in" => TemplateOperations.Contains(right, left, context, position),
        _ => !TemplateOperations.Contains(right, left, context, position),
    };

    private static Func<TemplateValue, TemplateArguments, bool> Comparison(string symbol) =>
        (value, arguments) => Compare(symbol, value, arguments.Require(0, "other"), arguments.Context, arguments.Position);

    private static bool IsDivisible(TemplateValue value, TemplateArguments arguments)
    {
        long divisor = arguments.Integer(0, "num", 0);
        return divisor != 0 ? divisor == -1 || Whole(value, arguments) % divisor == 0 : throw arguments.Error("divisibleby: division by zero");
    }

    private static long Whole(TemplateValue value, TemplateArguments arguments) => value is IntegerValue or BooleanValue
        ? TemplateOperations.AsInteger(value)
        : throw arguments.Error($"an integer is needed here, not {TemplateOperations.Describe(value)}");

    private static string Text(TemplateValue value, TemplateArguments arguments) =>
        TemplatePrinting.Print(value, arguments.Context, arguments.Position).Text;
}
