using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Client.Local;
using Cocoon.Host.Configuration;
using Cocoon.Inference.TestEngine;
using Cocoon.Protocol.Money;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Models;

namespace Cocoon.Tests.Gateway;

/// <summary>The official OpenAI library for .NET, unchanged, against the gateway.</summary>
public abstract class OpenAiDotNetTests
{
    private protected abstract bool OverNetwork { get; }

    [Fact]
    public async Task Chats()
    {
        await using GatewayFixture gateway = await StartAsync();
        ChatCompletion answer = await Chat(gateway).CompleteChatAsync(
            [new SystemChatMessage("Be brief."), new UserChatMessage("Hello there")], new ChatCompletionOptions { MaxOutputTokenCount = 5 });
        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal(5, answer.Content[0].Text.Split(' ').Length);
        Assert.Equal(5, answer.Usage.OutputTokenCount);
    }

    [Fact]
    public async Task Streams_with_usage_at_the_end()
    {
        await using GatewayFixture gateway = await StartAsync();
        ChatCompletion whole = await Chat(gateway).CompleteChatAsync("Hello there");
        string text = "";
        ChatTokenUsage? usage = null;
        ChatFinishReason? finish = null;
        await foreach (StreamingChatCompletionUpdate update in Chat(gateway).CompleteChatStreamingAsync("Hello there"))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
            finish = update.FinishReason ?? finish;
        }

        Assert.Equal(whole.Content[0].Text, text);
        Assert.Equal((6, 32), (usage!.InputTokenCount, usage.OutputTokenCount));
        Assert.Equal(ChatFinishReason.Stop, finish);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calls_tools(bool stream)
    {
        await using GatewayFixture gateway = await StartAsync();
        ChatCompletionOptions options = new()
        {
            Tools = { ChatTool.CreateFunctionTool("get_weather", "The weather", BinaryData.FromString("""{"type":"object","properties":{"place":{"type":"string"}}}""")) },
        };
        string name = "";
        string arguments = "";
        if (stream)
        {
            await foreach (StreamingChatCompletionUpdate update in Chat(gateway).CompleteChatStreamingAsync([new UserChatMessage("Rain?")], options))
            {
                foreach (StreamingChatToolCallUpdate call in update.ToolCallUpdates)
                {
                    name += call.FunctionName;
                    arguments += call.FunctionArgumentsUpdate;
                }
            }
        }
        else
        {
            ChatCompletion answer = await Chat(gateway).CompleteChatAsync([new UserChatMessage("Rain?")], options);
            Assert.Equal(ChatFinishReason.ToolCalls, answer.FinishReason);
            (name, arguments) = (answer.ToolCalls[0].FunctionName, answer.ToolCalls[0].FunctionArguments.ToString());
        }

        Assert.Equal("get_weather", name);
        Assert.Equal(JsonValueKind.String, JsonDocument.Parse(arguments).RootElement.GetProperty("place").ValueKind);
    }

    [Fact]
    public async Task Gets_structured_output()
    {
        await using GatewayFixture gateway = await StartAsync();
        ChatCompletion answer = await Chat(gateway).CompleteChatAsync(
            [new UserChatMessage("Which word?")],
            new ChatCompletionOptions
            {
                ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat(
                    "word", BinaryData.FromString("""{"type":"object","properties":{"answer":{"type":"string"}},"required":["answer"],"additionalProperties":false}""")),
            });
        Assert.Equal(JsonValueKind.String, JsonDocument.Parse(answer.Content[0].Text).RootElement.GetProperty("answer").ValueKind);
    }

    [Fact]
    public async Task Lists_models_and_embeds()
    {
        await using GatewayFixture gateway = await StartAsync();
        OpenAIClient client = Client(gateway, "any");
        OpenAIModelCollection models = await client.GetOpenAIModelClient().GetModelsAsync();
        Assert.Equal(GatewayFixture.Model, models.Single().Id);
        OpenAIEmbeddingCollection vectors = await client.GetEmbeddingClient(GatewayFixture.Model).GenerateEmbeddingsAsync(["one", "two"]);
        Assert.Equal((2, 16), (vectors.Count, vectors[0].ToFloats().Length));
        Assert.NotEqual(vectors[0].ToFloats().ToArray(), vectors[1].ToFloats().ToArray());
    }

    [Fact]
    public async Task Cancelling_a_stream_cancels_the_job()
    {
        DeterministicEngine engine = new(new TestEngineOptions { Fault = TestEngineFault.Stall });
        await using GatewayFixture gateway = await StartAsync(engine);
        using CancellationTokenSource cancel = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (StreamingChatCompletionUpdate update in Chat(gateway).CompleteChatStreamingAsync([new UserChatMessage("Hello")], cancellationToken: cancel.Token))
                await cancel.CancelAsync();
        });
        await GatewayTests.UntilAsync(() => engine.Running == 0);
    }

    [Fact]
    public async Task Errors_have_their_status_and_message()
    {
        LocalJobClientOptions purses = new() { Purses = new Dictionary<string, NanoTon> { ["cocoon-poor"] = new(1), ["cocoon-rich"] = new(NanoTon.PerTon) } };
        await using GatewayFixture gateway = await StartAsync(options: GatewayFixture.Options with { RequireKey = true }, client: purses);
        Assert.Equal(401, (await FailAsync(Chat(gateway, key: "wrong"))).Status);
        ClientResultException poor = await FailAsync(Chat(gateway, key: "cocoon-poor"));
        Assert.Equal(402, poor.Status);
        Assert.Contains("raise its budget", poor.Message, StringComparison.Ordinal);
        ClientResultException model = await FailAsync(Client(gateway, "cocoon-rich").GetChatClient("nobody"));
        Assert.Equal(404, model.Status);
        Assert.Contains("cocoon-test", model.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repeats_by_itself_what_may_succeed_later()
    {
        CountingEngine engine = new(new DeterministicEngine(new TestEngineOptions { Fault = TestEngineFault.FailBeforeFirstChunk }));
        await using GatewayFixture gateway = await StartAsync(engine);
        OpenAIClientOptions options = new() { Endpoint = new Uri(gateway.Server.Url, "/v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 1) };
        ChatClient chat = new(GatewayFixture.Model, new ApiKeyCredential("any"), options);
        Assert.Equal(502, (await FailAsync(chat)).Status);
        Assert.Equal(2, engine.Jobs);
    }

    [Fact]
    public async Task A_job_that_fails_in_the_middle_does_not_look_complete()
    {
        await using GatewayFixture gateway = await StartAsync(
            new DeterministicEngine(new TestEngineOptions { Fault = TestEngineFault.FailAfterFirstChunk }));
        ChatFinishReason? finish = null;
        Exception? error = await Record.ExceptionAsync(async () =>
        {
            await foreach (StreamingChatCompletionUpdate update in Chat(gateway).CompleteChatStreamingAsync("Hello there"))
                finish = update.FinishReason ?? finish;
        });
        Assert.NotNull(error);
        Assert.Null(finish);
    }

    private sealed class CountingEngine(IInferenceEngine inner) : IInferenceEngine
    {
        private int jobs;

        public int Jobs => Volatile.Read(ref jobs);

        public ValueTask<EngineStatus> StatusAsync(CancellationToken cancellationToken) => inner.StatusAsync(cancellationToken);

        public IAsyncEnumerable<EngineChunk> RunAsync(EngineJob job, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref jobs);
            return inner.RunAsync(job, cancellationToken);
        }
    }

    private static async Task<ClientResultException> FailAsync(ChatClient chat) =>
        await Assert.ThrowsAsync<ClientResultException>(() => chat.CompleteChatAsync("Hello"));

    private static ChatClient Chat(GatewayFixture gateway, string key = "any") => Client(gateway, key).GetChatClient(GatewayFixture.Model);

    private static OpenAIClient Client(GatewayFixture gateway, string key) => new(
        new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(gateway.Server.Url, "/v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) });

    private Task<GatewayFixture> StartAsync(IInferenceEngine? engine = null, GatewayOptions? options = null, LocalJobClientOptions? client = null)
        => GatewayFixture.StartAsync(OverNetwork, engine, options, client);
}

public class LocalOpenAiDotNetTests : OpenAiDotNetTests
{
    private protected override bool OverNetwork => false;
}

public class NetworkOpenAiDotNetTests : OpenAiDotNetTests
{
    private protected override bool OverNetwork => true;
}
