using System.ClientModel;
using System.Net;
using System.Text;
using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Host.Commands.Engine;
using Cocoon.Tests.Inference.Embedded;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;

namespace Cocoon.Tests.Host.Commands;

/// <summary><c>cocoon engine serve</c> with the demo model, asked by the official OpenAI client.</summary>
public sealed class EngineServerTests(DemoEngine demo) : IClassFixture<DemoEngine>
{
    [Fact]
    public async Task The_official_client_chats()
    {
        await using EngineServer server = await StartAsync();
        ChatClient client = Client(server).GetChatClient("demo");
        ChatCompletion answer = await client.CompleteChatAsync([new UserChatMessage("You have a new message.")], new ChatCompletionOptions { Temperature = 0 }, TestContext.Current.CancellationToken);
        Assert.Equal("Vous avez un nouveau message.", answer.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.True(answer.Usage.InputTokenCount > 10 && answer.Usage.OutputTokenCount > 3);
    }

    [Fact]
    public async Task The_official_client_streams()
    {
        await using EngineServer server = await StartAsync();
        StringBuilder text = new();
        ChatFinishReason? finish = null;
        int updates = 0;
        int outputTokens = 0;
        await foreach (StreamingChatCompletionUpdate update in Client(server).GetChatClient("demo").CompleteChatStreamingAsync(
            [new UserChatMessage("Save all changes before closing.")], new ChatCompletionOptions { Temperature = 0 }, TestContext.Current.CancellationToken))
        {
            updates++;
            text.Append(string.Concat(update.ContentUpdate.Select(part => part.Text)));
            finish = update.FinishReason ?? finish;
            outputTokens = update.Usage?.OutputTokenCount ?? outputTokens;
        }

        Assert.Equal("Enregistrer toutes les modifications avant de fermer.", text.ToString());
        Assert.Equal(ChatFinishReason.Stop, finish);
        Assert.True(updates > 5);
        Assert.True(outputTokens > 5);
    }

    [Fact]
    public async Task The_official_client_gets_structured_output()
    {
        await using EngineServer server = await StartAsync();
        ChatCompletionOptions options = new()
        {
            Temperature = 0.8f,
            ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("answer", BinaryData.FromString("""
                {"type": "object", "properties": {"ok": {"type": "boolean"}, "words": {"type": "array", "items": {"enum": ["un", "deux"]}, "minItems": 1, "maxItems": 3}}, "required": ["ok", "words"], "additionalProperties": false}
                """), jsonSchemaIsStrict: true),
        };
        ChatCompletion answer = await Client(server).GetChatClient("demo").CompleteChatAsync([new UserChatMessage("Count to two")], options, TestContext.Current.CancellationToken);
        using JsonDocument json = JsonDocument.Parse(answer.Content[0].Text);
        Assert.InRange(json.RootElement.GetProperty("words").GetArrayLength(), 1, 3);
        Assert.True(json.RootElement.GetProperty("ok").ValueKind is JsonValueKind.True or JsonValueKind.False);
    }

    [Fact]
    public async Task The_official_client_gets_embeddings_and_errors()
    {
        await using EngineServer server = await StartAsync();
        OpenAIEmbedding vector = await Client(server).GetEmbeddingClient("demo").GenerateEmbeddingAsync("Open the file.", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(192, vector.ToFloats().Length);

        ClientResultException unknown = await Assert.ThrowsAsync<ClientResultException>(() => Client(server).GetChatClient("gpt-9").CompleteChatAsync("x"));
        Assert.Equal(404, unknown.Status);
        Assert.Contains("model_not_found", unknown.Message, StringComparison.Ordinal);
        ClientResultException bad = await Assert.ThrowsAsync<ClientResultException>(() => Client(server).GetChatClient("demo").CompleteChatAsync(
            [new UserChatMessage("x")], new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("f") } }));
        Assert.Equal(400, bad.Status);
    }

    [Fact]
    public async Task A_client_that_hangs_up_frees_its_slot()
    {
        await using EngineServer server = await StartAsync();
        using HttpClient client = new() { BaseAddress = server.Address };
        using HttpRequestMessage request = new(HttpMethod.Post, "v1/chat/completions")
        {
            Content = new StringContent("""{"messages": [{"role": "user", "content": "Go on"}], "stream": true, "n": 4, "logit_bias": {"4095": -100, "4093": -100}, "max_tokens": 230}""", Encoding.UTF8, "application/json"),
        };
        using (HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken))
        {
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
            byte[] first = new byte[16];
            await response.Content.ReadAsStream(TestContext.Current.CancellationToken).ReadExactlyAsync(first, TestContext.Current.CancellationToken);
        }

        await Waiting.UntilAsync(async () => await RunningAsync() == 0);
    }

    [Theory]
    [InlineData("v1/chat/completions", "{\"messages\": 3}", 400)]
    [InlineData("v1/chat/completions", "{", 400)]
    [InlineData("v1/chat/completions", "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"max_tokens\": 0}", 400)]
    [InlineData("v1/chat/completions", "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"stream\": \"yes\"}", 400)]
    [InlineData("v1/chat/completions", "{\"model\": \"\\ud800\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}", 404)]
    [InlineData("v1/nothing", "{}", 404)]
    public async Task Errors_have_the_shape_of_openai(string path, string body, int status)
    {
        await using EngineServer server = await StartAsync();
        using HttpClient client = new() { BaseAddress = server.Address };
        using StringContent content = new(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)response.StatusCode);
        using JsonDocument error = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.NotEmpty(error.RootElement.GetProperty("error").GetProperty("message").GetString()!);
        Assert.Equal("invalid_request_error", error.RootElement.GetProperty("error").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Models_are_listed()
    {
        await using EngineServer server = await StartAsync();
        Assert.Equal("demo", (await Client(server).GetOpenAIModelClient().GetModelsAsync(TestContext.Current.CancellationToken)).Value.Single().Id);
    }

    private async Task<int> RunningAsync() => (await demo.Engine.StatusAsync(CancellationToken.None)) is EngineStatus status ? status.Running + status.Waiting : 0;

    private Task<EngineServer> StartAsync() => EngineServer.StartAsync(demo.Engine, new IPEndPoint(IPAddress.Loopback, 0), TestContext.Current.CancellationToken);

    private static OpenAIClient Client(EngineServer server) =>
        new(new ApiKeyCredential("unused"), new OpenAIClientOptions { Endpoint = new Uri(server.Address, "v1"), RetryPolicy = new System.ClientModel.Primitives.ClientRetryPolicy(0) });
}
