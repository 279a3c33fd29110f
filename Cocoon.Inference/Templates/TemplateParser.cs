namespace Cocoon.Inference.Templates;

/// <summary>Reads the statements of a template. Expressions are in the other part of this class.</summary>
internal sealed partial class TemplateParser
{
    private readonly List<TemplateToken> tokens;
    private int index;
    private int depth;
    private int loopDepth;

    private TemplateParser(List<TemplateToken> tokens) => this.tokens = tokens;

    private TemplateToken Current => tokens[index];

    public static IReadOnlyList<Statement> Parse(string template)
    {
        if (template.Length > TemplateLimits.SourceChars)
            throw new TemplateException(TemplateFailure.Limit, $"the template is longer than {TemplateLimits.SourceChars} characters", new TemplatePosition(1, 1));
        TemplateParser parser = new(TemplateLexer.Run(template));
        return parser.ParseBody();
    }

    /// <summary>Statements up to (not including) a block that starts with one of the names, or to the end when there are none.</summary>
    private List<Statement> ParseBody(params ReadOnlySpan<string> endNames)
    {
        TemplatePosition start = Current.Position;
        Enter(start);
        List<Statement> body = [];
        while (true)
        {
            TemplateToken token = Current;
            if (token.Kind == TemplateTokenKind.End)
            {
                if (endNames.Length == 0)
                    break;
                throw Error($"the block opened before here is never closed: write '{{% {endNames[^1]} %}}'", start);
            }

            if (token.Kind == TemplateTokenKind.BlockBegin && tokens[index + 1].Kind == TemplateTokenKind.Name && endNames.Contains(tokens[index + 1].Value))
                break;
            body.Add(ParseStatement());
        }

        depth--;
        return body;
    }

    private Statement ParseStatement()
    {
        TemplateToken token = Next();
        switch (token.Kind)
        {
            case TemplateTokenKind.Text:
                return new TextStatement(TemplateText.Trusted(token.Value), token.Position);
            case TemplateTokenKind.PrintBegin:
                Expression value = ParseTuple();
                Expect(TemplateTokenKind.PrintEnd, "'}}'");
                return new PrintStatement(value, token.Position);
            case TemplateTokenKind.BlockBegin:
                return ParseBlock();
            default:
                throw Error($"{token.Describe()} is not expected here", token.Position);
        }
    }

    private Statement ParseBlock()
    {
        TemplateToken name = Next();
        if (name.Kind != TemplateTokenKind.Name)
            throw Error($"a block must start with a statement's name, not {name.Describe()}", name.Position);
        switch (name.Value)
        {
            case "if": return ParseIf(name.Position);
            case "for": return ParseFor(name.Position);
            case "set": return ParseSet(name.Position);
            case "macro": return ParseMacro(name.Position);
            case "call": return ParseCallBlock(name.Position);
            case "filter": return ParseFilterBlock(name.Position);
            case "with": return ParseWith(name.Position);
            case "generation":
                EndBlock();
                List<Statement> body = ParseBody("endgeneration");
                Close("endgeneration");
                return new GroupStatement(body, name.Position);
            case "break" or "continue":
                if (loopDepth == 0)
                    throw Error($"'{name.Value}' is only possible inside a loop", name.Position);
                EndBlock();
                return new LoopControlStatement(name.Value == "break", name.Position);
            default:
                throw Error($"the statement '{name.Value}' is not supported in chat templates", name.Position);
        }
    }

    private IfStatement ParseIf(TemplatePosition position)
    {
        Enter(position);
        Expression condition = ParseTuple(withConditional: false);
        EndBlock();
        List<Statement> then = ParseBody("elif", "else", "endif");
        IReadOnlyList<Statement> otherwise = [];
        Next();
        TemplateToken end = Next();
        if (end.Value == "elif")
        {
            otherwise = [ParseIf(end.Position)];
        }
        else
        {
            EndBlock();
            if (end.Value == "else")
            {
                otherwise = ParseBody("endif");
                Close("endif");
            }
        }

        depth--;
        return new IfStatement(condition, then, otherwise, position);
    }

    private ForStatement ParseFor(TemplatePosition position)
    {
        AssignmentTarget target = ParseTarget(allowNamespace: false);
        ExpectName("in");
        Expression items = ParseTuple(withConditional: false);
        Expression? condition = SkipName("if") ? ParseExpression() : null;
        if (Current.IsName("recursive"))
            throw Error("recursive loops are not supported in chat templates", Current.Position);
        EndBlock();
        loopDepth++;
        List<Statement> body = ParseBody("else", "endfor");
        loopDepth--;
        Next();
        IReadOnlyList<Statement> otherwise = [];
        bool hasElse = Next().Value == "else";
        EndBlock();
        if (hasElse)
        {
            otherwise = ParseBody("endfor");
            Close("endfor");
        }

        return new ForStatement(target, items, condition, body, otherwise, position);
    }

    private Statement ParseSet(TemplatePosition position)
    {
        AssignmentTarget target = ParseTarget(allowNamespace: true);
        if (SkipOperator("="))
        {
            Expression value = ParseTuple();
            EndBlock();
            return new SetStatement(target, value, position);
        }

        FilterExpression? filter = Current.Is("|") ? (FilterExpression)ParseFilters(null) : null;
        EndBlock();
        List<Statement> body = ParseBody("endset");
        Close("endset");
        return new SetBlockStatement(target, filter, body, position);
    }

    private MacroStatement ParseMacro(TemplatePosition position)
    {
        string name = ExpectName(null);
        MacroSignature signature = ParseSignature();
        return new MacroStatement(name, signature, ParseMacroBody("endmacro"), position);
    }

    private CallBlockStatement ParseCallBlock(TemplatePosition position)
    {
        MacroSignature signature = Current.Is("(") ? ParseSignature() : new MacroSignature([], []);
        if (ParseExpression() is not CallExpression call)
            throw Error("'call' needs the call of a macro", position);
        return new CallBlockStatement(call, signature, ParseMacroBody("endcall"), position);
    }

    /// <summary>A body of its own: a loop around it is none that it could break.</summary>
    private List<Statement> ParseMacroBody(string end)
    {
        EndBlock();
        int outerLoops = loopDepth;
        loopDepth = 0;
        List<Statement> body = ParseBody(end);
        loopDepth = outerLoops;
        Close(end);
        return body;
    }

    private FilterBlockStatement ParseFilterBlock(TemplatePosition position)
    {
        FilterExpression filter = (FilterExpression)ParseFilters(null, startsWithName: true);
        EndBlock();
        List<Statement> body = ParseBody("endfilter");
        Close("endfilter");
        return new FilterBlockStatement(filter, body, position);
    }

    private WithStatement ParseWith(TemplatePosition position)
    {
        List<KeyValuePair<AssignmentTarget, Expression>> values = [];
        while (Current.Kind != TemplateTokenKind.BlockEnd)
        {
            if (values.Count > 0)
                ExpectOperator(",");
            AssignmentTarget target = ParseTarget(allowNamespace: false);
            ExpectOperator("=");
            values.Add(new(target, ParseExpression()));
        }

        EndBlock();
        List<Statement> body = ParseBody("endwith");
        Close("endwith");
        return new WithStatement(values, body, position);
    }

    private MacroSignature ParseSignature()
    {
        List<string> parameters = [];
        List<Expression?> defaults = [];
        ExpectOperator("(");
        while (!SkipOperator(")"))
        {
            if (parameters.Count > 0)
                ExpectOperator(",");
            TemplatePosition position = Current.Position;
            string name = ExpectName(null);
            if (parameters.Contains(name))
                throw Error($"the parameter '{name}' is there twice", position);
            parameters.Add(name);
            Expression? fallback = SkipOperator("=") ? ParseExpression() : null;
            if (fallback is null && defaults.Exists(value => value is not null))
                throw Error($"the parameter '{name}' needs a default because one before it has one", position);
            defaults.Add(fallback);
        }

        return new MacroSignature(parameters, defaults);
    }

    private void Enter(TemplatePosition position)
    {
        if (++depth > TemplateLimits.ParseDepth)
            throw new TemplateException(TemplateFailure.Limit, $"the template nests deeper than {TemplateLimits.ParseDepth}", position);
    }

    private TemplateToken Next() => Current.Kind == TemplateTokenKind.End ? Current : tokens[index++];

    private void EndBlock() => Expect(TemplateTokenKind.BlockEnd, "'%}'");

    private void Close(string name)
    {
        Expect(TemplateTokenKind.BlockBegin, "'{%'");
        ExpectName(name);
        EndBlock();
    }

    private void Expect(TemplateTokenKind kind, string what)
    {
        if (Current.Kind != kind)
            throw Error($"{what} is expected here, not {Current.Describe()}", Current.Position);
        index++;
    }

    private string ExpectName(string? name)
    {
        if (Current.Kind != TemplateTokenKind.Name || (name is not null && Current.Value != name))
            throw Error($"{(name is null ? "a name" : $"'{name}'")} is expected here, not {Current.Describe()}", Current.Position);
        return Next().Value;
    }

    private void ExpectOperator(string value)
    {
        if (!SkipOperator(value))
            throw Error($"'{value}' is expected here, not {Current.Describe()}", Current.Position);
    }

    private bool SkipOperator(string value)
    {
        if (!Current.Is(value))
            return false;
        index++;
        return true;
    }

    private bool SkipName(string value)
    {
        if (!Current.IsName(value))
            return false;
        index++;
        return true;
    }

    private static TemplateException Error(string message, TemplatePosition position) => new(TemplateFailure.Syntax, message, position);
}
