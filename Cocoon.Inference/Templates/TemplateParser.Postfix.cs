using System.Globalization;

namespace Cocoon.Inference.Templates;

/// <summary>What follows a value: attributes, subscripts, slices, calls, filters and tests.</summary>
internal sealed partial class TemplateParser
{
    private Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            TemplateToken token = Current;
            if (SkipOperator("."))
                value = ParseAttribute(value, token.Position);
            else if (SkipOperator("["))
                value = ParseSubscript(value, token.Position);
            else if (token.Is("("))
                value = new CallExpression(value, ParseArguments(), token.Position);
            else
                return value;
        }
    }

    private Expression ParseAttribute(Expression value, TemplatePosition position)
    {
        TemplateToken name = Next();
        return name.Kind switch
        {
            TemplateTokenKind.Name => new AttributeExpression(value, name.Value, position),
            TemplateTokenKind.Integer => new ItemExpression(
                value,
                new ConstantExpression(TemplateValue.Of(long.Parse(name.Value, CultureInfo.InvariantCulture)), name.Position),
                position),
            _ => throw Error($"a name is expected after '.', not {name.Describe()}", name.Position),
        };
    }

    private Expression ParseSubscript(Expression value, TemplatePosition position)
    {
        Expression? start = Current.Is(":") ? null : ParseExpression();
        if (start is not null && SkipOperator("]"))
            return new ItemExpression(value, start, position);
        ExpectOperator(":");
        Expression? stop = Current.Is(":") || Current.Is("]") ? null : ParseExpression();
        Expression? step = null;
        if (SkipOperator(":") && !Current.Is("]"))
            step = ParseExpression();
        ExpectOperator("]");
        return new SliceExpression(value, start, stop, step, position);
    }

    private ArgumentList ParseArguments()
    {
        ExpectOperator("(");
        List<Expression> positional = [];
        List<KeyValuePair<string, Expression>> named = [];
        while (!SkipOperator(")"))
        {
            if (positional.Count + named.Count > 0)
            {
                ExpectOperator(",");
                if (SkipOperator(")"))
                    break;
            }

            TemplateToken token = Current;
            if (token.Is("*") || token.Is("**"))
                throw Error("unpacked arguments are not supported in chat templates", token.Position);
            if (token.Kind == TemplateTokenKind.Name && tokens[index + 1].Is("="))
            {
                index += 2;
                if (named.Exists(argument => argument.Key == token.Value))
                    throw Error($"the argument '{token.Value}' is there twice", token.Position);
                named.Add(new(token.Value, ParseExpression()));
                continue;
            }

            if (named.Count > 0)
                throw Error("an argument without a name cannot follow one with a name", token.Position);
            positional.Add(ParseExpression());
        }

        return new ArgumentList(positional, named);
    }

    /// <summary>Filters, tests and calls in any order.</summary>
    private Expression ParseFilterExpression(Expression value)
    {
        while (true)
        {
            TemplateToken token = Current;
            if (token.Is("|"))
                value = ParseFilters(value);
            else if (token.IsName("is"))
                value = ParseTest(value);
            else if (token.Is("("))
                value = new CallExpression(value, ParseArguments(), token.Position);
            else
                return value;
        }
    }

    private Expression ParseFilters(Expression? value, bool startsWithName = false)
    {
        while (startsWithName || SkipOperator("|"))
        {
            startsWithName = false;
            TemplateToken name = Current;
            ExpectName(null);
            if (!TemplateFilters.Exists(name.Value))
                throw Error($"there is no filter '{name.Value}' in chat templates", name.Position);
            value = new FilterExpression(value, name.Value, Current.Is("(") ? ParseArguments() : ArgumentList.None, name.Position);
        }

        return value!;
    }

    private Expression ParseTest(Expression value)
    {
        TemplatePosition position = Next().Position;
        bool isNegated = SkipName("not");
        TemplateToken name = Current;
        ExpectName(null);
        if (!TemplateTests.Exists(name.Value))
            throw Error($"there is no test '{name.Value}' in chat templates", name.Position);
        ArgumentList arguments = ArgumentList.None;
        if (Current.Is("("))
            arguments = ParseArguments();
        else if (StartsTestArgument())
            arguments = new ArgumentList([ParsePostfix(ParsePrimary())], []);
        TestExpression test = new(value, name.Value, arguments, position);
        return isNegated ? new NotExpression(test, position) : test;
    }

    private bool StartsTestArgument()
    {
        TemplateToken token = Current;
        if (token.IsName("is"))
            throw Error("two tests cannot follow each other: write 'and' between them", token.Position);
        return token.Kind switch
        {
            TemplateTokenKind.Name => token.Value is not ("else" or "or" or "and" or "if" or "in" or "not"),
            TemplateTokenKind.String or TemplateTokenKind.Integer or TemplateTokenKind.Float => true,
            _ => token.Is("[") || token.Is("{"),
        };
    }
}
