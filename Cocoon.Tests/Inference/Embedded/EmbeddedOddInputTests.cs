using System.Text;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Inference.Embedded;

/// <summary>Requests that no client should send: each is answered or refused as a bad request, and the engine goes on.</summary>
public sealed class EmbeddedOddInputTests(DemoEngine demo) : IClassFixture<DemoEngine>
{
    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"a\ud83d b"}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":"a","x\ud83d":"b"}]}""")]
    [InlineData("""{"\ud83d":1,"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("""{"stop":["\ud83d"],"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("""{"chat_template_kwargs":{"\ud83d":"\ud83d"},"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("""{"response_format":{"type":"json_schema","json_schema":{"schema":{"enum":["\ud83d"]}}},"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("""{"response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object","properties":{"\ud83d":{"type":"string"}}}}},"messages":[{"role":"user","content":"a"}]}""")]
    public async Task Half_a_character_counts_as_a_replacement(string body)
    {
        EngineRun run = await Chat(Encoding.UTF8.GetBytes(body)), plain = await Chat(Encoding.UTF8.GetBytes(body.Replace("\\ud83d", "\uFFFD", StringComparison.Ordinal)));
        Assert.Null(run.Error);
        Assert.Equal(plain.Of(UsageClass.Prompt) + plain.Of(UsageClass.Cached), run.Of(UsageClass.Prompt) + run.Of(UsageClass.Cached));
    }

    [Theory]
    [InlineData("""{"type":3}""")]
    [InlineData("""{"type":[3]}""")]
    [InlineData("""{"type":"object","properties":[]}""")]
    [InlineData("""{"type":"object","properties":{"a":3}}""")]
    [InlineData("""{"type":"object","required":{}}""")]
    [InlineData("""{"type":"object","required":[3]}""")]
    [InlineData("""{"type":"array","prefixItems":3}""")]
    [InlineData("""{"type":"array","items":[]}""")]
    [InlineData("""{"type":"string","pattern":3}""")]
    [InlineData("""{"type":"string","format":3}""")]
    [InlineData("""{"$ref":3}""")]
    [InlineData("""{"anyOf":3}""")]
    [InlineData("""{"enum":3}""")]
    [InlineData("""{"enum":["a"],"type":"integer"}""")]
    [InlineData("""{"const":1.5,"type":"integer"}""")]
    [InlineData("""{"anyOf":[{"type":"string"}],"type":"object"}""")]
    public async Task Schemas_of_the_wrong_types_are_bad_requests(string schema)
    {
        EngineRun run = await Chat(Encoding.UTF8.GetBytes(
            """{"messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":SCHEMA}}}""".Replace("SCHEMA", schema, StringComparison.Ordinal)));
        Assert.Equal(EngineFailure.BadRequest, run.Error?.Failure);
    }

    [Fact]
    public async Task Mutated_requests_are_answered_or_refused()
    {
        byte[] valid = Encoding.UTF8.GetBytes("""
            {"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"Save \u00e9\ud83d\ude00"}]},{"role":"assistant","content":null,"tool_calls":
            [{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"1","content":"x"}],"temperature":0.5,"top_p":0.9,"top_k":5,"min_p":0.1,
            "seed":3,"n":1,"stop":["zz"],"logit_bias":{"5":-1},"logprobs":true,"top_logprobs":2,"frequency_penalty":0.5,"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":
            {"type":"object","properties":{"k":{"enum":["a",null]},"t":{"type":"string","pattern":"^a+$"},"n":{"type":["integer","null"]}},"required":["k"],"additionalProperties":false}}}}
            """);
        byte[] signs = "\"{}[]:,\\ 01-.eunltrfasd\u00ff\u00c3"u8.ToArray();
        Random random = new(4);
        int answered = 0;
        for (int round = 0; round < 500; round++)
        {
            List<byte> body = [.. valid];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = random.Next(body.Count);
                switch (random.Next(4))
                {
                    case 0: body[at] = signs[random.Next(signs.Length)]; break;
                    case 1: body.Insert(at, signs[random.Next(signs.Length)]); break;
                    case 2: body.RemoveRange(at, Math.Min(random.Next(1, 12), body.Count - at)); break;
                    default: body.InsertRange(at, body[at..Math.Min(at + random.Next(20), body.Count)]); break;
                }
            }

            EngineRun run = await Chat([.. body], maxOutput: 2);
            Assert.True(run.Error is null or { Failure: EngineFailure.BadRequest or EngineFailure.ContextExceeded }, $"{run.Error}: {Encoding.UTF8.GetString([.. body])}");
            answered += run.Error is null ? 1 : 0;
        }

        Assert.InRange(answered, 20, 480);
    }

    [Fact]
    public async Task Unbounded_output_ends_with_the_context()
    {
        EngineRun run = await Chat("""{"messages":[{"role":"user","content":"Go"}],"logit_bias":{"4095":-100,"4093":-100},"temperature":0}"""u8.ToArray(), maxOutput: int.MaxValue);
        Assert.Equal("length", run.Finish);
        Assert.Equal(256, run.Usage.Values.Sum());
    }

    private Task<EngineRun> Chat(byte[] body, int maxOutput = 8) => EngineRun.RunAsync(
        demo.Engine, new EngineJob(EngineEndpoint.ChatCompletions, "demo", body, maxOutput, false, "account"), TestContext.Current.CancellationToken);
}
