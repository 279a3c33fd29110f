using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Cocoon.Inference.Templates;

/// <summary>A value inside a template; the set of Python types that chat templates meet.</summary>
internal abstract class TemplateValue
{
    /// <summary>Python's truth of the value.</summary>
    public abstract bool IsTrue { get; }

    /// <summary>What error messages call it.</summary>
    public abstract string TypeName { get; }

    public static TemplateValue Of(bool value) => value ? BooleanValue.True : BooleanValue.False;

    public static TemplateValue Of(long value) => new IntegerValue(value);

    public static TemplateValue Trusted(string value) => new TextValue(TemplateText.Trusted(value));
}

internal sealed class NoneValue : TemplateValue
{
    private NoneValue()
    {
    }

    public static NoneValue Instance { get; } = new();

    public override bool IsTrue => false;

    public override string TypeName => "none";
}

/// <summary>A name or attribute that does not exist: prints as nothing, and fails when used for more.</summary>
internal sealed class UndefinedValue(string what) : TemplateValue
{
    public string What { get; } = what;

    public override bool IsTrue => false;

    public override string TypeName => "undefined";
}

internal sealed class BooleanValue : TemplateValue
{
    private BooleanValue(bool value) => IsTrue = value;

    public static BooleanValue True { get; } = new(true);

    public static BooleanValue False { get; } = new(false);

    public override bool IsTrue { get; }

    public override string TypeName => "boolean";
}

internal sealed class IntegerValue(long value) : TemplateValue
{
    public long Value { get; } = value;

    public override bool IsTrue => Value != 0;

    public override string TypeName => "integer";
}

/// <summary>A float; <paramref name="literal"/> keeps the digits of integers too big for 64 bits.</summary>
internal sealed class FloatValue(double value, string? literal = null) : TemplateValue
{
    public double Value { get; } = value;

    public override bool IsTrue => Value != 0;

    public override string TypeName => "float";

    /// <summary>As Python's repr writes it: always with a point or an exponent, switching at 1e16 and 1e-4.</summary>
    public string Print()
    {
        if (literal is not null)
            return literal;
        if (double.IsNaN(Value))
            return "nan";
        if (double.IsInfinity(Value))
            return Value > 0 ? "inf" : "-inf";
        string scientific = Value.ToString("E16", CultureInfo.InvariantCulture);
        int exponent = int.Parse(scientific.AsSpan(scientific.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string shortest = Value.ToString("R", CultureInfo.InvariantCulture);
        if (Value != 0 && exponent is < -4 or >= 16)
            return PrintScientific(shortest, exponent);
        if (shortest.Contains('E', StringComparison.Ordinal))
            shortest = ((decimal)Value).ToString(CultureInfo.InvariantCulture);
        return shortest.Contains('.', StringComparison.Ordinal) ? shortest : shortest + ".0";
    }

    private static string PrintScientific(string shortest, int exponent)
    {
        int mark = shortest.IndexOf('E', StringComparison.Ordinal);
        string mantissa = mark >= 0 ? shortest[..mark] : shortest;
        string sign = mantissa.StartsWith('-') ? "-" : string.Empty;
        string digits = mantissa.Replace("-", string.Empty, StringComparison.Ordinal).Replace(".", string.Empty, StringComparison.Ordinal).Trim('0');
        string fraction = digits.Length > 1 ? "." + digits[1..] : string.Empty;
        return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }
}

internal sealed class TextValue(TemplateText text) : TemplateValue
{
    public static TextValue Empty { get; } = new(TemplateText.Empty);

    public TemplateText Text { get; } = text;

    public string Value => Text.Text;

    public override bool IsTrue => Text.Length > 0;

    public override string TypeName => "string";
}

internal sealed class ListValue(IReadOnlyList<TemplateValue> items, bool isTuple = false) : TemplateValue
{
    public IReadOnlyList<TemplateValue> Items { get; } = items;

    public bool IsTuple { get; } = isTuple;

    public override bool IsTrue => Items.Count > 0;

    public override string TypeName => IsTuple ? "tuple" : "list";
}

/// <summary>A map with text keys in the order they were given.</summary>
internal sealed class MapValue : TemplateValue
{
    private readonly OrderedDictionary<string, Entry> entries = new(StringComparer.Ordinal);

    public override bool IsTrue => entries.Count > 0;

    public override string TypeName => "map";

    public int Count => entries.Count;

    public IEnumerable<Entry> Entries => entries.Values;

    public void Set(TemplateText key, TemplateValue value) => entries[key.Text] = new Entry(key, value);

    public void Set(string trustedKey, TemplateValue value) => Set(TemplateText.Trusted(trustedKey), value);

    public bool TryGet(string key, [NotNullWhen(true)] out TemplateValue? value)
    {
        bool found = entries.TryGetValue(key, out Entry entry);
        value = found ? entry.Value : null;
        return found;
    }

    internal readonly record struct Entry(TemplateText Key, TemplateValue Value);
}

/// <summary>What <c>namespace()</c> makes: the one value that <c>set</c> can change from inside a loop.</summary>
internal sealed class NamespaceValue : TemplateValue
{
    public Dictionary<string, TemplateValue> Attributes { get; } = new(StringComparer.Ordinal);

    public override bool IsTrue => true;

    public override string TypeName => "namespace";
}

/// <summary>A macro, a method bound to its value, or a function of the environment.</summary>
internal sealed class CallableValue(string name, Func<TemplateArguments, TemplateValue> body) : TemplateValue
{
    public string Name { get; } = name;

    public override bool IsTrue => true;

    public override string TypeName => "function";

    public TemplateValue Invoke(TemplateArguments arguments) => body(arguments);
}
