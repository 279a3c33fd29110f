using System.Globalization;
using System.Text.Json;

namespace Cocoon.Inference.Structured;

/// <summary>
/// Turns a JSON schema into a grammar. What the grammar lets through satisfies the schema; of what the schema allows it may leave
/// something out (the order of properties is the schema's, properties not named come only where <c>additionalProperties</c>
/// asks for them and may then repeat, <c>oneOf</c> is taken as <c>anyOf</c>). A keyword that it cannot enforce is refused by name, never ignored.
/// </summary>
internal sealed partial class JsonSchemaCompiler
{
    private const int MostDepth = 64;
    private const int MostItems = 1024;
    private const int MostTextLength = 4096;

    private static readonly string[] Annotations =
        ["title", "description", "default", "examples", "$schema", "$id", "$comment", "$defs", "definitions", "readOnly", "writeOnly", "deprecated", "strict", "$anchor"];

    private readonly GrammarBuilder builder = new();
    private readonly JsonRules json;
    private readonly JsonElement root;
    private readonly Dictionary<string, int> references = new(StringComparer.Ordinal);
    private readonly HashSet<string> openReferences = new(StringComparer.Ordinal);
    private int depth;

    private JsonSchemaCompiler(JsonElement root)
    {
        this.root = root;
        json = new JsonRules(builder);
    }

    /// <summary>A grammar for any JSON object.</summary>
    public static GrammarMachine AnyObject()
    {
        JsonSchemaCompiler compiler = new(default);
        return compiler.Machine(compiler.json.Object);
    }

    /// <summary>A grammar for a schema. Throws <see cref="GrammarException"/> naming the keyword that cannot be enforced.</summary>
    public static GrammarMachine Compile(JsonElement schema)
    {
        JsonSchemaCompiler compiler = new(schema);
        return compiler.Machine(compiler.Rule(schema, "schema"));
    }

    /// <summary>A grammar for the call of one of several tools: <c>{"name": ..., argumentsKey: {...}}</c>.</summary>
    public static GrammarMachine ToolCall(IReadOnlyList<(string Name, JsonElement? Parameters)> tools, string argumentsKey)
    {
        GrammarBuilder? shared = null;
        List<int> starts = [];
        foreach ((string name, JsonElement? parameters) in tools)
        {
            JsonSchemaCompiler compiler = shared is null ? new(parameters ?? default) : new(parameters ?? default, shared);
            shared = compiler.builder;
            int arguments = parameters is { } schema ? compiler.ArgumentsRule(schema, name) : compiler.json.Object;
            int end = compiler.builder.Literal("}", GrammarBuilder.ReturnNode);
            int value = compiler.json.Colon(compiler.builder.Call(arguments, end));
            int key = compiler.json.Comma(compiler.builder.Literal(JsonSerializer.Serialize(argumentsKey), value));
            int call = compiler.json.Colon(compiler.builder.Literal(JsonSerializer.Serialize(name), key));
            starts.Add(compiler.builder.Literal("{\"name\"", call));
        }

        return new GrammarMachine(shared!, shared!.Either([.. starts]));
    }

    private JsonSchemaCompiler(JsonElement root, GrammarBuilder builder)
    {
        this.root = root;
        this.builder = builder;
        json = new JsonRules(builder);
    }

    private GrammarMachine Machine(int rule)
    {
        int value = builder.Call(rule, GrammarBuilder.ReturnNode);
        return new GrammarMachine(builder, builder.Call(json.Space, value));
    }

    private int ArgumentsRule(JsonElement schema, string tool)
    {
        bool isFree = schema.ValueKind == JsonValueKind.Object && !schema.EnumerateObject().Any();
        return isFree ? json.Object : Rule(schema, $"tools.{tool}.parameters");
    }

    /// <summary>The rule of a schema.</summary>
    private int Rule(JsonElement schema, string path)
    {
        if (schema.ValueKind == JsonValueKind.True)
            return json.Value;
        if (schema.ValueKind == JsonValueKind.False)
            throw Refuse(path, "nothing satisfies the schema 'false'");
        if (schema.ValueKind != JsonValueKind.Object)
            throw Refuse(path, "a schema must be an object");
        if (++depth > MostDepth)
            throw Refuse(path, $"the schema nests deeper than {MostDepth}");
        int rule = RuleOfObject(schema, path);
        depth--;
        return rule;
    }

    private int RuleOfObject(JsonElement schema, string path)
    {
        if (schema.TryGetProperty("$ref", out JsonElement reference))
        {
            Allow(schema, path, "$ref");
            return Reference(reference, path);
        }

        if (schema.TryGetProperty("const", out JsonElement constant))
        {
            Allow(schema, path, "const", "type");
            return HasType(schema, constant)
                ? json.Define(next => builder.Literal(Canonical(constant), next))
                : throw Refuse(path, "'const' is not of the 'type' beside it");
        }

        if (schema.TryGetProperty("enum", out JsonElement values))
        {
            Allow(schema, path, "enum", "type");
            if (values.ValueKind != JsonValueKind.Array || values.GetArrayLength() == 0)
                throw Refuse(path, "'enum' must be an array of at least one value");
            JsonElement[] possible = [.. values.EnumerateArray().Where(value => HasType(schema, value))];
            return possible.Length > 0
                ? json.Define(next => builder.Either([.. possible.Select(value => builder.Literal(Canonical(value), next))]))
                : throw Refuse(path, "no value of 'enum' is of the 'type' beside it");
        }

        foreach (string keyword in (ReadOnlySpan<string>)["anyOf", "oneOf", "allOf"])
        {
            if (schema.TryGetProperty(keyword, out JsonElement members))
            {
                Allow(schema, path, keyword, "type");
                return Combination(schema, members, keyword, path);
            }
        }

        if (!schema.TryGetProperty("type", out JsonElement type))
            return RuleOfType(GuessType(schema, path), schema, path);
        if (type.ValueKind != JsonValueKind.Array)
            return RuleOfType(Text(type, "type", path), schema, path);
        int[] rules = [.. type.EnumerateArray().Select(entry => RuleOfType(Text(entry, "type", path), schema, path, isOneOfMany: true))];
        return rules.Length == 0 ? throw Refuse(path, "'type' is empty") : AnyOf(rules);
    }

    private static string? GuessType(JsonElement schema, string path)
    {
        if (schema.TryGetProperty("properties", out _) || schema.TryGetProperty("additionalProperties", out _))
            return "object";
        if (schema.TryGetProperty("items", out _) || schema.TryGetProperty("prefixItems", out _))
            return "array";
        if (schema.TryGetProperty("pattern", out _) || schema.TryGetProperty("format", out _))
            return "string";
        Allow(schema, path);
        return null;
    }

    private int RuleOfType(string? type, JsonElement schema, string path, bool isOneOfMany = false)
    {
        if (!isOneOfMany)
            CheckKeywords(type, schema, path);
        switch (type)
        {
            case null: return json.Value;
            case "object": return ObjectRule(schema, path);
            case "array": return ArrayRule(schema, path);
            case "string": return TextRule(schema, path);
            case "integer": return json.Integer;
            case "number": return json.Number;
            case "boolean": return json.Define(next => builder.Either(builder.Literal("true", next), builder.Literal("false", next)));
            case "null": return json.Define(next => builder.Literal("null", next));
            default: throw Refuse(path, $"the type '{type}' does not exist");
        }
    }

    private static void CheckKeywords(string? type, JsonElement schema, string path)
    {
        switch (type)
        {
            case "object": Allow(schema, path, "type", "properties", "required", "additionalProperties"); break;
            case "array": Allow(schema, path, "type", "items", "prefixItems", "minItems", "maxItems"); break;
            case "string": Allow(schema, path, "type", "minLength", "maxLength", "pattern", "format"); break;
            default: Allow(schema, path, "type"); break;
        }
    }

    private int Combination(JsonElement schema, JsonElement members, string keyword, string path)
    {
        if (members.ValueKind != JsonValueKind.Array || members.GetArrayLength() == 0)
            throw Refuse(path, $"'{keyword}' must be an array of at least one schema");
        if (keyword == "allOf" && members.GetArrayLength() > 1)
            throw Refuse(path, "'allOf' with more than one schema is not supported; merge them");
        string? type = schema.TryGetProperty("type", out JsonElement given) ? Text(given, "type", path) : null;
        if (type is not null && members.EnumerateArray().Any(member => member.ValueKind == JsonValueKind.Object && member.TryGetProperty("type", out JsonElement own) && !own.ValueEquals(type)))
            throw Refuse(path, $"'{keyword}' has a schema that is not of the 'type' beside it");
        return AnyOf([.. members.EnumerateArray().Select((member, index) => Rule(member, $"{path}.{keyword}[{index}]"))]);
    }

    private int AnyOf(int[] rules) => rules.Length == 1 ? rules[0] : json.Define(next => builder.Either([.. rules.Select(rule => builder.Call(rule, next))]));

    /// <summary>A reference inside the document. One that leads back to itself without reading anything is refused.</summary>
    private int Reference(JsonElement reference, string path)
    {
        string target = Text(reference, "$ref", path);
        if (references.TryGetValue(target, out int known))
        {
            if (openReferences.Contains(target))
                throw Refuse(path, $"'$ref': '{target}' leads back to itself");
            return known;
        }

        if (!target.StartsWith('#'))
            throw Refuse(path, $"'$ref': '{target}' is outside the schema");
        JsonElement schema = Resolve(target, path);
        int rule = builder.DeclareRule();
        references.Add(target, rule);
        openReferences.Add(target);
        int content = Rule(schema, target);
        openReferences.Remove(target);
        builder.DefineRule(rule, builder.Call(content, GrammarBuilder.ReturnNode));
        return rule;
    }

    private JsonElement Resolve(string target, string path)
    {
        JsonElement current = root;
        foreach (string part in target[1..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            string name = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            bool found = current.ValueKind switch
            {
                JsonValueKind.Object => current.TryGetProperty(name, out current),
                JsonValueKind.Array when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < current.GetArrayLength() =>
                    (current = current[index]).ValueKind != JsonValueKind.Undefined,
                _ => false,
            };
            if (!found)
                throw Refuse(path, $"'$ref': there is no '{target}' in the schema");
        }

        return current;
    }

    private static string Canonical(JsonElement value) => JsonSerializer.Serialize(value, CanonicalOptions);

    private static readonly JsonSerializerOptions CanonicalOptions = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static void Allow(JsonElement schema, string path, params ReadOnlySpan<string> keywords)
    {
        foreach (JsonProperty property in schema.EnumerateObject())
        {
            if (!keywords.Contains(property.Name) && !Annotations.Contains(property.Name))
                throw Refuse(path, $"the keyword '{property.Name}' is not supported here");
        }
    }

    private static int? Count(JsonElement schema, string keyword, int most, string path)
    {
        if (!schema.TryGetProperty(keyword, out JsonElement value))
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count >= 0 && count <= most
            ? count
            : throw Refuse(path, $"'{keyword}' must be an integer from 0 to {most}");
    }

    private static GrammarException Refuse(string path, string problem) => new($"{path}: {problem}");
}
