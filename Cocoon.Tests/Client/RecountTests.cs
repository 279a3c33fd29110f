using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Client;
using Cocoon.Client.Local;
using Cocoon.Client.Recounts;
using Cocoon.Host.Gateway;
using Cocoon.Host.Nodes;
using Cocoon.Protocol.Money;
using Cocoon.Tests.Gateway;
using Cocoon.Tests.Inference.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Tests.Client;

/// <summary>A client with the model's tokenizer counts again what it is billed.</summary>
public sealed class RecountTests(DemoEngine demo) : IClassFixture<DemoEngine>
{
    private const string Body = """{"model": "demo", "messages": [{"role": "user", "content": "The message could not be sent."}], "temperature": 0}""";
    private static readonly Dictionary<string, string> Files = new(StringComparer.Ordinal) { ["demo"] = DemoEngine.ModelPath };

    [Theory]
    [InlineData(Body, false)]
    [InlineData(Body, true)]
    [InlineData("""{"model": "demo", "n": 2, "seed": 3, "stream": true, "messages": [{"role": "user", "content": "Open a new window."}]}""", true)]
    public async Task An_honest_engine_bills_what_is_counted_here(string body, bool stream)
    {
        JobResult result = await RunAsync(demo.Engine, body, stream);
        UsageRecount recount = Assert.IsType<UsageRecount>(result.Recount);
        Assert.False(recount.IsExceeded);
        Assert.Equal(Sum(result, UsageClass.Prompt, UsageClass.Cached), recount.Prompt);
        Assert.InRange(recount.Completion!.Value, Sum(result, UsageClass.Completion, UsageClass.Reasoning) - 2, Sum(result, UsageClass.Completion, UsageClass.Reasoning) + 2);
    }

    [Theory]
    [InlineData(UsageClass.Prompt)]
    [InlineData(UsageClass.Completion)]
    public async Task A_worker_that_adds_tokens_is_found_out(UsageClass added)
    {
        JobResult result = await RunAsync(new GreedyEngine(demo.Engine, added), Body, stream: true);
        Assert.True(result.Recount!.IsExceeded);
    }

    [Fact]
    public async Task The_prompt_of_a_plain_completion_is_counted_too()
    {
        JobResult result = await RunAsync(
            demo.Engine, """{"model": "demo", "prompt": "Open a new window."}""", stream: false, JobEndpoint.Completions);
        Assert.Equal(Sum(result, UsageClass.Prompt, UsageClass.Cached), result.Recount!.Prompt);
    }

    [Fact]
    public void Calls_of_tools_are_not_counted()
    {
        AnswerTexts texts = new();
        texts.Add(Encoding.UTF8.GetBytes("""{"choices":[{"index":0,"delta":{"content":"so"}}]}"""));
        texts.Add(Encoding.UTF8.GetBytes("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0}]}}]}"""));
        Assert.Null(texts.Count(new Letters()));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("""{"choices":[7]}""")]
    public void What_is_no_answer_is_not_counted(string payload)
    {
        AnswerTexts texts = new();
        texts.Add(Encoding.UTF8.GetBytes(payload));
        Assert.Null(texts.Count(new Letters()));
    }

    [Fact]
    public async Task The_gateway_shows_it_and_counts_those_above()
    {
        using TokenizerFiles files = TokenizerFiles.Open(Files);
        await using IJobClient client = files.Recounting(new LocalJobClient(new GreedyEngine(demo.Engine, UsageClass.Completion), new LocalJobClientOptions()));
        await using GatewayServer server = await GatewayServer.StartAsync(GatewayFixture.Options, GatewayFixture.Network, client, TimeProvider.System, NullLoggerFactory.Instance);
        using HttpClient http = new() { BaseAddress = server.Url };
        using HttpResponseMessage response = await http.PostAsync("/v1/chat/completions", new StringContent(Body, Encoding.UTF8, "application/json"));
        JsonElement recount = (await GatewayFixture.ReadAsync(response)).GetProperty("cocoon").GetProperty("recount");
        Assert.True(recount.GetProperty("exceeded").GetBoolean());
        Assert.True(recount.GetProperty("completion_tokens").GetInt64() > 5);
        Assert.Equal(1, server.Counters.Exceeded);
    }

    [Fact]
    public void A_file_that_is_no_model_is_named()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "GGU");
            IOException fault = Assert.Throws<IOException>(() => TokenizerFiles.Open(new Dictionary<string, string> { ["m"] = path }));
            Assert.StartsWith("client.models.m.tokenizer-file: ", fault.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<JobResult> RunAsync(IInferenceEngine engine, string body, bool stream, JobEndpoint endpoint = JobEndpoint.ChatCompletions)
    {
        using TokenizerFiles files = TokenizerFiles.Open(Files);
        await using IJobClient client = files.Recounting(new LocalJobClient(engine, new LocalJobClientOptions()));
        await using IJob job = await client.SubmitAsync(new JobRequest
        {
            Model = "demo",
            Body = Encoding.UTF8.GetBytes(body),
            Stream = stream,
            Endpoint = endpoint,
            MaxOutputTokens = 64,
        });
        await foreach (JobChunk chunk in job.ReadAsync())
            _ = chunk;
        return await job.Result;
    }

    private static long Sum(JobResult result, UsageClass first, UsageClass second) =>
        result.Usage.Where(amount => amount.Class == first || amount.Class == second).Sum(amount => amount.Amount);

    private sealed class Letters : ITokenCounter
    {
        public long? CountPrompt(JobRequest request) => null;

        public long CountText(string text) => text.Length;
    }

    /// <summary>Reports 40 tokens more than there were.</summary>
    private sealed class GreedyEngine(IInferenceEngine inner, UsageClass added) : IInferenceEngine
    {
        public ValueTask<EngineStatus> StatusAsync(CancellationToken cancellationToken) => inner.StatusAsync(cancellationToken);

        public async IAsyncEnumerable<EngineChunk> RunAsync(EngineJob job, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            bool isFirst = true;
            await foreach (EngineChunk chunk in inner.RunAsync(job, cancellationToken))
            {
                yield return isFirst ? chunk with { Usage = [.. chunk.Usage, new UsageAmount(added, 40)] } : chunk;
                isFirst = false;
            }
        }
    }
}
