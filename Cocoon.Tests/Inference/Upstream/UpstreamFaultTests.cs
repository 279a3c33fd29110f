using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Inference.Upstream;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Inference.Upstream;

/// <summary>Servers that fail, lie, stall or send too much; clients that go away or ask for what is not theirs.</summary>
public class UpstreamFaultTests
{
    private const string Hello = """{"messages":[{"role":"user","content":"Hello there"}]}""";
    private const string FirstEvent = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n";
    private const string LastEvent = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

    [Fact]
    public async Task Cancelling_closes_the_servers_connection_at_once()
    {
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake);
        fake.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await FakeUpstream.WriteAsync(context, FirstEvent);
            await fake.Aborted.Task;
        };
        using CancellationTokenSource cancel = new();
        await using IAsyncEnumerator<EngineChunk> chunks = engine.RunAsync(EngineRun.Job("m", Hello), cancel.Token).GetAsyncEnumerator();
        Assert.True(await chunks.MoveNextAsync());
        ValueTask<bool> next = chunks.MoveNextAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        await fake.Aborted.Task.WaitAsync(Waiting.Patience);
    }

    [Fact]
    public async Task Letting_the_enumerator_go_closes_it_too()
    {
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake);
        fake.Answer = async context =>
        {
            await FakeUpstream.WriteAsync(context, FirstEvent);
            await fake.Aborted.Task;
        };
        await foreach (EngineChunk chunk in engine.RunAsync(EngineRun.Job("m", Hello), default))
            break;
        await fake.Aborted.Task.WaitAsync(Waiting.Patience);
    }

    [Fact]
    public async Task A_connection_serves_many_jobs()
    {
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake);
        fake.Replay(FirstEvent + LastEvent + "data: [DONE]\n\n");
        for (int i = 0; i < 5; i++)
            Assert.Null((await EngineRun.RunAsync(engine, EngineRun.Job("m", Hello))).Error);
        Assert.Single(fake.Connections);
    }

    [Theory]
    [InlineData(400, """{"error":{"message":"bad temperature","type":"BadRequestError","code":400}}""", EngineFailure.BadRequest)]
    [InlineData(400, """{"object":"error","message":"This model's maximum context length is 40960 tokens.","type":"BadRequestError","code":400}""", EngineFailure.ContextExceeded)]
    [InlineData(400, """{"error":{"code":400,"message":"request (300 tokens) exceeds the available context size","type":"exceed_context_size_error"}}""", EngineFailure.ContextExceeded)]
    [InlineData(404, """{"error":{"message":"The model `x` does not exist."}}""", EngineFailure.UnknownModel)]
    [InlineData(422, """{"detail":[{"msg":"field required"}]}""", EngineFailure.BadRequest)]
    [InlineData(429, "", EngineFailure.Busy)]
    [InlineData(503, """{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}""", EngineFailure.Busy)]
    [InlineData(500, """{"error":{"message":"failed to parse grammar","type":"invalid_request_error"}}""", EngineFailure.BadRequest)]
    [InlineData(500, "Internal Server Error", EngineFailure.Failed)]
    [InlineData(401, """{"error":"Unauthorized"}""", EngineFailure.Failed)]
    [InlineData(301, "", EngineFailure.Failed)]
    public async Task Errors_are_told_apart(int status, string body, EngineFailure expected)
    {
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake);
        fake.Reply(status, body);
        EngineRun run = await EngineRun.RunAsync(engine, EngineRun.Job("m", Hello));
        Assert.Equal(expected, run.Error?.Failure);
        Assert.Empty(run.Chunks);
    }

    [Theory]
    [InlineData("data: {\"error\":{\"message\":\"CUDA out of memory\",\"type\":\"InternalServerError\",\"code\":500}}\n\n", EngineFailure.Failed)]
    [InlineData("data: {\"error\":{\"message\":\"no\",\"type\":\"BadRequestError\",\"code\":400}}\n\n", EngineFailure.BadRequest)]
    [InlineData("data: {\"object\":\"error\",\"message\":\"engine died\",\"type\":\"InternalServerError\",\"code\":500}\n\ndata: [DONE]\n\n", EngineFailure.Failed)]
    [InlineData("data: {\"object\":\"error\",\"message\":\"This model's maximum context length is 8\",\"type\":\"BadRequestError\",\"code\":400}\n\n", EngineFailure.ContextExceeded)]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"abort\"}]}\n\ndata: [DONE]\n\n", EngineFailure.Failed)]
    [InlineData("data: {\"error\":\"model runner has unexpectedly stopped\"}\n\n", EngineFailure.Failed)]
    [InlineData("event: error\ndata: {\"error\":{\"message\":\"Compute error.\"}}\n\n", EngineFailure.Failed)]
    [InlineData("error: {\"code\":400,\"message\":\"the request exceeds the available context size\",\"type\":\"invalid_request_error\"}\n\ndata: [DONE]\n\n", EngineFailure.ContextExceeded)]
    [InlineData("error: {\"code\":500,\"message\":\"failed to decode\",\"type\":\"server_error\"}\n\ndata: [DONE]\n\n", EngineFailure.Failed)]
    [InlineData("{\"error\":\"an error was encountered while running the model\"}\n", EngineFailure.Failed)]
    [InlineData("{\"error\":{\"message\":\"no\",\"type\":\"invalid_request_error\"}}\n", EngineFailure.BadRequest)]
    [InlineData("data: {\"error\":{\"object\":\"error\",\"message\":\"Abort\",\"type\":\"BadRequestError\",\"param\":null,\"code\":400}}\n\ndata: [DONE]\n\n", EngineFailure.BadRequest)]
    [InlineData("data: not json\n\n", EngineFailure.Failed)]
    [InlineData("data: [1,2]\n\n", EngineFailure.Failed)]
    [InlineData("", EngineFailure.Failed)]
    public async Task Errors_inside_a_stream_end_it_and_owe_what_was_sent(string end, EngineFailure expected)
    {
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake);
        fake.Answer = async context => await FakeUpstream.WriteAsync(context, FirstEvent + end);
        EngineRun run = await EngineRun.RunAsync(engine, EngineRun.Job("m", Hello));
        Assert.Equal(expected, run.Error?.Failure);
        Assert.Equal("Hi", run.Text);
        Assert.Equal((2, 1), (run.Of(UsageClass.Prompt), run.Of(UsageClass.Completion)));
    }

    [Theory]
    [InlineData("data: [DONE]\n\n", "without an answer")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\ndata: [DONE]\n\n", "without an answer")]
    [InlineData("error: {\"code\":400,\"message\":\"the request exceeds the available context size\"}\n\ndata: [DONE]\n\n", "exceeds the available context")]
    public async Task A_stream_without_an_answer_is_an_error_and_costs_nothing(string stream, string told)
    {
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake);
        fake.Answer = async context => await FakeUpstream.WriteAsync(context, stream);
        EngineRun run = await EngineRun.RunAsync(engine, EngineRun.Job("m", Hello));
        Assert.Contains(told, run.Error!.Message, StringComparison.Ordinal);
        Assert.Empty(run.Usage);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task A_stream_may_lack_its_last_word_once_every_answer_has_ended(int answers, bool isWhole)
    {
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake);
        fake.Replay(FirstEvent + "data:\n\n: ping\n\n" + LastEvent);
        EngineRun run = await EngineRun.RunAsync(engine, EngineRun.Job("m", Hello[..^1] + $",\"n\":{answers}}}"));
        Assert.Equal(isWhole, run.Error is null);
        Assert.Equal("Hi", run.Text);
    }

    [Fact]
    public async Task A_cut_connection_is_an_error()
    {
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake);
        TaskCompletionSource received = new(TaskCreationOptions.RunContinuationsAsynchronously);
        fake.Answer = async context =>
        {
            await FakeUpstream.WriteAsync(context, FirstEvent);
            await received.Task;
            context.Abort();
        };
        await using IAsyncEnumerator<EngineChunk> chunks = engine.RunAsync(EngineRun.Job("m", Hello), default).GetAsyncEnumerator();
        Assert.True(await chunks.MoveNextAsync());
        Assert.Equal([new UsageAmount(UsageClass.Completion, 1)], chunks.Current.Usage);
        received.SetResult();
        Assert.True(await chunks.MoveNextAsync());
        Assert.Equal([new UsageAmount(UsageClass.Prompt, 2)], chunks.Current.Usage);
        Assert.Equal(EngineFailure.Failed, (await Assert.ThrowsAsync<EngineException>(async () => await chunks.MoveNextAsync())).Failure);
    }

    [Fact]
    public async Task Nobody_listening_is_an_error()
    {
        using UpstreamEngine engine = new(new UpstreamOptions { Url = new Uri("http://127.0.0.1:1") }, TimeProvider.System);
        Assert.Equal(EngineFailure.Failed, (await EngineRun.RunAsync(engine, EngineRun.Job("m", Hello))).Error?.Failure);
        Assert.Equal(EngineFailure.Failed, (await Assert.ThrowsAsync<EngineException>(async () => await engine.StatusAsync(default))).Failure);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Silence_is_an_error(bool afterFirst)
    {
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake, options => options with
        {
            FirstChunkTimeout = TimeSpan.FromMilliseconds(afterFirst ? 60_000 : 4000),
            ChunkTimeout = TimeSpan.FromMilliseconds(150),
        });
        fake.Answer = async context =>
        {
            await FakeUpstream.WriteAsync(context, afterFirst ? FirstEvent : ": waiting\n\n");
            await fake.Aborted.Task;
        };
        EngineRun run = await EngineRun.RunAsync(engine, EngineRun.Job("m", Hello));
        Assert.Contains("silent", run.Error!.Message, StringComparison.Ordinal);
        await fake.Aborted.Task.WaitAsync(Waiting.Patience);
    }

    [Theory]
    [InlineData("data: ", 3000, "a line")]
    [InlineData("data: {}\n", 1000, "an event")]
    [InlineData(": comment\n\n", 5000, "the answer")]
    public async Task Too_much_is_refused(string piece, int times, string what)
    {
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake, options => options with { MaxLineBytes = 1024, MaxAnswerBytes = 32_768 });
        fake.Answer = async context => await FakeUpstream.WriteAsync(context, string.Concat(Enumerable.Repeat(piece, times)));
        Assert.Contains(what, (await EngineRun.RunAsync(engine, EngineRun.Job("m", Hello))).Error!.Message, StringComparison.Ordinal);
        fake.Reply(200, new string(' ', 40_000));
        EngineRun whole = await EngineRun.RunAsync(engine, EngineRun.Job("m", Hello, stream: false));
        Assert.Contains("longer than 32768", whole.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_usage_it_is_estimated_and_never_nothing()
    {
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake);
        string text = new('x', 600);
        fake.Replay($"data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n" + LastEvent + "data: [DONE]\n\n");
        EngineRun run = await EngineRun.RunAsync(engine, EngineRun.Job("m", Hello));
        Assert.Equal(100, run.Of(UsageClass.Completion));
        Assert.Equal(2, run.Of(UsageClass.Prompt));

        fake.Reply(200, """{"choices":[{"message":{"content":"Hi","reasoning":"Hmm..."},"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":0}}""");
        run = await EngineRun.RunAsync(engine, EngineRun.Job("m", Hello, stream: false));
        Assert.Equal((2, 1, 1), (run.Of(UsageClass.Prompt), run.Of(UsageClass.Completion), run.Of(UsageClass.Reasoning)));

        // Tokens need no estimate.
        fake.Reply(200, """{"choices":[{"text":"Hi","finish_reason":"stop"}]}""");
        run = await EngineRun.RunAsync(engine, new EngineJob(
            EngineEndpoint.Completions, "m", """{"prompt":[[1,2,3],[4,5]]}"""u8.ToArray(), 10, Stream: false, "account"));
        Assert.Equal(5, run.Of(UsageClass.Prompt));
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_cache_hit_tokens":3}""")]
    public async Task Whoever_asked_for_usage_gets_it_though_the_server_has_no_object_for_it(string inLastChoice)
    {
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake);
        // Azure begins with an object that has neither.
        const string nothing = "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n";
        fake.Replay(nothing + FirstEvent + LastEvent.Replace("]}", "]" + inLastChoice + "}", StringComparison.Ordinal) + "data: [DONE]\n\n");
        EngineRun run = await EngineRun.RunAsync(engine, EngineRun.Job("m", Hello[..^1] + ""","stream_options":{"include_usage":true}}"""));
        JsonElement last = JsonDocument.Parse(run.Payloads[^1]).RootElement;
        Assert.Empty(last.GetProperty("choices").EnumerateArray());
        JsonElement usage = last.GetProperty("usage");
        long prompt = run.Of(UsageClass.Prompt) + run.Of(UsageClass.Cached);
        Assert.Equal(inLastChoice.Length > 0 ? (9, 4) : (2, 1), (prompt, run.Of(UsageClass.Completion)));
        Assert.Equal((prompt, run.Of(UsageClass.Completion)), (usage.GetProperty("prompt_tokens").GetInt64(), usage.GetProperty("completion_tokens").GetInt64()));
        Assert.Equal(run.Of(UsageClass.Cached), usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt64());
    }

    [Fact]
    public async Task Impossible_usage_is_cut_to_what_is_possible()
    {
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake);
        fake.Replay(FirstEvent + LastEvent + """
            data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5000,"prompt_tokens_details":{"cached_tokens":90},"completion_tokens_details":{"reasoning_tokens":7000}}}

            data: [DONE]

            """);
        EngineRun run = await EngineRun.RunAsync(engine, EngineRun.Job("m", Hello, maxOutput: 50));
        Assert.Equal((0, 10), (run.Of(UsageClass.Prompt), run.Of(UsageClass.Cached)));
        Assert.Equal(50, run.Of(UsageClass.Completion) + run.Of(UsageClass.Reasoning));
        fake.Replay(FirstEvent + LastEvent + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":-5,\"completion_tokens\":1e300}}\n\ndata: [DONE]\n\n");
        run = await EngineRun.RunAsync(engine, EngineRun.Job("m", Hello));
        Assert.Equal((2, 1), (run.Of(UsageClass.Prompt), run.Of(UsageClass.Completion)));
    }

    [Fact]
    public async Task Fields_that_reach_beyond_the_job_are_removed()
    {
        const string greedy = """
            {"messages":[],"model":"other","stream":false,"max_tokens":999999,"max_completion_tokens":999999,"n_predict":-1,"priority":-100,
             "cache_salt":"stolen","cache_salt":"twice","logits_processors":["os.system"],"chat_template":"{{ x }}","custom_logit_processor":"pickle",
             "tools":[{"type":"function","function":{"name":"f"}}],"response_format":{"type":"json_object"},"seed":7}
            """;
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake, options => options with { Dialect = UpstreamDialectChoice.Vllm, AllowedFields = ["priority"] });
        fake.Replay(FirstEvent + LastEvent);
        await EngineRun.RunAsync(engine, EngineRun.Job("m", greedy, scope: "one"));
        await EngineRun.RunAsync(engine, EngineRun.Job("m", greedy, scope: "two"));
        await EngineRun.RunAsync(engine, EngineRun.Job("m", greedy, scope: "one"));
        JsonElement[] requests = [.. fake.Requests];
        string[] names = [.. requests[0].EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal)];
        Assert.Equal(
            ["cache_salt", "max_tokens", "messages", "model", "priority", "response_format", "seed", "stream", "stream_options", "tools"], names);
        Assert.Equal("m", requests[0].GetProperty("model").GetString());
        Assert.Equal(100, requests[0].GetProperty("max_tokens").GetInt32());
        string[] salts = [.. requests.Select(request => request.GetProperty("cache_salt").GetString()!)];
        Assert.NotEqual(salts[0], salts[1]);
        Assert.Equal(salts[0], salts[2]);
        Assert.DoesNotContain("one", salts[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"messages\":")]
    public async Task A_body_that_is_no_object_is_refused_before_the_server_sees_it(string body)
    {
        await using FakeUpstream fake = await StartAsync();
        using UpstreamEngine engine = Engine(fake);
        Assert.Equal(EngineFailure.BadRequest, (await EngineRun.RunAsync(engine, EngineRun.Job("m", body))).Error?.Failure);
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task An_idle_server_is_probed_now_and_then()
    {
        await using FakeUpstream fake = await StartAsync();
        ManualTime time = new();
        using UpstreamEngine engine = new(new UpstreamOptions { Url = fake.Url, ProbeInterval = TimeSpan.FromMinutes(10) }, time);
        await engine.StatusAsync(default);
        Assert.Empty(fake.Requests);
        time.Advance(TimeSpan.FromMinutes(11));
        fake.Reply(200, """{"choices":[{"message":{"content":"H"},"finish_reason":"length"}]}""");
        await engine.StatusAsync(default);
        await engine.StatusAsync(default);
        Assert.Equal(1, fake.Requests.Single().GetProperty("max_tokens").GetInt32());
        time.Advance(TimeSpan.FromMinutes(11));
        fake.Reply(500, "dead");
        await Assert.ThrowsAsync<EngineException>(async () => await engine.StatusAsync(default));
    }

    private static async Task<FakeUpstream> StartAsync()
    {
        FakeUpstream fake = await FakeUpstream.StartAsync();
        fake.Pages["/v1/models"] = """{"data":[{"id":"m","owned_by":"someone"}]}""";
        return fake;
    }

    private static UpstreamEngine Engine(FakeUpstream fake, Func<UpstreamOptions, UpstreamOptions>? change = null)
    {
        UpstreamOptions options = new() { Url = fake.Url };
        return new UpstreamEngine(change?.Invoke(options) ?? options, TimeProvider.System);
    }

    private sealed class ManualTime : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public void Advance(TimeSpan by) => ticks += by.Ticks;
    }
}
