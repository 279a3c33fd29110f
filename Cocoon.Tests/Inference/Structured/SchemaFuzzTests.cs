using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Structured;
using Cocoon.Inference.Tokenizers;
using Cocoon.Tests.Inference.Embedded;

namespace Cocoon.Tests.Inference.Structured;

/// <summary>Random schemas: whatever a model draws under their grammar, the text is JSON and satisfies the schema as a plain reader of it judges.</summary>
public sealed class SchemaFuzzTests
{
    private static readonly string[] Names = ["a", "b", "ab", "name", "été", "a\"b", "", "x y"];

    // Counted in code points, which .NET's expressions do not know.
    private const string AnyFour = "^.{0,4}$";
    private static readonly string[] Patterns = ["^[a-c]{1,3}$", "^(x|yz)+\\d?$", "é+", AnyFour];

    [Fact]
    public void Whatever_is_drawn_satisfies_the_schema()
    {
        using GgufFile file = GgufFile.Open(DemoEngine.ModelPath);
        Tokenizer tokenizer = Tokenizer.Read(file.Metadata);
        TokenTrie trie = new(tokenizer.Vocabulary);
        int complete = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            Random random = new(seed);
            JsonNode schema = Schema(random, depth: 0);
            TokenGrammar grammar = new(JsonSchemaCompiler.Compile(JsonSerializer.SerializeToElement(schema)), trie, tokenizer);
            for (int walk = 0; walk < 2; walk++)
            {
                if (Walk(grammar, tokenizer, random) is not { } text)
                    continue;
                complete++;
                using JsonDocument answer = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 300 });
                Assert.True(Satisfies(answer.RootElement, schema), $"seed {seed}: {text} does not satisfy {schema.ToJsonString()}");
            }
        }

        Assert.InRange(complete, 90, 120);
    }

    private static JsonNode Schema(Random random, int depth)
    {
        JsonObject schema = [];
        switch (random.Next(depth > 2 ? 6 : 9))
        {
            case 0:
                schema["enum"] = new JsonArray([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Constant(random))]);
                break;
            case 1:
                schema["const"] = Constant(random);
                break;
            case 2:
                schema["type"] = new JsonArray("null", random.Next(2) == 0 ? "boolean" : "integer");
                break;
            case 3:
                schema["type"] = random.Next(2) == 0 ? "integer" : "number";
                break;
            case 4:
                schema["type"] = "string";
                schema["minLength"] = random.Next(4);
                schema["maxLength"] = random.Next(4, 9);
                break;
            case 5:
                schema["type"] = "string";
                schema["pattern"] = Patterns[random.Next(Patterns.Length)];
                break;
            case 6:
                schema["type"] = "array";
                schema["items"] = Schema(random, depth + 1);
                schema["minItems"] = random.Next(3);
                schema["maxItems"] = random.Next(2, 5);
                break;
            case 7:
                schema["anyOf"] = new JsonArray([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Schema(random, depth + 1))]);
                break;
            default:
                string[] names = [.. Names.OrderBy(_ => random.Next()).Take(random.Next(1, 4))];
                schema["type"] = "object";
                schema["properties"] = new JsonObject(names.Select(name => KeyValuePair.Create(name, (JsonNode?)Schema(random, depth + 1))));
                schema["required"] = new JsonArray([.. names.Where(_ => random.Next(2) == 0).Select(name => (JsonNode)name)]);
                if (random.Next(3) > 0)
                    schema["additionalProperties"] = random.Next(2) == 0 ? false : Schema(random, depth + 2);
                break;
        }

        return schema;
    }

    private static JsonNode? Constant(Random random) => random.Next(6) switch
    {
        0 => null,
        1 => random.Next(-50, 50),
        2 => "é\"\\\n🦙",
        3 => true,
        4 => new JsonArray(1, "x"),
        _ => new JsonObject { ["k"] = "v" },
    };

    private static bool Satisfies(JsonElement value, JsonNode schema)
    {
        if (schema["enum"] is JsonArray choices)
            return choices.Any(choice => JsonNode.DeepEquals(choice, JsonNode.Parse(value.GetRawText())));
        if (schema.AsObject().TryGetPropertyValue("const", out JsonNode? constant))
            return JsonNode.DeepEquals(constant, JsonNode.Parse(value.GetRawText()));
        if (schema["anyOf"] is JsonArray members)
            return members.Any(member => Satisfies(value, member!));
        if (schema["type"] is JsonArray types)
            return types.Any(type => HasType(value, (string)type!));
        return HasType(value, (string)schema["type"]!) && value.ValueKind switch
        {
            JsonValueKind.String => SatisfiesText(value.GetString()!, schema),
            JsonValueKind.Array => value.GetArrayLength() >= (int)schema["minItems"]! && value.GetArrayLength() <= (int)schema["maxItems"]!
                && value.EnumerateArray().All(item => Satisfies(item, schema["items"]!)),
            JsonValueKind.Object => SatisfiesObject(value, schema),
            _ => true,
        };
    }

    private static bool HasType(JsonElement value, string type) => type switch
    {
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind.ToString().Equals(type, StringComparison.OrdinalIgnoreCase),
    };

    private static bool SatisfiesText(string text, JsonNode schema)
    {
        int length = text.EnumerateRunes().Count();
        if (schema["pattern"] is { } pattern)
            return (string)pattern! == AnyFour ? length <= 4 : System.Text.RegularExpressions.Regex.IsMatch(text, (string)pattern!);
        return length >= (int)schema["minLength"]! && length <= (int)schema["maxLength"]!;
    }

    private static bool SatisfiesObject(JsonElement value, JsonNode schema)
    {
        JsonObject properties = schema["properties"]!.AsObject();
        string[] names = [.. value.EnumerateObject().Select(property => property.Name)];
        // A grammar cannot know which further names it has seen; named properties come once.
        return properties.All(property => names.Count(name => name == property.Key) <= 1)
            && schema["required"]!.AsArray().All(name => names.Contains((string)name!))
            && value.EnumerateObject().All(property => properties[property.Name] is { } known
                ? Satisfies(property.Value, known)
                : schema["additionalProperties"] is JsonObject extra && Satisfies(property.Value, extra));
    }

    /// <summary>A random walk that prefers short endings after a while; null when it does not end.</summary>
    private static string? Walk(TokenGrammar grammar, Tokenizer tokenizer, Random random)
    {
        TokenConstraint constraint = grammar.Begin();
        List<byte> text = [];
        for (int step = 0; step < 300; step++)
        {
            ReadOnlySpan<ulong> mask = constraint.Mask();
            List<int> allowed = [];
            for (int token = 0; token < tokenizer.Vocabulary.Count; token++)
            {
                if ((mask[token >> 6] >> token & 1) != 0 && !tokenizer.EndTokens.Contains(token))
                    allowed.Add(token);
            }

            if (allowed.Count == 0 || (constraint.IsComplete && random.Next(3) == 0))
                return constraint.IsComplete ? new UTF8Encoding(false, true).GetString([.. text]) : throw new InvalidOperationException("nothing is allowed and the text is not complete");
            List<int> ending = step > 15 ? allowed.FindAll(token => tokenizer.Vocabulary.Bytes(token) is [(byte)'"'] or [(byte)']'] or [(byte)'}'] or [(byte)',']) : [];
            List<int> from = ending.Count > 0 && random.Next(4) > 0 ? ending : allowed;
            int drawn = from[random.Next(from.Count)];
            text.AddRange(tokenizer.Vocabulary.Bytes(drawn));
            if (!constraint.Accept(drawn))
                return null;
        }

        return null;
    }
}
