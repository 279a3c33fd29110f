namespace Cocoon.Inference.Templates;

/// <summary>Names that a part of a template sees.</summary>
internal sealed class TemplateScope(TemplateScope? parent)
{
    private readonly Dictionary<string, TemplateValue> values = new(StringComparer.Ordinal);

    public TemplateValue? Find(string name)
    {
        for (TemplateScope? scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.values.TryGetValue(name, out TemplateValue? value))
                return value;
        }

        return null;
    }

    public TemplateScope? Parent { get; } = parent;

    public void Set(string name, TemplateValue value) => values[name] = value;
}

/// <summary>One rendering: its bounds and what it used of them.</summary>
internal sealed class RenderContext(TimeProvider clock, CancellationToken cancellationToken)
{
    private const int CharsPerStep = 32;

    private int steps;
    private int depth;

    public TimeProvider Clock { get; } = clock;

    /// <summary>Counts one step, and more for work on <paramref name="chars"/> chars.</summary>
    public void Charge(TemplatePosition position, long chars = 0)
    {
        if (chars > TemplateLimits.OutputChars)
            throw new TemplateException(TemplateFailure.Limit, $"a value grew over {TemplateLimits.OutputChars} characters", position);
        steps += 1 + (int)(chars / CharsPerStep);
        if (steps > TemplateLimits.Steps)
            throw new TemplateException(TemplateFailure.Limit, $"rendering took more than {TemplateLimits.Steps} steps", position);
        if ((steps & 0xFFF) == 0)
            cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Counts one step for each entry of a list that is made.</summary>
    public void ChargeEntries(TemplatePosition position, long count)
    {
        if (count > TemplateLimits.Steps - steps)
            throw new TemplateException(TemplateFailure.Limit, $"rendering took more than {TemplateLimits.Steps} steps", position);
        steps += (int)count;
        Charge(position);
    }

    public void Enter(TemplatePosition position)
    {
        if (++depth > TemplateLimits.EvaluationDepth)
            throw new TemplateException(TemplateFailure.Limit, $"rendering nests deeper than {TemplateLimits.EvaluationDepth}: a macro may call itself", position);
    }

    public void Leave() => depth--;

    public TextValue Checked(TemplateText text, TemplatePosition position)
    {
        Charge(position, text.Length);
        return new TextValue(text);
    }
}
