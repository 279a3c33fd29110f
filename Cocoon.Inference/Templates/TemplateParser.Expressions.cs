using System.Globalization;

namespace Cocoon.Inference.Templates;

/// <summary>Expressions, with Jinja's precedence: if, or, and, not, comparison, + -, ~, * / // %, **, sign, postfix, filters.</summary>
internal sealed partial class TemplateParser
{
    private static readonly string[] ComparisonOperators = ["==", "!=", "<", "<=", ">", ">="];

    private Expression ParseExpression(bool withConditional = true)
    {
        Enter(Current.Position);
        Expression value = withConditional ? ParseConditional() : ParseOr();
        depth--;
        return value;
    }

    private Expression ParseConditional()
    {
        Expression value = ParseOr();
        while (Current.IsName("if"))
        {
            TemplatePosition position = Next().Position;
            Expression condition = ParseOr();
            Expression? otherwise = SkipName("else") ? ParseExpression() : null;
            value = new ConditionalExpression(condition, value, otherwise, position);
        }

        return value;
    }

    private Expression ParseOr()
    {
        Expression left = ParseAnd();
        while (Current.IsName("or"))
            left = new LogicExpression(left, AtNext(ParseAnd, out TemplatePosition position), false, position);
        return left;
    }

    private Expression ParseAnd()
    {
        Expression left = ParseNot();
        while (Current.IsName("and"))
            left = new LogicExpression(left, AtNext(ParseNot, out TemplatePosition position), true, position);
        return left;
    }

    private Expression AtNext(Func<Expression> parse, out TemplatePosition position)
    {
        position = Next().Position;
        return parse();
    }

    private Expression ParseNot()
    {
        if (!Current.IsName("not"))
            return ParseComparison();
        TemplatePosition position = Next().Position;
        Enter(position);
        NotExpression value = new(ParseNot(), position);
        depth--;
        return value;
    }

    private Expression ParseComparison()
    {
        Expression first = ParseSum();
        List<KeyValuePair<string, Expression>> rest = [];
        TemplatePosition position = Current.Position;
        while (true)
        {
            if (Current.Kind == TemplateTokenKind.Operator && ComparisonOperators.Contains(Current.Value))
            {
                string comparison = Next().Value;
                rest.Add(new(comparison, ParseSum()));
            }
            else if (SkipName("in"))
            {
                rest.Add(new("in", ParseSum()));
            }
            else if (Current.IsName("not") && tokens[index + 1].IsName("in"))
            {
                index += 2;
                rest.Add(new("not in", ParseSum()));
            }
            else
            {
                return rest.Count == 0 ? first : new ComparisonExpression(first, rest, position);
            }
        }
    }

    private Expression ParseSum() => ParseBinary(ParseConcatenation, "+", "-");

    private Expression ParseConcatenation()
    {
        Expression first = ParseProduct();
        if (!Current.Is("~"))
            return first;
        TemplatePosition position = Current.Position;
        List<Expression> parts = [first];
        while (SkipOperator("~"))
            parts.Add(ParseProduct());
        return new ConcatenationExpression(parts, position);
    }

    private Expression ParseProduct() => ParseBinary(ParsePower, "*", "/", "//", "%");

    private Expression ParsePower() => ParseBinary(() => ParseUnary(withFilter: true), "**");

    private Expression ParseBinary(Func<Expression> parse, params ReadOnlySpan<string> operators)
    {
        Expression left = parse();
        while (Current.Kind == TemplateTokenKind.Operator && operators.Contains(Current.Value))
        {
            TemplateToken token = Next();
            left = new ArithmeticExpression(token.Value, left, parse(), token.Position);
        }

        return left;
    }

    private Expression ParseUnary(bool withFilter)
    {
        Expression value;
        TemplatePosition position = Current.Position;
        if (Current.Is("-") || Current.Is("+"))
        {
            Enter(position);
            bool isNegative = Next().Value == "-";
            value = new SignExpression(ParseUnary(withFilter: false), isNegative, position);
            depth--;
        }
        else
        {
            value = ParsePrimary();
        }

        value = ParsePostfix(value);
        return withFilter ? ParseFilterExpression(value) : value;
    }

    private Expression ParsePrimary()
    {
        TemplateToken token = Next();
        switch (token.Kind)
        {
            case TemplateTokenKind.Name:
                return token.Value switch
                {
                    "true" or "True" => new ConstantExpression(BooleanValue.True, token.Position),
                    "false" or "False" => new ConstantExpression(BooleanValue.False, token.Position),
                    "none" or "None" => new ConstantExpression(NoneValue.Instance, token.Position),
                    _ => new NameExpression(token.Value, token.Position),
                };
            case TemplateTokenKind.String:
                string text = token.Value;
                while (Current.Kind == TemplateTokenKind.String)
                    text += Next().Value;
                return new ConstantExpression(TemplateValue.Trusted(text), token.Position);
            case TemplateTokenKind.Integer:
                return new ConstantExpression(TemplateValue.Of(long.Parse(token.Value, CultureInfo.InvariantCulture)), token.Position);
            case TemplateTokenKind.Float:
                return new ConstantExpression(new FloatValue(double.Parse(token.Value, CultureInfo.InvariantCulture)), token.Position);
            case TemplateTokenKind.Operator when token.Value == "(":
                Expression inner = ParseTuple(explicitParentheses: true);
                ExpectOperator(")");
                return inner;
            case TemplateTokenKind.Operator when token.Value == "[":
                return new ListExpression(ParseItems("]"), false, token.Position);
            case TemplateTokenKind.Operator when token.Value == "{":
                return ParseMap(token.Position);
            default:
                throw Error($"a value is expected here, not {token.Describe()}", token.Position);
        }
    }

    private List<Expression> ParseItems(string end)
    {
        List<Expression> items = [];
        while (!SkipOperator(end))
        {
            if (items.Count > 0)
            {
                ExpectOperator(",");
                if (SkipOperator(end))
                    break;
            }

            items.Add(ParseExpression());
        }

        return items;
    }

    private MapExpression ParseMap(TemplatePosition position)
    {
        List<KeyValuePair<Expression, Expression>> entries = [];
        while (!SkipOperator("}"))
        {
            if (entries.Count > 0)
            {
                ExpectOperator(",");
                if (SkipOperator("}"))
                    break;
            }

            Expression key = ParseExpression();
            ExpectOperator(":");
            entries.Add(new(key, ParseExpression()));
        }

        return new MapExpression(entries, position);
    }

    /// <summary>An expression, or several with commas: a tuple.</summary>
    private Expression ParseTuple(bool withConditional = true, bool explicitParentheses = false)
    {
        TemplatePosition position = Current.Position;
        if (explicitParentheses && Current.Is(")"))
            return new ListExpression([], true, position);
        Expression first = ParseExpression(withConditional);
        if (!Current.Is(","))
            return first;
        List<Expression> items = [first];
        while (SkipOperator(","))
        {
            if (Current.Kind is TemplateTokenKind.BlockEnd or TemplateTokenKind.PrintEnd || Current.Is(")"))
                break;
            items.Add(ParseExpression(withConditional));
        }

        return new ListExpression(items, true, position);
    }

    private AssignmentTarget ParseTarget(bool allowNamespace)
    {
        TemplatePosition position = Current.Position;
        AssignmentTarget first = ParseSingleTarget(allowNamespace);
        if (!Current.Is(","))
            return first;
        List<AssignmentTarget> targets = [first];
        while (SkipOperator(","))
        {
            if (Current.IsName("in") || Current.Is("=") || Current.Is(")"))
                break;
            targets.Add(ParseSingleTarget(allowNamespace));
        }

        return new TupleTarget(targets, position);
    }

    private AssignmentTarget ParseSingleTarget(bool allowNamespace)
    {
        TemplateToken token = Current;
        if (SkipOperator("("))
        {
            Enter(token.Position);
            AssignmentTarget inner = ParseTarget(allowNamespace);
            depth--;
            ExpectOperator(")");
            return inner;
        }

        string name = ExpectName(null);
        if (name is "true" or "false" or "none" or "True" or "False" or "None")
            throw Error($"nothing can be assigned to '{name}'", token.Position);
        if (!allowNamespace || !SkipOperator("."))
            return new NameTarget(name, token.Position);
        return new NamespaceTarget(name, ExpectName(null), token.Position);
    }
}
