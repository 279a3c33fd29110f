using System.Text;
using System.Text.Json;

namespace Cocoon.Inference.Structured;

/// <summary>Objects, arrays and strings.</summary>
internal sealed partial class JsonSchemaCompiler
{
    private static readonly Dictionary<string, string> Formats = new(StringComparer.Ordinal)
    {
        ["date"] = @"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        ["time"] = @"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
        ["date-time"] = @"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
        ["uuid"] = @"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        ["ipv4"] = @"^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])$",
    };

    private static JsonElement? Find(JsonElement schema, string keyword, JsonValueKind kind, string path)
    {
        if (!schema.TryGetProperty(keyword, out JsonElement value))
            return null;
        return value.ValueKind == kind ? value : throw Refuse(path, $"'{keyword}' must be an {(kind == JsonValueKind.Array ? "array" : "object")}");
    }

    private static string Text(JsonElement value, string keyword, string path) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Refuse(path, $"'{keyword}' must be a string, or hold strings");

    /// <summary>True when a value is of the <c>type</c> that a schema names, or the schema names none.</summary>
    private static bool HasType(JsonElement schema, JsonElement value)
    {
        if (!schema.TryGetProperty("type", out JsonElement type))
            return true;
        return type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Any(Is) : Is(type);

        bool Is(JsonElement name) => name.ValueKind == JsonValueKind.String && name.GetString() switch
        {
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsInteger(number),
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            string text => value.ValueKind.ToString().Equals(text, StringComparison.OrdinalIgnoreCase),
            _ => false,
        };
    }

    private int ObjectRule(JsonElement schema, string path)
    {
        List<(string Name, JsonElement Schema)> properties = [];
        if (Find(schema, "properties", JsonValueKind.Object, path) is { } named)
            properties.AddRange(named.EnumerateObject().Select(property => (property.Name, property.Value)));
        HashSet<string> required = new(StringComparer.Ordinal);
        if (Find(schema, "required", JsonValueKind.Array, path) is { } names)
        {
            foreach (JsonElement name in names.EnumerateArray())
                required.Add(Text(name, "required", path));
        }

        bool hasExtras = schema.TryGetProperty("additionalProperties", out JsonElement extras);
        if (!hasExtras && properties.Count == 0 && required.Count == 0)
            return json.Object;
        foreach (string name in required.Where(name => !properties.Exists(property => property.Name == name)))
            properties.Add((name, hasExtras && extras.ValueKind == JsonValueKind.Object ? extras : JsonSerializer.SerializeToElement(true)));

        HashSet<string> outer = [.. openReferences];
        openReferences.Clear();
        List<(string Name, int Rule)> members = [.. properties.Select(property => (property.Name, Rule(property.Schema, $"{path}.{property.Name}")))];
        int? extra = hasExtras && extras.ValueKind != JsonValueKind.False ? Rule(extras, $"{path}.additionalProperties") : null;
        openReferences.UnionWith(outer);
        return json.Define(next => ObjectBody(members, required, extra, next));
    }

    /// <summary>
    /// Members in the schema's order. Two chains run in parallel: before the first member was written (no comma yet) and after it.
    /// </summary>
    private int ObjectBody(List<(string Name, int Rule)> members, HashSet<string> required, int? extraRule, int next)
    {
        int end = builder.Call(json.Space, builder.Literal("}", next));
        int before = end;
        int after = end;
        if (extraRule is { } rule)
        {
            Func<int, int> extra = json.Member(json.Define(node => KeyOtherThan([.. members.Select(member => Encoding.UTF8.GetBytes(member.Name))], node)), rule);
            after = builder.Star(loop => json.Comma(extra(loop)), end);
            before = builder.Either(builder.Call(json.Space, extra(after)), end);
        }

        for (int index = members.Count - 1; index >= 0; index--)
        {
            (string name, int value) = members[index];
            int key = json.Define(node => builder.Literal(Canonical(JsonSerializer.SerializeToElement(name)), node));
            Func<int, int> member = json.Member(key, value);
            int written = member(after);
            bool isRequired = required.Contains(name);
            before = isRequired ? builder.Call(json.Space, written) : builder.Either(builder.Call(json.Space, written), before);
            after = isRequired ? json.Comma(written) : builder.Either(json.Comma(written), after);
        }

        return builder.Literal("{", before);
    }

    /// <summary>
    /// A key that is none of the named ones, written without escapes so that none can hide in it; of ASCII alone where a named one is not.
    /// </summary>
    private int KeyOtherThan(IReadOnlyList<byte[]> names, int next)
    {
        ByteSet plain = ByteSet.Of(0x20, 0x7E).Except(ByteSet.Of("\"\\"u8));
        int close = builder.Literal("\"", next);
        bool isAscii = names.Any(name => !Ascii.IsValid(name));
        int free = builder.Star(loop => isAscii ? builder.Set(plain, loop) : builder.Either(builder.Set(plain, loop), json.LongCharacter(loop)), close);
        return builder.Literal("\"", Differ([.. names.Where(name => Ascii.IsValid(name))], 0));

        int Differ(List<byte[]> candidates, int at)
        {
            List<int> branches = [];
            ByteSet leading = default;
            foreach (IGrouping<byte, byte[]> group in candidates.Where(name => name.Length > at).GroupBy(name => name[at]))
            {
                leading = leading.With(group.Key);
                branches.Add(builder.Literal([group.Key], Differ([.. group], at + 1)));
            }

            branches.Add(builder.Set(plain.Except(leading), free));
            if (!isAscii)
                branches.Add(json.LongCharacter(free));
            if (!candidates.Exists(name => name.Length == at))
                branches.Add(close);
            return builder.Either([.. branches]);
        }
    }

    private int ArrayRule(JsonElement schema, string path)
    {
        int least = Count(schema, "minItems", MostItems, path) ?? 0;
        int? most = Count(schema, "maxItems", MostItems, path);
        if (most < least)
            throw Refuse(path, "'maxItems' is below 'minItems'");
        HashSet<string> outer = [.. openReferences];
        openReferences.Clear();
        List<int> first = [];
        if (Find(schema, "prefixItems", JsonValueKind.Array, path) is { } prefix)
            first.AddRange(prefix.EnumerateArray().Select((item, index) => Rule(item, $"{path}.prefixItems[{index}]")));
        bool hasItems = schema.TryGetProperty("items", out JsonElement items);
        bool isClosed = hasItems && items.ValueKind == JsonValueKind.False;
        int rule = isClosed ? -1 : hasItems ? Rule(items, $"{path}.items") : json.Value;
        openReferences.UnionWith(outer);
        if (first.Count == 0)
            return json.Define(next => json.Items(next, after => builder.Call(rule, after), isClosed ? 0 : least, isClosed ? 0 : most));
        if (least > 0 && least < first.Count || most < first.Count)
            throw Refuse(path, "'minItems' and 'maxItems' below the length of 'prefixItems' are not supported");
        return json.Define(next => TupleBody(first, rule, isClosed, Math.Max(least - first.Count, 0), most - first.Count, next));
    }

    private int TupleBody(List<int> first, int rule, bool isClosed, int least, int? most, int next)
    {
        int node = builder.Call(json.Space, builder.Literal("]", next));
        if (!isClosed)
            node = builder.Repeat(after => json.Comma(builder.Call(rule, after)), least, most, node);
        for (int index = first.Count - 1; index >= 0; index--)
        {
            node = builder.Call(first[index], node);
            node = index > 0 ? json.Comma(node) : builder.Call(json.Space, node);
        }

        return builder.Literal("[", node);
    }

    private int TextRule(JsonElement schema, string path)
    {
        int? least = Count(schema, "minLength", MostTextLength, path);
        int? most = Count(schema, "maxLength", MostTextLength, path);
        string? pattern = schema.TryGetProperty("pattern", out JsonElement given) ? Text(given, "pattern", path) : null;
        if (schema.TryGetProperty("format", out JsonElement format))
        {
            if (pattern is not null || !Formats.TryGetValue(Text(format, "format", path), out pattern))
                throw Refuse(path, pattern is not null ? "'format' and 'pattern' together are not supported" : $"the format '{format}' is not supported; supported are {string.Join(", ", Formats.Keys)}");
        }

        if (pattern is not null)
        {
            if (least is not null || most is not null)
                throw Refuse(path, "'pattern' or 'format' with 'minLength' or 'maxLength' is not supported");
            return json.Define(next => builder.Literal("\"", new PatternCompiler(builder, json, pattern, path).Compile(builder.Literal("\"", next))));
        }

        if (least is null && most is null)
            return json.Text;
        if (most < least)
            throw Refuse(path, "'maxLength' is below 'minLength'");
        return json.Define(next => builder.Literal("\"", builder.Repeat(after => builder.Call(json.Character, after), least ?? 0, most, builder.Literal("\"", next))));
    }
}
