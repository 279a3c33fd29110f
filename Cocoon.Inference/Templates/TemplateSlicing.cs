namespace Cocoon.Inference.Templates;

/// <summary>Python's subscripts and slices; text is counted in code points.</summary>
internal static class TemplateSlicing
{
    public static IReadOnlyList<TemplateValue> Runes(TemplateText text)
    {
        List<TemplateValue> runes = new(text.RuneCount);
        for (int index = 0; index < text.Length;)
        {
            int length = text.RuneLengthAt(index);
            runes.Add(new TextValue(text.Substring(index, length)));
            index += length;
        }

        return runes;
    }

    /// <summary>The entry at an index that may count from the end; null when there is none.</summary>
    public static TemplateValue? At(TemplateValue target, long index)
    {
        switch (target)
        {
            case ListValue list:
                long entry = index < 0 ? index + list.Items.Count : index;
                return entry >= 0 && entry < list.Items.Count ? list.Items[(int)entry] : null;
            case TextValue text:
                long rune = index < 0 ? index + text.Text.RuneCount : index;
                if (rune < 0 || rune >= text.Text.RuneCount)
                    return null;
                int at = text.Text.CharIndex((int)rune);
                return new TextValue(text.Text.Substring(at, text.Text.RuneLengthAt(at)));
            default:
                return null;
        }
    }

    public static TemplateValue Slice(TemplateValue target, long? start, long? stop, long step, RenderContext context, TemplatePosition position)
    {
        if (step == 0)
            throw new TemplateException(TemplateFailure.Evaluation, "a slice's step cannot be 0", position);
        if (target is TextValue { Text: var text })
        {
            context.Charge(position, text.Length);
            if (step == 1)
            {
                (long from, long to) = Bounds(start, stop, step, text.RuneCount);
                if (from >= to)
                    return TextValue.Empty;
                int first = text.CharIndex((int)from);
                return new TextValue(text.Substring(first, text.CharIndex((int)to) - first));
            }

            context.ChargeEntries(position, text.Length);
            TemplateTextBuilder builder = new();
            foreach (TemplateValue rune in Pick(Runes(text), start, stop, step))
                builder.Append(((TextValue)rune).Text);
            return new TextValue(builder.ToText());
        }

        if (target is not ListValue list)
            throw new TemplateException(TemplateFailure.Evaluation, $"{TemplateOperations.Describe(target)} cannot be sliced", position);
        context.ChargeEntries(position, list.Items.Count);
        return new ListValue(Pick(list.Items, start, stop, step), list.IsTuple);
    }

    private static List<TemplateValue> Pick(IReadOnlyList<TemplateValue> items, long? start, long? stop, long step)
    {
        (long from, long to) = Bounds(start, stop, step, items.Count);
        List<TemplateValue> picked = [];
        step = Math.Clamp(step, -(long)items.Count - 1, (long)items.Count + 1);
        for (long index = from; step > 0 ? index < to : index > to; index += step)
            picked.Add(items[(int)index]);
        return picked;
    }

    private static (long From, long To) Bounds(long? start, long? stop, long step, int count)
    {
        long lowest = step > 0 ? 0 : -1;
        long highest = step > 0 ? count : count - 1;
        long from = start is null ? (step > 0 ? lowest : highest) : Normal(start.Value);
        long to = stop is null ? (step > 0 ? highest : lowest) : Normal(stop.Value);
        return (from, to);

        long Normal(long value) => Math.Clamp(value < 0 ? Math.Max(value, -(long)count - 1) + count : value, lowest, highest);
    }
}
