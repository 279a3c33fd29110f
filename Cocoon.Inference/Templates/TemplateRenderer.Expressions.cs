namespace Cocoon.Inference.Templates;

/// <summary>Gives expressions their values.</summary>
internal sealed partial class TemplateRenderer
{
    private TemplateValue Evaluate(Expression expression, TemplateScope scope)
    {
        context.Charge(expression.Position);
        context.Enter(expression.Position);
        TemplateValue value = expression switch
        {
            ConstantExpression constant => constant.Value,
            NameExpression name => scope.Find(name.Name) ?? new UndefinedValue($"'{name.Name}'"),
            ListExpression list => new ListValue([.. list.Items.Select(item => Evaluate(item, scope))], list.IsTuple),
            MapExpression map => EvaluateMap(map, scope),
            AttributeExpression attribute => GetAttribute(Evaluate(attribute.Target, scope), attribute.Name, attribute.Position),
            ItemExpression item => EvaluateItem(item, scope),
            SliceExpression slice => EvaluateSlice(slice, scope),
            CallExpression call => EvaluateCall(call, scope),
            FilterExpression filter => ApplyFilter(filter, Evaluate(filter.Target!, scope), scope),
            TestExpression test => TemplateValue.Of(TemplateTests.Run(test.Name, Evaluate(test.Target, scope), EvaluateArguments(test.Name, test.Arguments, test.Position, scope))),
            NotExpression not => TemplateValue.Of(!Evaluate(not.Target, scope).IsTrue),
            SignExpression sign => EvaluateSign(sign, scope),
            LogicExpression logic => EvaluateLogic(logic, scope),
            ArithmeticExpression arithmetic => TemplateOperations.Arithmetic(
                arithmetic.Operator, Evaluate(arithmetic.Left, scope), Evaluate(arithmetic.Right, scope), context, arithmetic.Position),
            ConcatenationExpression concatenation => TemplateOperations.Concatenate(
                [.. concatenation.Parts.Select(part => TemplatePrinting.Print(Evaluate(part, scope), context, part.Position))], context, concatenation.Position),
            ComparisonExpression comparison => TemplateValue.Of(EvaluateComparison(comparison, scope)),
            ConditionalExpression conditional => EvaluateConditional(conditional, scope),
            _ => throw new InvalidOperationException($"no evaluation for {expression.GetType().Name}"),
        };
        context.Leave();
        return value;
    }

    private TemplateValue EvaluateItem(ItemExpression item, TemplateScope scope)
    {
        TemplateValue target = Evaluate(item.Target, scope);
        if (target is TextValue text)
            context.Charge(item.Position, text.Text.Length);
        return GetItem(target, Evaluate(item.Key, scope), item.Position);
    }

    private MapValue EvaluateMap(MapExpression expression, TemplateScope scope)
    {
        MapValue map = new();
        foreach ((Expression key, Expression value) in expression.Entries)
        {
            if (Evaluate(key, scope) is not TextValue text)
                throw Error("the keys of a map must be strings", key.Position);
            map.Set(text.Text, Evaluate(value, scope));
        }

        return map;
    }

    private TemplateValue EvaluateSlice(SliceExpression slice, TemplateScope scope)
    {
        TemplateValue target = Evaluate(slice.Target, scope);
        return TemplateSlicing.Slice(target, Bound(slice.Start), Bound(slice.Stop), Bound(slice.Step) ?? 1, context, slice.Position);

        long? Bound(Expression? bound) => bound is null ? null : Evaluate(bound, scope) switch
        {
            NoneValue => null,
            IntegerValue integer => integer.Value,
            TemplateValue other => throw Error($"a slice needs integers, not {TemplateOperations.Describe(other)}", bound.Position),
        };
    }

    private TemplateValue EvaluateSign(SignExpression sign, TemplateScope scope)
    {
        TemplateValue value = Evaluate(sign.Target, scope);
        return value switch
        {
            FloatValue real => new FloatValue(sign.IsNegative ? -real.Value : real.Value),
            IntegerValue or BooleanValue => TemplateOperations.Arithmetic(sign.IsNegative ? "-" : "+", TemplateValue.Of(0), value, context, sign.Position),
            _ => throw Error($"{TemplateOperations.Describe(value)} has no sign", sign.Position),
        };
    }

    private TemplateValue EvaluateLogic(LogicExpression logic, TemplateScope scope)
    {
        TemplateValue left = Evaluate(logic.Left, scope);
        return left.IsTrue == logic.IsAnd ? Evaluate(logic.Right, scope) : left;
    }

    private TemplateValue EvaluateConditional(ConditionalExpression conditional, TemplateScope scope)
    {
        if (Evaluate(conditional.Condition, scope).IsTrue)
            return Evaluate(conditional.WhenTrue, scope);
        return conditional.WhenFalse is null
            ? new UndefinedValue("an 'if' expression without 'else'")
            : Evaluate(conditional.WhenFalse, scope);
    }

    private bool EvaluateComparison(ComparisonExpression comparison, TemplateScope scope)
    {
        TemplateValue left = Evaluate(comparison.First, scope);
        foreach ((string symbol, Expression expression) in comparison.Rest)
        {
            TemplateValue right = Evaluate(expression, scope);
            if (!TemplateTests.Compare(symbol, left, right, context, comparison.Position))
                return false;
            left = right;
        }

        return true;
    }

    private TemplateValue EvaluateCall(CallExpression call, TemplateScope scope, CallableValue? caller = null)
    {
        TemplateValue target = Evaluate(call.Target, scope);
        if (target is not CallableValue function)
            throw Error($"only functions and macros can be called, not {TemplateOperations.Describe(target)}", call.Position);
        TemplateArguments arguments = EvaluateArguments(function.Name, call.Arguments, call.Position, scope, caller);
        context.Enter(call.Position);
        TemplateValue value = function.Invoke(arguments);
        context.Leave();
        return value;
    }

    private TemplateArguments EvaluateArguments(string callee, ArgumentList list, TemplatePosition position, TemplateScope scope, CallableValue? caller = null)
    {
        List<TemplateValue> positional = [.. list.Positional.Select(argument => Evaluate(argument, scope))];
        List<KeyValuePair<string, TemplateValue>> named = [];
        foreach ((string name, Expression argument) in list.Named)
            named.Add(new(name, Evaluate(argument, scope)));
        if (caller is not null)
            named.Add(new("caller", caller));
        return new TemplateArguments(context, callee, position, positional, named);
    }

    private TemplateValue ApplyFilter(FilterExpression filter, TemplateValue value, TemplateScope scope) =>
        TemplateFilters.Apply(filter.Name, value, EvaluateArguments(filter.Name, filter.Arguments, filter.Position, scope));

    /// <summary>A filter of a block, where the chain's first filter has no target of its own.</summary>
    private TemplateValue ApplyBlockFilter(FilterExpression filter, TemplateValue body, TemplateScope scope) =>
        ApplyFilter(filter, filter.Target is FilterExpression inner ? ApplyBlockFilter(inner, body, scope) : body, scope);

    /// <summary><c>value.name</c>: a method or attribute first, then an entry, as Jinja looks them up.</summary>
    private static TemplateValue GetAttribute(TemplateValue target, string name, TemplatePosition position)
    {
        if (target is UndefinedValue undefined)
            throw Error($"{undefined.What} is undefined and has no attribute '{name}'", position);
        return TemplateMethods.Find(target, name)
            ?? (target is MapValue map && map.TryGet(name, out TemplateValue? value) ? value : null)
            ?? (target is NamespaceValue space && space.Attributes.TryGetValue(name, out TemplateValue? attribute) ? attribute : null)
            ?? new UndefinedValue($"the attribute '{name}' of {TemplateOperations.Describe(target)}");
    }

    /// <summary><c>value[key]</c>: an entry first, then a method or attribute.</summary>
    internal static TemplateValue GetItem(TemplateValue target, TemplateValue key, TemplatePosition position)
    {
        switch (target)
        {
            case UndefinedValue undefined:
                throw Error($"{undefined.What} is undefined and has no entries", position);
            case MapValue map when key is TextValue text && map.TryGet(text.Value, out TemplateValue? value):
                return value;
            case ListValue or TextValue when key is IntegerValue or BooleanValue:
                return TemplateSlicing.At(target, TemplateOperations.AsInteger(key)) ?? new UndefinedValue("an entry beyond the end");
        }

        return key is TextValue name ? GetAttribute(target, name.Value, position) : new UndefinedValue("an entry that is not there");
    }

    private static TemplateException Error(string message, TemplatePosition position) => new(TemplateFailure.Evaluation, message, position);
}
