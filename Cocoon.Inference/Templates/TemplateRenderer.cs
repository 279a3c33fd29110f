namespace Cocoon.Inference.Templates;

/// <summary>Runs the statements of a template.</summary>
internal sealed partial class TemplateRenderer
{
    private readonly RenderContext context;
    private TemplateTextBuilder output = new();
    private long written;

    private TemplateRenderer(RenderContext context)
    {
        this.context = context;
    }

    private enum Flow
    {
        Next,
        Break,
        Continue,
    }

    public static TemplateText Render(IReadOnlyList<Statement> template, MapValue variables, RenderContext context)
    {
        TemplateRenderer renderer = new(context);
        TemplateScope globals = TemplateFunctions.Globals();
        foreach (MapValue.Entry entry in variables.Entries)
            globals.Set(entry.Key.Text, entry.Value);
        renderer.Run(template, new TemplateScope(globals));
        return renderer.output.ToText();
    }

    private Flow Run(IReadOnlyList<Statement> statements, TemplateScope scope)
    {
        foreach (Statement statement in statements)
        {
            context.Charge(statement.Position);
            context.Enter(statement.Position);
            Flow flow = Run(statement, scope);
            context.Leave();
            if (flow != Flow.Next)
                return flow;
        }

        return Flow.Next;
    }

    private Flow Run(Statement statement, TemplateScope scope)
    {
        switch (statement)
        {
            case TextStatement text:
                Write(text.Text, text.Position);
                break;
            case PrintStatement print:
                Write(TemplatePrinting.Print(Evaluate(print.Value, scope), context, print.Position), print.Position);
                break;
            case IfStatement choice:
                return Run(Evaluate(choice.Condition, scope).IsTrue ? choice.Then : choice.Else, scope);
            case ForStatement loop:
                return RunFor(loop, scope);
            case LoopControlStatement control:
                return control.IsBreak ? Flow.Break : Flow.Continue;
            case SetStatement set:
                Assign(set.Target, Evaluate(set.Value, scope), scope);
                break;
            case SetBlockStatement set:
                TemplateValue captured = Capture(set.Body, new TemplateScope(scope), set.Position);
                Assign(set.Target, set.Filter is null ? captured : ApplyBlockFilter(set.Filter, captured, scope), scope);
                break;
            case FilterBlockStatement filter:
                TemplateValue filtered = ApplyBlockFilter(filter.Filter, Capture(filter.Body, new TemplateScope(scope), filter.Position), scope);
                Write(TemplatePrinting.Print(filtered, context, filter.Position), filter.Position);
                break;
            case WithStatement with:
                TemplateScope inner = new(scope);
                foreach ((AssignmentTarget target, Expression value) in with.Values)
                    Assign(target, Evaluate(value, scope), inner);
                return Run(with.Body, inner);
            case GroupStatement group:
                return Run(group.Body, scope);
            case MacroStatement macro:
                scope.Set(macro.Name, MakeMacro(macro.Name, macro.Signature, macro.Body, scope, macro.Position));
                break;
            case CallBlockStatement call:
                CallableValue caller = MakeMacro("caller", call.Signature, call.Body, scope, call.Position);
                Write(TemplatePrinting.Print(EvaluateCall(call.Call, scope, caller), context, call.Position), call.Position);
                break;
            default:
                throw new InvalidOperationException($"no rendering for {statement.GetType().Name}");
        }

        return Flow.Next;
    }

    private Flow RunFor(ForStatement statement, TemplateScope scope)
    {
        IReadOnlyList<TemplateValue> items = TemplateOperations.Iterate(Evaluate(statement.Items, scope), context, statement.Items.Position);
        if (statement.Condition is not null)
        {
            List<TemplateValue> chosen = [];
            foreach (TemplateValue item in items)
            {
                TemplateScope candidate = new(scope);
                Assign(statement.Target, item, candidate);
                if (Evaluate(statement.Condition, candidate).IsTrue)
                    chosen.Add(item);
            }

            items = chosen;
        }

        LoopValue loop = new(items);
        foreach (TemplateValue item in items)
        {
            context.Charge(statement.Position);
            TemplateScope body = new(scope);
            body.Set("loop", loop);
            Assign(statement.Target, item, body);
            if (Run(statement.Body, body) == Flow.Break)
                break;
            loop.Index++;
        }

        return items.Count == 0 ? Run(statement.Else, new TemplateScope(scope)) : Flow.Next;
    }

    private void Assign(AssignmentTarget target, TemplateValue value, TemplateScope scope)
    {
        switch (target)
        {
            case NameTarget name:
                scope.Set(name.Name, value);
                break;
            case NamespaceTarget attribute:
                if (scope.Find(attribute.Name) is not NamespaceValue space)
                    throw Error($"'{attribute.Name}' is no namespace: only namespace() makes values whose attributes can be set", target.Position);
                space.Attributes[attribute.Attribute] = value;
                break;
            case TupleTarget tuple:
                IReadOnlyList<TemplateValue> items = TemplateOperations.Iterate(value, context, target.Position);
                if (items.Count != tuple.Targets.Count)
                    throw Error($"{tuple.Targets.Count} names cannot take {items.Count} values", target.Position);
                for (int index = 0; index < items.Count; index++)
                    Assign(tuple.Targets[index], items[index], scope);
                break;
        }
    }

    private CallableValue MakeMacro(string name, MacroSignature signature, IReadOnlyList<Statement> body, TemplateScope closure, TemplatePosition position) =>
        new(name, arguments =>
        {
            TemplateScope scope = new(closure);
            ReadOnlySpan<string> known = [.. signature.Parameters, "caller"];
            arguments.Allow(known);
            if (arguments.Positional.Count > signature.Parameters.Count)
                throw arguments.Error($"the macro '{name}' takes at most {signature.Parameters.Count} arguments, not {arguments.Positional.Count}");
            for (int index = 0; index < signature.Parameters.Count; index++)
            {
                string parameter = signature.Parameters[index];
                TemplateValue? value = arguments.Find(index, parameter);
                if (value is null && signature.Defaults[index] is { } fallback)
                    value = Evaluate(fallback, scope);
                scope.Set(parameter, value ?? new UndefinedValue($"the parameter '{parameter}'"));
            }

            if (arguments.Find(int.MaxValue, "caller") is { } caller)
                scope.Set("caller", caller);
            return Capture(body, scope, position);
        });

    private TextValue Capture(IReadOnlyList<Statement> body, TemplateScope scope, TemplatePosition position)
    {
        TemplateTextBuilder outer = output;
        output = new TemplateTextBuilder();
        Run(body, scope);
        TemplateText text = output.ToText();
        output = outer;
        return context.Checked(text, position);
    }

    private void Write(TemplateText text, TemplatePosition position)
    {
        written += text.Length;
        if (written > TemplateLimits.OutputChars)
            throw new TemplateException(TemplateFailure.Limit, $"rendering wrote more than {TemplateLimits.OutputChars} characters", position);
        context.Charge(position, text.Length);
        output.Append(text);
    }
}
