using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Inference.Upstream;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Inference.Upstream;

/// <summary>Each dialect as recorded: text, usage by class, what is asked of the server and what is kept from the client.</summary>
public class UpstreamDialectTests
{
    private const string Body = """{"messages":[{"role":"user","content":"Hello there, how are you today?"}],"temperature":0.5,"my_field":{"x":[1]}}""";
    private const string BodyWithUsage = """{"messages":[{"role":"user","content":"Hello"}],"stream_options":{"include_usage":true,"my_option":1}}""";

    [Fact]
    public async Task Vllm()
    {
        (EngineRun run, JsonElement request) = await RunAsync(Recordings.VllmModels, Recordings.VllmStream, Body);
        Assert.Equal("Let me thinkBonjour <é>", run.Text);
        Assert.Equal("stop", run.Finish);
        AssertUsage(run, prompt: 8, cached: 32, completion: 4, reasoning: 3);
        Assert.True(request.GetProperty("stream_options").GetProperty("continuous_usage_stats").GetBoolean());
        Assert.NotEmpty(request.GetProperty("cache_salt").GetString()!);
        Assert.Equal(100, request.GetProperty("max_tokens").GetInt32());
        Assert.Equal(1, request.GetProperty("my_field").GetProperty("x")[0].GetInt32());
        Assert.All(run.Payloads, payload => Assert.DoesNotContain("\"usage\"", payload, StringComparison.Ordinal));
        Assert.Contains(run.Payloads, payload => payload.Contains("\"prompt_token_ids\":null", StringComparison.Ordinal));
        Assert.Contains(run.Payloads, payload => payload.Contains("jour <é>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Vllm_with_usage_asked_for_by_the_client()
    {
        (EngineRun run, JsonElement request) = await RunAsync(Recordings.VllmModels, Recordings.VllmStream, BodyWithUsage);
        Assert.Contains("\"cached_tokens\":32", run.Payloads[^1], StringComparison.Ordinal);
        Assert.All(run.Payloads.SkipLast(1), payload => Assert.Contains("\"usage\":null", payload, StringComparison.Ordinal));
        Assert.Equal(1, request.GetProperty("stream_options").GetProperty("my_option").GetInt32());
    }

    [Fact]
    public async Task Vllm_since_it_calls_reasoning_by_its_short_name()
    {
        (EngineRun run, _) = await RunAsync(Recordings.VllmModels, Recordings.VllmStream.Replace("reasoning_content", "reasoning", StringComparison.Ordinal), Body);
        Assert.Equal("Let me thinkBonjour <é>", run.Text);
        AssertUsage(run, prompt: 8, cached: 32, completion: 4, reasoning: 3);
    }

    [Fact]
    public async Task Sglang_with_cached_tokens_and_reasoning_in_the_details()
    {
        string stream = Recordings.SglangStream.Replace(
            "\"prompt_tokens_details\":null,\"reasoning_tokens\":9",
            "\"prompt_tokens_details\":{\"cached_tokens\":5},\"completion_tokens_details\":{\"reasoning_tokens\":9,\"accepted_prediction_tokens\":2},\"reasoning_tokens\":0",
            StringComparison.Ordinal);
        (EngineRun run, _) = await RunAsync(Recordings.SglangModels, stream, Body);
        AssertUsage(run, prompt: 20, cached: 5, completion: 6, reasoning: 9);
    }

    [Theory]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":6}}""")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":2,"prompt_cache_hit_tokens":6,"prompt_cache_miss_tokens":4}""")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":2,"cached_tokens":6}""")]
    public void Cached_tokens_have_several_names(string usage)
        => Assert.Equal(new UpstreamUsage(10, 6, 2, null), UpstreamUsage.Read(JsonDocument.Parse(usage).RootElement));

    [Theory]
    [InlineData("vllm", "data: {\"error\":{\"message\":\"EngineCore died\",\"type\":\"InternalServerError\",\"param\":null,\"code\":500}}\n\ndata: [DONE]\n\n", "EngineCore died")]
    [InlineData("sglang", "data: {\"error\":{\"object\":\"error\",\"message\":\"scheduler died\",\"type\":\"InternalServerError\",\"code\":500}}\n\ndata: [DONE]\n\n", "scheduler died")]
    [InlineData("llama", "error: {\"code\":500,\"message\":\"failed to decode\",\"type\":\"server_error\"}\n\ndata: [DONE]\n\n", "failed to decode")]
    [InlineData("llama", "data: {\"error\":{\"code\":500,\"message\":\"failed to decode\",\"type\":\"server_error\"}}\n\n", "failed to decode")]
    [InlineData("ollama", "{\"error\":\"model runner has unexpectedly stopped\"}\n", "model runner has")]
    [InlineData("vllm", "", "in the middle")]
    [InlineData("sglang", "", "in the middle")]
    [InlineData("llama", "", "in the middle")]
    [InlineData("ollama", "", "in the middle")]
    public async Task A_server_that_fails_after_two_events_is_paid_for_what_it_sent(string server, string end, string told)
    {
        (string models, string recording) = server switch
        {
            "vllm" => (Recordings.VllmModels, Recordings.VllmStream),
            "sglang" => (Recordings.SglangModels, Recordings.SglangStream),
            "llama" => (Recordings.LlamaModels, Recordings.LlamaStream),
            _ => (Recordings.OllamaModels, Recordings.OllamaStream),
        };
        string begun = string.Concat(recording.ReplaceLineEndings("\n").Split("\n\n").Take(2).Select(part => part + "\n\n"));
        await using FakeUpstream fake = await FakeUpstream.StartAsync();
        fake.Pages["/v1/models"] = models;
        fake.Answer = context => FakeUpstream.WriteAsync(context, begun + end);
        using UpstreamEngine engine = new(new UpstreamOptions { Url = fake.Url }, TimeProvider.System);
        EngineRun run = await EngineRun.RunAsync(engine, EngineRun.Job(JsonDocument.Parse(models).RootElement.GetProperty("data")[0].GetProperty("id").GetString()!, Body));
        Assert.Equal(EngineFailure.Failed, run.Error?.Failure);
        Assert.Contains(told, run.Error!.Message, StringComparison.Ordinal);
        Assert.NotEmpty(run.Text);
        Assert.True(run.Of(UsageClass.Prompt) > 0 && run.Of(UsageClass.Completion) + run.Of(UsageClass.Reasoning) > 0);
    }

    [Fact]
    public async Task Vllm_without_stream()
    {
        await using FakeUpstream fake = await FakeUpstream.StartAsync();
        fake.Pages["/v1/models"] = Recordings.VllmModels;
        fake.Reply(200, Recordings.VllmWhole);
        using UpstreamEngine engine = new(new UpstreamOptions { Url = fake.Url }, TimeProvider.System);
        EngineRun run = await EngineRun.RunAsync(engine, EngineRun.Job("Qwen/Qwen3-8B", Body, stream: false));
        EngineChunk only = Assert.Single(run.Chunks);
        Assert.Equal("tool_calls", only.Finish);
        Assert.Equal(Recordings.VllmWhole, run.Payloads[0]);
        AssertUsage(run, prompt: 20, cached: 160, completion: 22, reasoning: 0);
        Assert.False(fake.Requests.Single().GetProperty("stream").GetBoolean());
    }

    [Fact]
    public async Task Sglang()
    {
        (EngineRun run, JsonElement request) = await RunAsync(Recordings.SglangModels, Recordings.SglangStream, Body);
        Assert.Equal("HmOui.", run.Text);
        Assert.Equal("length", run.Finish);
        AssertUsage(run, prompt: 25, cached: 0, completion: 6, reasoning: 9);
        Assert.True(request.TryGetProperty("cache_salt", out _));
    }

    [Fact]
    public async Task LlamaServer()
    {
        (EngineRun run, JsonElement request) = await RunAsync(Recordings.LlamaModels, Recordings.LlamaStream, Body);
        Assert.Equal("Le message", run.Text);
        AssertUsage(run, prompt: 5, cached: 10, completion: 3, reasoning: 0);
        Assert.True(request.GetProperty("timings_per_token").GetBoolean());
        Assert.False(request.TryGetProperty("cache_salt", out _));
        Assert.All(run.Payloads, payload => Assert.DoesNotContain("timings", payload, StringComparison.Ordinal));
        // Known from the first chunk, so that a job cut short is billed for its prompt.
        Assert.Contains(new UsageAmount(UsageClass.Cached, 10), run.Chunks[0].Usage);
    }

    [Fact]
    public async Task Ollama()
    {
        (EngineRun run, JsonElement request) = await RunAsync(Recordings.OllamaModels, Recordings.OllamaStream, Body);
        Assert.Equal("OkaySalut", run.Text);
        AssertUsage(run, prompt: 12, cached: 0, completion: 4, reasoning: 1);
        Assert.False(request.GetProperty("stream_options").TryGetProperty("continuous_usage_stats", out _));
        Assert.False(request.TryGetProperty("timings_per_token", out _));
    }

    [Theory]
    [InlineData("vllm", 40_960, 32, 5, 7)]
    [InlineData("sglang", 32_768, 48, 11, 1)]
    [InlineData("llama", 8192, 4, 1, 2)]
    [InlineData("ollama", 9999, 32, 0, 0)]
    public async Task Capacity_and_load(string server, int context, int slots, int running, int waiting)
    {
        await using FakeUpstream fake = await FakeUpstream.StartAsync();
        (string models, string page, string metrics) = server switch
        {
            "vllm" => (Recordings.VllmModels, "", Recordings.VllmMetrics),
            "sglang" => (Recordings.SglangModels, Recordings.SglangServerInfo, Recordings.SglangMetrics),
            "llama" => (Recordings.LlamaModels, Recordings.LlamaProps, Recordings.LlamaMetrics),
            _ => (Recordings.OllamaModels, "", ""),
        };
        fake.Pages["/v1/models"] = models;
        fake.Pages[server == "sglang" ? "/server_info" : "/props"] = page;
        if (metrics.Length > 0)
            fake.Pages["/metrics"] = metrics;
        using UpstreamEngine engine = new(new UpstreamOptions { Url = fake.Url, ContextTokens = 9999 }, TimeProvider.System);
        EngineStatus status = await engine.StatusAsync(default);
        EngineModel model = Assert.Single(status.Models);
        Assert.Equal((context, slots, running, waiting), (model.ContextTokens, model.MaxConcurrent, status.Running, status.Waiting));
    }

    private static async Task<(EngineRun Run, JsonElement Request)> RunAsync(string models, string recording, string body)
    {
        await using FakeUpstream fake = await FakeUpstream.StartAsync();
        fake.Pages["/v1/models"] = models;
        fake.Replay(recording);
        using UpstreamEngine engine = new(new UpstreamOptions { Url = fake.Url }, TimeProvider.System);
        string model = JsonDocument.Parse(models).RootElement.GetProperty("data")[0].GetProperty("id").GetString()!;
        EngineRun run = await EngineRun.RunAsync(engine, EngineRun.Job(model, body));
        Assert.Null(run.Error);
        return (run, fake.Requests.Single());
    }

    private static void AssertUsage(EngineRun run, long prompt, long cached, long completion, long reasoning)
    {
        Assert.Equal(
            (prompt, cached, completion, reasoning),
            (run.Of(UsageClass.Prompt), run.Of(UsageClass.Cached), run.Of(UsageClass.Completion), run.Of(UsageClass.Reasoning)));
    }
}
