namespace Cocoon.Inference.Templates;

/// <summary>Python's operators on template values.</summary>
internal static class TemplateOperations
{
    public static TemplateValue Arithmetic(string symbol, TemplateValue left, TemplateValue right, RenderContext context, TemplatePosition position)
    {
        switch (symbol)
        {
            case "+" when left is TextValue a && right is TextValue b:
                return Concatenate([a.Text, b.Text], context, position);
            case "+" when left is ListValue a && right is ListValue b && a.IsTuple == b.IsTuple:
                context.ChargeEntries(position, a.Items.Count + b.Items.Count);
                return new ListValue([.. a.Items, .. b.Items], a.IsTuple);
            case "*" when left is TextValue or ListValue && right is IntegerValue count:
                return Repeat(left, count.Value, context, position);
            case "*" when right is TextValue or ListValue && left is IntegerValue count:
                return Repeat(right, count.Value, context, position);
            case "%" when left is TextValue format:
                return TemplateFormatting.Percent(format.Text, right is ListValue { IsTuple: true } tuple ? tuple.Items : [right], context, position);
        }

        if (left is IntegerValue or BooleanValue && right is IntegerValue or BooleanValue && symbol != "/")
            return IntegerArithmetic(symbol, AsInteger(left), AsInteger(right), position);
        if (TryNumber(left, out double x) && TryNumber(right, out double y))
            return FloatArithmetic(symbol, x, y, position);
        throw Error($"'{symbol}' does not work on {Describe(left)} and {Describe(right)}", position);
    }

    public static TextValue Concatenate(ReadOnlySpan<TemplateText> parts, RenderContext context, TemplatePosition position)
    {
        long length = 0;
        foreach (TemplateText part in parts)
            length += part.Length;
        context.Charge(position, length);
        TemplateTextBuilder builder = new();
        foreach (TemplateText part in parts)
            builder.Append(part);
        return new TextValue(builder.ToText());
    }

    public static bool AreEqual(TemplateValue left, TemplateValue right, RenderContext context, TemplatePosition position, int depth = 0)
    {
        context.Charge(position);
        if (depth > TemplateLimits.ValueDepth)
            throw new TemplateException(TemplateFailure.Limit, $"compared values nest deeper than {TemplateLimits.ValueDepth}", position);
        if (TryNumber(left, out double x) && TryNumber(right, out double y))
            return left is FloatValue || right is FloatValue ? x == y : AsInteger(left) == AsInteger(right);
        switch (left, right)
        {
            case (TextValue a, TextValue b): return a.Value == b.Value;
            case (NoneValue, NoneValue) or (UndefinedValue, UndefinedValue): return true;
            case (ListValue a, ListValue b):
                if (a.IsTuple != b.IsTuple || a.Items.Count != b.Items.Count)
                    return false;
                for (int index = 0; index < a.Items.Count; index++)
                {
                    if (!AreEqual(a.Items[index], b.Items[index], context, position, depth + 1))
                        return false;
                }

                return true;
            case (MapValue a, MapValue b):
                return a.Count == b.Count && a.Entries.All(entry =>
                    b.TryGet(entry.Key.Text, out TemplateValue? other) && AreEqual(entry.Value, other, context, position, depth + 1));
            default: return ReferenceEquals(left, right);
        }
    }

    public static int Compare(TemplateValue left, TemplateValue right, RenderContext context, TemplatePosition position, int depth = 0)
    {
        context.Charge(position);
        if (left is IntegerValue a && right is IntegerValue b)
            return a.Value.CompareTo(b.Value);
        if (TryNumber(left, out double x) && TryNumber(right, out double y))
            return x.CompareTo(y);
        if (left is TextValue s && right is TextValue t)
            return CompareText(s.Value, t.Value);
        if (left is ListValue first && right is ListValue second && depth < TemplateLimits.ValueDepth)
        {
            for (int index = 0; index < Math.Min(first.Items.Count, second.Items.Count); index++)
            {
                if (!AreEqual(first.Items[index], second.Items[index], context, position))
                    return Compare(first.Items[index], second.Items[index], context, position, depth + 1);
            }

            return first.Items.Count.CompareTo(second.Items.Count);
        }

        throw Error($"{Describe(left)} and {Describe(right)} have no order", position);
    }

    public static bool Contains(TemplateValue container, TemplateValue item, RenderContext context, TemplatePosition position)
    {
        switch (container)
        {
            case TextValue text when item is TextValue part:
                context.Charge(position, text.Value.Length);
                return text.Value.Contains(part.Value, StringComparison.Ordinal);
            case TextValue:
                throw Error($"'in' a string needs a string on its left, not {Describe(item)}", position);
            case MapValue map:
                return item is TextValue key && map.TryGet(key.Value, out _);
            case ListValue list:
                foreach (TemplateValue candidate in list.Items)
                {
                    if (AreEqual(candidate, item, context, position))
                        return true;
                }

                return false;
            case UndefinedValue:
                return false;
            default:
                throw Error($"'in' does not work on {Describe(container)}", position);
        }
    }

    /// <summary>What a <c>for</c> loop or a filter over a sequence walks.</summary>
    public static IReadOnlyList<TemplateValue> Iterate(TemplateValue value, RenderContext context, TemplatePosition position)
    {
        switch (value)
        {
            case ListValue list:
                return list.Items;
            case MapValue map:
                context.ChargeEntries(position, map.Count);
                return [.. map.Entries.Select(entry => new TextValue(entry.Key))];
            case TextValue text:
                context.ChargeEntries(position, text.Value.Length);
                return TemplateSlicing.Runes(text.Text);
            case UndefinedValue:
                return [];
            default:
                throw Error($"{Describe(value)} cannot be iterated", position);
        }
    }

    public static bool TryNumber(TemplateValue value, out double number)
    {
        number = value switch
        {
            IntegerValue integer => integer.Value,
            FloatValue real => real.Value,
            BooleanValue boolean => boolean.IsTrue ? 1 : 0,
            _ => double.NaN,
        };
        return value is IntegerValue or FloatValue or BooleanValue;
    }

    public static long AsInteger(TemplateValue value) => value is IntegerValue integer ? integer.Value : value.IsTrue ? 1 : 0;

    public static string Describe(TemplateValue value) =>
        value is UndefinedValue undefined ? $"{undefined.What}, which is undefined" : $"a {value.TypeName}";

    /// <summary>By code points, as Python compares; UTF-16 order differs above the basic plane.</summary>
    public static int CompareText(string left, string right)
    {
        for (int index = 0; index < Math.Min(left.Length, right.Length); index++)
        {
            char a = left[index];
            char b = right[index];
            if (a != b)
                return char.IsSurrogate(a) == char.IsSurrogate(b) ? a.CompareTo(b) : char.IsSurrogate(a) ? 1 : -1;
        }

        return left.Length.CompareTo(right.Length);
    }

    private static TemplateValue Repeat(TemplateValue value, long count, RenderContext context, TemplatePosition position)
    {
        count = Math.Max(0, count);
        int size = value is TextValue t ? t.Text.Length : ((ListValue)value).Items.Count;
        if (size > 0 && count > TemplateLimits.OutputChars / size)
            throw new TemplateException(TemplateFailure.Limit, $"a value grew over {TemplateLimits.OutputChars} characters", position);
        if (value is TextValue)
            context.Charge(position, size * count);
        else
            context.ChargeEntries(position, size * count);
        if (value is ListValue list)
            return new ListValue([.. Enumerable.Repeat(list.Items, size == 0 ? 0 : (int)count).SelectMany(items => items)], list.IsTuple);
        return new TextValue(((TextValue)value).Text.Repeat(size == 0 ? 0 : (int)count));
    }

    private static TemplateValue IntegerArithmetic(string symbol, long left, long right, TemplatePosition position)
    {
        try
        {
            checked
            {
                return symbol switch
                {
                    "+" => TemplateValue.Of(left + right),
                    "-" => TemplateValue.Of(left - right),
                    "*" => TemplateValue.Of(left * right),
                    "//" => TemplateValue.Of(left / right - (left % right != 0 && (left < 0) != (right < 0) ? 1 : 0)),
                    "%" => TemplateValue.Of(left % right + (left % right != 0 && (left < 0) != (right < 0) ? right : 0)),
                    "**" when right < 0 => new FloatValue(Math.Pow(left, right)),
                    "**" => TemplateValue.Of(Power(left, right)),
                    _ => throw Error($"'{symbol}' does not work on integers", position),
                };
            }
        }
        catch (DivideByZeroException)
        {
            throw Error("division by zero", position);
        }
        catch (OverflowException)
        {
            throw Error("an integer does not fit 64 bits", position);
        }
    }

    private static long Power(long value, long exponent)
    {
        if (value is 0 or 1)
            return exponent == 0 ? 1 : value;
        if (value == -1)
            return exponent % 2 == 0 ? 1 : -1;
        long result = 1;
        for (long index = 0; index < exponent; index++)
            result = checked(result * value);
        return result;
    }

    private static FloatValue FloatArithmetic(string symbol, double left, double right, TemplatePosition position)
    {
        if (right == 0 && (symbol is "/" or "//" or "%"))
            throw Error("division by zero", position);
        return new FloatValue(symbol switch
        {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "//" => Math.Floor(left / right),
            "%" => left - right * Math.Floor(left / right),
            "**" => Math.Pow(left, right),
            _ => throw Error($"'{symbol}' does not work on numbers", position),
        });
    }

    private static TemplateException Error(string message, TemplatePosition position) => new(TemplateFailure.Evaluation, message, position);
}
