using System.Text;
using System.Text.Json;
using Cocoon.Inference.Structured;

namespace Cocoon.Tests.Inference.Structured;

/// <summary>What schemas let through, byte by byte.</summary>
public sealed class JsonSchemaCompilerTests
{
    [Theory]
    [InlineData("""{"type":"string"}""", "\"\"|\"a é 🦙\"|\"\\n\\u00e9\\\\\"|\"\\uD7FF\"", "\"|\"a|a|\"\n\"|\"\\x\"|\"\\ud83d\"|1|\"\u007F\"")]
    [InlineData("""{"type":"integer"}""", "0|-1|12|1234567890123456", "01|1.0|1e3|+1|-|12345678901234567|1 ")]
    [InlineData("""{"type":"number"}""", "0|-1.5|2e10|2.5E-3", ".5|1.|1e|--1|1e123")]
    [InlineData("""{"type":"boolean"}""", "true|false", "True|1|t")]
    [InlineData("""{"type":["string","null"]}""", "\"x\"|null", "1|nul")]
    [InlineData("""{"enum":["a",1,null,{"k":[true]}]}""", "\"a\"|1|null|{\"k\":[true]}", "\"b\"|2|{}")]
    [InlineData("""{"const":"it's \"q\" é"}""", "\"it's \\\"q\\\" é\"", "\"it's\"")]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"ab\"|\"🦙é\"|\"\\n\\n\\n\"", "\"a\"|\"abcd\"")]
    [InlineData("""{"type":"string","pattern":"^[A-Z]{2}-\\d+$"}""", "\"AB-1\"|\"ZZ-007\"", "\"AB-\"|\"aB-1\"|\"AB-1x\"")]
    [InlineData("""{"type":"string","pattern":"b+"}""", "\"b\"|\"abbc\"|\"é🦙b\"", "\"\"|\"ac\"")]
    [InlineData("""{"type":"string","pattern":"^(foo|ba[rz])?[^\"\\\\a]$"}""", "\"foox\"|\"bazé\"|\"x\"|\"\\n\"", "\"fooa\"|\"foo\\\"\"|\"\"")]
    [InlineData("""{"type":"string","pattern":"^\\w+\\s\\\"?.$"}""", "\"ab \\\"c\"|\"a\\tb\"", "\"ab\"|\"a b c d\"")]
    [InlineData("""{"type":"string","format":"date"}""", "\"2026-11-21\"", "\"2026-13-21\"|\"21.11.2026\"")]
    [InlineData("""{"type":"string","format":"uuid"}""", "\"01234567-89ab-cdef-0123-456789abcdef\"", "\"01234567\"")]
    [InlineData("""{"type":"array","items":{"type":"integer"}}""", "[]|[1]|[1,2, 3]|[\n  1,\n  2\n]", "[1,]|[,1]|[\"a\"]|[1 2]")]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":3}""", "[1,2]|[1,2,3]", "[]|[1]|[1,2,3,4]")]
    [InlineData("""{"type":"array","items":{"type":"integer"},"maxItems":0}""", "[]", "[1]")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}],"items":false}""", "[1,\"a\"]", "[1]|[\"a\",1]|[1,\"a\",2]")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"}],"items":{"type":"null"},"maxItems":2}""", "[1]|[1,null]", "[]|[1,1]|[1,null,null]")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a"]}""",
        "{\"a\":1}|{\"a\": 1, \"b\": \"x\"}|{\n  \"a\": 1\n}", "{}|{\"b\":\"x\"}|{\"b\":\"x\",\"a\":1}|{\"a\":1,\"c\":2}|{\"a\":\"x\"}|{\"a\":1,}")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"},"c":{"type":"integer"}}}""", "{}|{\"a\":1}|{\"b\":1}|{\"c\":1}|{\"a\":1,\"c\":3}|{\"a\":1,\"b\":2,\"c\":3}", "{\"c\":1,\"a\":1}|{,\"a\":1}")]
    [InlineData("""{"type":"object","properties":{"ab":{"type":"integer"}},"additionalProperties":{"type":"boolean"}}""",
        "{}|{\"ab\":1}|{\"x\":true}|{\"ab\":1,\"a\":true,\"abc\":false,\"\":true}|{\"é\":true}", "{\"ab\":true}|{\"x\":1}|{\"\\u0061b\":true}|{\"x\":true,\"ab\":1}")]
    [InlineData("""{"type":"object"}""", "{}|{\"a\":[1,{\"b\":null}],\"c\":\"d\"}", "[]|{\"a\"}|{1:2}")]
    [InlineData("""{"type":"object","required":["x"]}""", "{\"x\":[1]}", "{}|{\"y\":1}")]
    [InlineData("""{"anyOf":[{"type":"integer"},{"type":"array","items":{"type":"string"}}]}""", "1|[\"a\"]|[]", "\"a\"|[1]")]
    [InlineData("""{"oneOf":[{"const":"a"},{"const":"ab"}]}""", "\"a\"|\"ab\"", "\"abc\"")]
    [InlineData("""{"allOf":[{"type":"null"}]}""", "null", "1")]
    [InlineData("""{"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},"required":["v","next"]}}}""",
        "{\"v\":1,\"next\":null}|{\"v\":1,\"next\":{\"v\":2,\"next\":{\"v\":3,\"next\":null}}}", "{\"v\":1}|{\"v\":1,\"next\":2}")]
    [InlineData("""{"type":"object","properties":{"kids":{"type":"array","items":{"$ref":"#"}}},"required":["kids"]}""", "{\"kids\":[]}|{\"kids\":[{\"kids\":[]},{\"kids\":[{\"kids\":[]}]}]}", "{\"kids\":[1]}")]
    [InlineData("""{"description":"anything","title":"t"}""", "1|null|[{\"a\":\"b\"}]|\"x\"", "x|[")]
    [InlineData("""true""", "1|{}", "?")]
    [InlineData("""{"items":{"type":"null"}}""", "[null]", "{}|1")]
    public void Lets_through_what_it_should(string schema, string accepted, string refused)
    {
        GrammarMachine machine = JsonSchemaCompiler.Compile(JsonDocument.Parse(schema).RootElement);
        Assert.All(accepted.Split('|'), text => Assert.True(Accepts(machine, text), $"refused: {text}"));
        Assert.All(refused.Split('|'), text => Assert.False(Accepts(machine, text), $"accepted: {text}"));
    }

    [Theory]
    [InlineData("""{"type":"integer","minimum":1}""", "schema: the keyword 'minimum' is not supported here")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","uniqueItems":true}}}""", "schema.a: the keyword 'uniqueItems' is not supported here")]
    [InlineData("""{"type":"object","patternProperties":{}}""", "the keyword 'patternProperties'")]
    [InlineData("""{"not":{}}""", "the keyword 'not'")]
    [InlineData("""{"type":"strnig"}""", "the type 'strnig' does not exist")]
    [InlineData("""{"allOf":[{"type":"null"},{"type":"string"}]}""", "'allOf' with more than one schema")]
    [InlineData("""{"enum":[]}""", "'enum' must be an array of at least one value")]
    [InlineData("""{"$ref":"https://example.com/x"}""", "is outside the schema")]
    [InlineData("""{"$ref":"#/nope"}""", "there is no '#/nope'")]
    [InlineData("""{"$ref":"#"}""", "leads back to itself")]
    [InlineData("""{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"},{"type":"null"}]}},"$ref":"#/$defs/a"}""", "leads back to itself")]
    [InlineData("""{"type":"string","format":"color"}""", "the format 'color' is not supported")]
    [InlineData("""{"type":"string","pattern":"(?=a)"}""", "'pattern' has '(?='")]
    [InlineData("""{"type":"string","pattern":"a{999}"}""", "a count that is not ordered or above 256")]
    [InlineData("""{"type":"string","pattern":"(a"}""", "'(' that is not closed")]
    [InlineData("""{"type":"string","pattern":"\\bx"}""", "'\\b', which is not supported")]
    [InlineData("""{"type":"string","minLength":5,"maxLength":2}""", "'maxLength' is below 'minLength'")]
    [InlineData("""{"type":"array","minItems":99999}""", "'minItems' must be an integer from 0 to 1024")]
    [InlineData("""{"type":"string","pattern":"((((a{256}){256}){256}){256}){256}"}""", "the schema is too large")]
    [InlineData("false", "nothing satisfies")]
    [InlineData("3", "a schema must be an object")]
    public void Refuses_by_name_what_it_cannot_enforce(string schema, string message)
    {
        GrammarException exception = Assert.Throws<GrammarException>(() => JsonSchemaCompiler.Compile(JsonDocument.Parse(schema).RootElement));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_schemas_and_deep_answers_are_bounded()
    {
        string deep = string.Concat(Enumerable.Repeat("""{"type":"array","items":""", 60)) + "true" + new string('}', 60);
        Assert.NotNull(JsonSchemaCompiler.Compile(JsonDocument.Parse(deep, new JsonDocumentOptions { MaxDepth = 200 }).RootElement));
        string deeper = string.Concat(Enumerable.Repeat("""{"type":"array","items":""", 70)) + "true" + new string('}', 70);
        Assert.Throws<GrammarException>(() => JsonSchemaCompiler.Compile(JsonDocument.Parse(deeper, new JsonDocumentOptions { MaxDepth = 200 }).RootElement));

        GrammarMachine any = JsonSchemaCompiler.AnyObject();
        Assert.True(Accepts(any, "{\"a\":" + new string('[', 50) + new string(']', 50) + "}"));
        Assert.False(Accepts(any, "{\"a\":" + new string('[', 5000) + new string(']', 5000) + "}"));
    }

    [Fact]
    public void Calls_of_tools_name_one_of_them()
    {
        JsonElement parameters = JsonDocument.Parse("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""").RootElement;
        GrammarMachine machine = JsonSchemaCompiler.ToolCall([("weather", parameters), ("now", null)], "arguments");
        Assert.True(Accepts(machine, "{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"}}"));
        Assert.True(Accepts(machine, "{\"name\": \"now\", \"arguments\": {\"x\": 1}}"));
        Assert.False(Accepts(machine, "{\"name\": \"weather\", \"arguments\": {}}"));
        Assert.False(Accepts(machine, "{\"name\": \"other\", \"arguments\": {}}"));
    }

    private static bool Accepts(GrammarMachine machine, string text)
    {
        GrammarState? state = machine.Start;
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            state = machine.Step(state, value);
            if (state is null)
                return false;
        }

        return state.Accepts;
    }
}
