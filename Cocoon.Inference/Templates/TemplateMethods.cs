using System.Globalization;

namespace Cocoon.Inference.Templates;

/// <summary>The methods of strings, maps and lists that chat templates call. Those that change a value are not there, as in Jinja's sandbox.</summary>
internal static class TemplateMethods
{
    private delegate TemplateValue TextMethod(TemplateText text, TemplateArguments arguments);

    private static readonly Dictionary<string, TextMethod> OfText = new(StringComparer.Ordinal)
    {
        ["startswith"] = (text, arguments) => Affix(text.Text, arguments, static (value, part) => value.StartsWith(part, StringComparison.Ordinal)),
        ["endswith"] = (text, arguments) => Affix(text.Text, arguments, static (value, part) => value.EndsWith(part, StringComparison.Ordinal)),
        ["strip"] = (text, arguments) => new TextValue(TemplateTrimming.Trim(text, arguments.Allow("chars").OptionalText(0, "chars"), true, true)),
        ["lstrip"] = (text, arguments) => new TextValue(TemplateTrimming.Trim(text, arguments.Allow("chars").OptionalText(0, "chars"), true, false)),
        ["rstrip"] = (text, arguments) => new TextValue(TemplateTrimming.Trim(text, arguments.Allow("chars").OptionalText(0, "chars"), false, true)),
        ["removeprefix"] = (text, arguments) => new TextValue(TemplateTrimming.RemovePrefix(text, arguments.Text(0, "prefix").Text)),
        ["removesuffix"] = (text, arguments) => new TextValue(TemplateTrimming.RemoveSuffix(text, arguments.Text(0, "suffix").Text)),
        ["split"] = (text, arguments) => TemplateTrimming.Split(text, arguments, fromEnd: false),
        ["rsplit"] = (text, arguments) => TemplateTrimming.Split(text, arguments, fromEnd: true),
        ["splitlines"] = (text, arguments) => TemplateTrimming.SplitLines(text, arguments),
        ["partition"] = TemplateTrimming.Partition,
        ["upper"] = (text, _) => new TextValue(text.Map(part => part.ToUpperInvariant())),
        ["lower"] = (text, _) => new TextValue(text.Map(part => part.ToLowerInvariant())),
        ["capitalize"] = (text, _) => new TextValue(Capitalize(text)),
        ["title"] = (text, _) => new TextValue(Title(text, static symbol => char.IsLetter(symbol))),
        ["replace"] = (text, arguments) => Replace(text, arguments.Text(0, "old"), arguments.Text(1, "new"), arguments.Integer(2, "count", -1), arguments),
        ["find"] = (text, arguments) => TemplateValue.Of(RuneIndex(text, text.Text.IndexOf(arguments.Text(0, "sub").Text, StringComparison.Ordinal))),
        ["rfind"] = (text, arguments) => TemplateValue.Of(RuneIndex(text, text.Text.LastIndexOf(arguments.Text(0, "sub").Text, StringComparison.Ordinal))),
        ["index"] = (text, arguments) => text.Text.Contains(arguments.Text(0, "sub").Text, StringComparison.Ordinal)
            ? TemplateValue.Of(RuneIndex(text, text.Text.IndexOf(arguments.Text(0, "sub").Text, StringComparison.Ordinal)))
            : throw arguments.Error("index: the part is not in the string"),
        ["count"] = (text, arguments) => TemplateValue.Of(Count(text, arguments.Text(0, "sub").Text)),
        ["join"] = (text, arguments) => TemplateFilters.Join(arguments.Require(0, "iterable"), text, arguments),
        ["format"] = TemplateFormatting.Format,
        ["zfill"] = (text, arguments) => new TextValue(TemplateFormatting.FillZero(text, arguments)),
        ["isdigit"] = (text, _) => TemplateValue.Of(text.Length > 0 && text.Text.All(char.IsDigit)),
        ["isnumeric"] = (text, _) => TemplateValue.Of(text.Length > 0 && text.Text.All(char.IsNumber)),
        ["isalpha"] = (text, _) => TemplateValue.Of(text.Length > 0 && text.Text.All(char.IsLetter)),
        ["isalnum"] = (text, _) => TemplateValue.Of(text.Length > 0 && text.Text.All(symbol => char.IsLetter(symbol) || char.IsNumber(symbol))),
        ["isspace"] = (text, _) => TemplateValue.Of(text.Length > 0 && text.Text.All(TemplateTrimming.IsSpace)),
        ["islower"] = (text, _) => TemplateValue.Of(IsCase(text.Text, char.IsLower)),
        ["isupper"] = (text, _) => TemplateValue.Of(IsCase(text.Text, char.IsUpper)),
    };

    /// <summary>A method bound to its value, an attribute of a loop, or null.</summary>
    public static TemplateValue? Find(TemplateValue target, string name)
    {
        switch (target)
        {
            case TextValue text:
                return OfText.TryGetValue(name, out TextMethod? method)
                    ? new CallableValue(name, arguments => RunOnText(method, text, arguments))
                    : null;
            case MapValue map:
                return name switch
                {
                    "items" => new CallableValue(name, arguments => Items(map, arguments.Allow())),
                    "keys" => new CallableValue(name, arguments => new ListValue(TemplateOperations.Iterate(map, arguments.Allow().Context, arguments.Position))),
                    "values" => new CallableValue(name, arguments => Values(map, arguments.Allow())),
                    "get" => new CallableValue(name, arguments => Get(map, arguments.Allow("key", "default"))),
                    _ => null,
                };
            case ListValue list:
                return name switch
                {
                    "index" => new CallableValue(name, arguments => IndexOf(list, arguments.Allow("value"))),
                    "count" => new CallableValue(name, arguments => CountOf(list, arguments.Allow("value"))),
                    _ => null,
                };
            case LoopValue loop:
                return loop.Find(name);
            default:
                return null;
        }
    }

    public static ListValue Items(MapValue map, TemplateArguments arguments)
    {
        arguments.Context.ChargeEntries(arguments.Position, map.Count);
        return new ListValue([.. map.Entries.Select(entry => new ListValue([new TextValue(entry.Key), entry.Value], true))]);
    }

    public static TextValue Replace(TemplateText text, TemplateText old, TemplateText replacement, long count, TemplateArguments arguments)
    {
        TemplateTextBuilder builder = new();
        int from = 0;
        arguments.Context.Charge(arguments.Position, text.Length);
        for (int at = text.Text.IndexOf(old.Text, StringComparison.Ordinal); at >= 0 && count != 0 && at <= text.Length; count--)
        {
            builder.Append(text, from, at - from);
            builder.Append(replacement);
            arguments.Context.Charge(arguments.Position, builder.Length > TemplateLimits.OutputChars ? builder.Length : 0);
            from = at + old.Length;
            if (old.Length == 0 && at < text.Length)
                builder.Append(text, at, text.RuneLengthAt(at));
            if (old.Length == 0)
                from = at < text.Length ? at + text.RuneLengthAt(at) : text.Length + 1;
            at = from > text.Length ? -1 : text.Text.IndexOf(old.Text, from, StringComparison.Ordinal);
        }

        if (from < text.Length)
            builder.Append(text, from, text.Length - from);
        return arguments.Context.Checked(builder.ToText(), arguments.Position);
    }

    public static TemplateText Capitalize(TemplateText text)
    {
        bool first = true;
        return text.Map(part =>
        {
            string changed = first && part.Length > 0
                ? char.ToUpperInvariant(part[0]) + part[1..].ToLowerInvariant()
                : part.ToLowerInvariant();
            first = false;
            return changed;
        });
    }

    /// <summary>Upper case for the first letter after anything that is no part of a word, lower for the others.</summary>
    public static TemplateText Title(TemplateText text, Func<char, bool> isWord)
    {
        bool inWord = false;
        return text.Map(part => string.Create(part.Length, part, (target, source) =>
        {
            for (int index = 0; index < source.Length; index++)
            {
                target[index] = inWord ? char.ToLowerInvariant(source[index]) : char.ToUpperInvariant(source[index]);
                inWord = isWord(source[index]);
            }
        }));
    }

    public static bool IsCase(string text, Func<char, bool> isCase) =>
        text.Any(isCase) && text.All(symbol => isCase(symbol) || CharUnicodeInfo.GetUnicodeCategory(symbol)
            is not (UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter));

    private static TemplateValue RunOnText(TextMethod method, TextValue text, TemplateArguments arguments)
    {
        arguments.Context.Charge(arguments.Position, text.Text.Length);
        return method(text.Text, arguments);
    }

    private static TemplateValue Affix(string text, TemplateArguments arguments, Func<string, string, bool> matches)
    {
        TemplateValue affix = arguments.Allow("affix").Require(0, "affix");
        return affix switch
        {
            TextValue part => TemplateValue.Of(matches(text, part.Value)),
            ListValue { IsTuple: true } tuple => TemplateValue.Of(tuple.Items.OfType<TextValue>().Any(part => matches(text, part.Value))),
            _ => throw arguments.Error($"a string is needed here, not {TemplateOperations.Describe(affix)}"),
        };
    }

    private static long RuneIndex(TemplateText text, int charIndex) =>
        charIndex <= 0 ? charIndex : text.Substring(0, charIndex).RuneCount;

    private static long Count(TemplateText text, string part)
    {
        if (part.Length == 0)
            return text.RuneCount + 1;
        long count = 0;
        for (int at = text.Text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.Text.IndexOf(part, at + part.Length, StringComparison.Ordinal))
            count++;
        return count;
    }

    private static ListValue Values(MapValue map, TemplateArguments arguments)
    {
        arguments.Context.ChargeEntries(arguments.Position, map.Count);
        return new ListValue([.. map.Entries.Select(entry => entry.Value)]);
    }

    private static TemplateValue Get(MapValue map, TemplateArguments arguments)
    {
        TemplateValue key = arguments.Require(0, "key");
        return key is TextValue text && map.TryGet(text.Value, out TemplateValue? value) ? value : arguments.Find(1, "default") ?? NoneValue.Instance;
    }

    private static TemplateValue IndexOf(ListValue list, TemplateArguments arguments)
    {
        TemplateValue wanted = arguments.Require(0, "value");
        for (int index = 0; index < list.Items.Count; index++)
        {
            if (TemplateOperations.AreEqual(list.Items[index], wanted, arguments.Context, arguments.Position))
                return TemplateValue.Of(index);
        }

        throw arguments.Error("index: the value is not in the list");
    }

    private static TemplateValue CountOf(ListValue list, TemplateArguments arguments)
    {
        TemplateValue wanted = arguments.Require(0, "value");
        return TemplateValue.Of(list.Items.Count(item => TemplateOperations.AreEqual(item, wanted, arguments.Context, arguments.Position)));
    }
}
