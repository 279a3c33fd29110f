namespace Cocoon.Inference.Templates;

/// <summary>The arguments of one call of a function, filter, test or method, with where it stands for error messages.</summary>
internal sealed class TemplateArguments(
    RenderContext context,
    string callee,
    TemplatePosition position,
    IReadOnlyList<TemplateValue> positional,
    IReadOnlyList<KeyValuePair<string, TemplateValue>> named)
{
    public RenderContext Context { get; } = context;

    public TemplatePosition Position { get; } = position;

    public IReadOnlyList<TemplateValue> Positional { get; } = positional;

    public IReadOnlyList<KeyValuePair<string, TemplateValue>> Named { get; } = named;

    /// <summary>The argument at a position or by its name; null when not given.</summary>
    public TemplateValue? Find(int index, string name)
    {
        if (index < Positional.Count)
            return Positional[index];
        foreach ((string key, TemplateValue value) in Named)
        {
            if (key == name)
                return value;
        }

        return null;
    }

    public TemplateValue Require(int index, string name) =>
        Find(index, name) ?? throw Error($"{callee} needs the argument '{name}'");

    /// <summary>Refuses arguments that the callee does not have, rather than ignoring them.</summary>
    public TemplateArguments Allow(params ReadOnlySpan<string> names)
    {
        if (Positional.Count > names.Length)
            throw Error($"{callee} takes at most {names.Length} arguments, not {Positional.Count}");
        foreach ((string key, _) in Named)
        {
            if (!names.Contains(key))
                throw Error($"{callee} has no argument '{key}'");
        }

        return this;
    }

    public long Integer(int index, string name, long fallback) => Find(index, name) switch
    {
        null => fallback,
        IntegerValue value => value.Value,
        BooleanValue value => value.IsTrue ? 1 : 0,
        TemplateValue other => throw Error($"{callee}: '{name}' must be an integer, not {other.TypeName}"),
    };

    public bool Boolean(int index, string name, bool fallback) => Find(index, name)?.IsTrue ?? fallback;

    public TemplateText Text(int index, string name) => Require(index, name) switch
    {
        TextValue value => value.Text,
        TemplateValue other => throw Error($"{callee}: '{name}' must be a string, not {other.TypeName}"),
    };

    /// <summary>A text argument that may be absent or none.</summary>
    public string? OptionalText(int index, string name) => Find(index, name) switch
    {
        null or NoneValue => null,
        TextValue value => value.Value,
        TemplateValue other => throw Error($"{callee}: '{name}' must be a string, not {other.TypeName}"),
    };

    public TemplateException Error(string message) => new(TemplateFailure.Evaluation, message, Position);
}
