namespace Cocoon.Inference.Templates;

/// <summary>A part of a parsed template.</summary>
internal abstract record TemplateNode(TemplatePosition Position);

internal abstract record Expression(TemplatePosition Position) : TemplateNode(Position);

internal sealed record ConstantExpression(TemplateValue Value, TemplatePosition Position) : Expression(Position);

internal sealed record NameExpression(string Name, TemplatePosition Position) : Expression(Position);

internal sealed record ListExpression(IReadOnlyList<Expression> Items, bool IsTuple, TemplatePosition Position) : Expression(Position);

internal sealed record MapExpression(IReadOnlyList<KeyValuePair<Expression, Expression>> Entries, TemplatePosition Position) : Expression(Position);

internal sealed record AttributeExpression(Expression Target, string Name, TemplatePosition Position) : Expression(Position);

internal sealed record ItemExpression(Expression Target, Expression Key, TemplatePosition Position) : Expression(Position);

internal sealed record SliceExpression(Expression Target, Expression? Start, Expression? Stop, Expression? Step, TemplatePosition Position) : Expression(Position);

internal sealed record CallExpression(Expression Target, ArgumentList Arguments, TemplatePosition Position) : Expression(Position);

/// <summary>A filter; the target is null for the first filter of a <c>filter</c> or block <c>set</c>.</summary>
internal sealed record FilterExpression(Expression? Target, string Name, ArgumentList Arguments, TemplatePosition Position) : Expression(Position);

internal sealed record TestExpression(Expression Target, string Name, ArgumentList Arguments, TemplatePosition Position) : Expression(Position);

internal sealed record NotExpression(Expression Target, TemplatePosition Position) : Expression(Position);

internal sealed record SignExpression(Expression Target, bool IsNegative, TemplatePosition Position) : Expression(Position);

internal sealed record LogicExpression(Expression Left, Expression Right, bool IsAnd, TemplatePosition Position) : Expression(Position);

internal sealed record ArithmeticExpression(string Operator, Expression Left, Expression Right, TemplatePosition Position) : Expression(Position);

internal sealed record ConcatenationExpression(IReadOnlyList<Expression> Parts, TemplatePosition Position) : Expression(Position);

internal sealed record ComparisonExpression(Expression First, IReadOnlyList<KeyValuePair<string, Expression>> Rest, TemplatePosition Position) : Expression(Position);

internal sealed record ConditionalExpression(Expression Condition, Expression WhenTrue, Expression? WhenFalse, TemplatePosition Position) : Expression(Position);

internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<KeyValuePair<string, Expression>> Named)
{
    public static ArgumentList None { get; } = new([], []);
}

internal abstract record Statement(TemplatePosition Position) : TemplateNode(Position);

internal sealed record TextStatement(TemplateText Text, TemplatePosition Position) : Statement(Position);

internal sealed record PrintStatement(Expression Value, TemplatePosition Position) : Statement(Position);

internal sealed record IfStatement(Expression Condition, IReadOnlyList<Statement> Then, IReadOnlyList<Statement> Else, TemplatePosition Position) : Statement(Position);

internal sealed record ForStatement(
    AssignmentTarget Target,
    Expression Items,
    Expression? Condition,
    IReadOnlyList<Statement> Body,
    IReadOnlyList<Statement> Else,
    TemplatePosition Position) : Statement(Position);

internal sealed record LoopControlStatement(bool IsBreak, TemplatePosition Position) : Statement(Position);

internal sealed record SetStatement(AssignmentTarget Target, Expression Value, TemplatePosition Position) : Statement(Position);

internal sealed record SetBlockStatement(AssignmentTarget Target, FilterExpression? Filter, IReadOnlyList<Statement> Body, TemplatePosition Position) : Statement(Position);

internal sealed record FilterBlockStatement(FilterExpression Filter, IReadOnlyList<Statement> Body, TemplatePosition Position) : Statement(Position);

internal sealed record WithStatement(IReadOnlyList<KeyValuePair<AssignmentTarget, Expression>> Values, IReadOnlyList<Statement> Body, TemplatePosition Position) : Statement(Position);

internal sealed record GroupStatement(IReadOnlyList<Statement> Body, TemplatePosition Position) : Statement(Position);

internal sealed record MacroStatement(string Name, MacroSignature Signature, IReadOnlyList<Statement> Body, TemplatePosition Position) : Statement(Position);

internal sealed record CallBlockStatement(CallExpression Call, MacroSignature Signature, IReadOnlyList<Statement> Body, TemplatePosition Position) : Statement(Position);

internal sealed record MacroSignature(IReadOnlyList<string> Parameters, IReadOnlyList<Expression?> Defaults);

/// <summary>What <c>set</c> and <c>for</c> assign to: a name, an attribute of a namespace, or a tuple of targets.</summary>
internal abstract record AssignmentTarget(TemplatePosition Position) : TemplateNode(Position);

internal sealed record NameTarget(string Name, TemplatePosition Position) : AssignmentTarget(Position);

internal sealed record NamespaceTarget(string Name, string Attribute, TemplatePosition Position) : AssignmentTarget(Position);

internal sealed record TupleTarget(IReadOnlyList<AssignmentTarget> Targets, TemplatePosition Position) : AssignmentTarget(Position);
