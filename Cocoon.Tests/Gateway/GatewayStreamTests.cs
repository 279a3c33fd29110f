using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Gateway;

/// <summary>Streams of several choices and of plain completions, callers that read slowly, and headers that pages may see.</summary>
public class GatewayStreamTests
{
    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"cocoon-test","n":2,"max_tokens":3,"messages":[{"role":"user","content":"Hello there"}]}""")]
    [InlineData("/v1/completions", """{"model":"cocoon-test","prompt":"Hello there","n":2,"max_tokens":3}""")]
    [InlineData("/v1/completions", """{"model":"cocoon-test","prompt":["Hello there","Hello here"],"max_tokens":3}""")]
    [InlineData("/v1/completions", """{"model":"cocoon-test","prompt":[[1,2],[3]],"max_tokens":3}""")]
    public async Task Several_choices_are_several_answers_streamed_or_whole(string path, string body)
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(overNetwork: true);
        using HttpResponseMessage whole = await gateway.PostAsync(body, path);
        JsonElement answer = await GatewayFixture.ReadAsync(whole);
        Assert.Equal([0, 1], answer.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.Equal(6, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        long cost = answer.GetProperty("cocoon").GetProperty("cost_nano_ton").GetInt64();

        using HttpResponseMessage streamed = await gateway.PostAsync(body[..^1] + ""","stream":true,"stream_options":{"include_usage":true}}""", path);
        JsonElement[] events = [.. (await streamed.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line["data: ".Length..]).RootElement)];
        int[] seen = [.. events.SelectMany(one => one.GetProperty("choices").EnumerateArray()).Select(choice => choice.GetProperty("index").GetInt32()).Distinct().Order()];
        Assert.Equal([0, 1], seen);
        Assert.Equal(6, events[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Empty(events[^1].GetProperty("choices").EnumerateArray());
        Assert.Equal(cost, events[^1].GetProperty("cocoon").GetProperty("cost_nano_ton").GetInt64());
        Assert.Equal(2 * cost, await gateway.SpentAtRestAsync());
    }

    [Fact]
    public async Task An_answer_that_nobody_reads_does_not_gather_in_the_gateway()
    {
        FloodEngine engine = new();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(overNetwork: false, engine);
        using Socket caller = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8 << 10 };
        await caller.ConnectAsync("127.0.0.1", gateway.Server.Url.Port);
        string body = GatewayFixture.Hello[..^1] + ",\"stream\":true}";
        await caller.SendAsync(Encoding.UTF8.GetBytes($"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        await Waiting.UntilAsync(() => engine.Sent > 0);
        long before = -1;
        // It stands still once the buffers between are full, though the engine could go on for ever.
        await Waiting.UntilAsync(async () =>
        {
            long last = before;
            before = engine.Sent;
            await Task.Delay(300, TestContext.Current.CancellationToken);
            return engine.Sent == before && last == before;
        });
        Assert.InRange(engine.Sent, 1, 32L << 20);
        caller.Close(0);
        await Waiting.UntilAsync(() => engine.Ended);
    }

    [Fact]
    public async Task Pages_see_errors_and_the_headers_they_need()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(overNetwork: false, options: GatewayFixture.Options with { CorsOrigins = ["https://app.example"] });
        using HttpResponseMessage refused = await gateway.PostAsync("[]", headers: ("Origin", "https://app.example"));
        Assert.Equal(400, (int)refused.StatusCode);
        Assert.Equal("https://app.example", refused.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("x-cocoon-job-id", refused.Headers.GetValues("Access-Control-Expose-Headers").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_idempotency_key_is_refused()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(overNetwork: false);
        using HttpResponseMessage response = await gateway.PostAsync(GatewayFixture.Hello, headers: ("Idempotency-Key", new string('k', 256)));
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("bad_header", (await GatewayFixture.ReadAsync(response)).GetProperty("error").GetProperty("code").GetString());
    }

    /// <summary>Answers without end, as fast as it is let.</summary>
    private sealed class FloodEngine : IInferenceEngine
    {
        private static readonly byte[] Piece = Encoding.UTF8.GetBytes($$$"""{"choices":[{"index":0,"delta":{"content":"{{{new string('x', 1000)}}}"},"finish_reason":null}]}""");
        private long sent;
        private volatile bool ended;

        public long Sent => Interlocked.Read(ref sent);

        public bool Ended => ended;

        public ValueTask<EngineStatus> StatusAsync(CancellationToken cancellationToken) =>
            ValueTask.FromResult(new EngineStatus([new EngineModel(GatewayFixture.Model, 100_000, 1, 0)], 0, 0));

        public async IAsyncEnumerable<EngineChunk> RunAsync(EngineJob job, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            try
            {
                await Task.Yield();
                while (!cancellationToken.IsCancellationRequested)
                {
                    Interlocked.Add(ref sent, Piece.Length);
                    yield return new EngineChunk(Piece, [new UsageAmount(UsageClass.Completion, 1)], null);
                }
            }
            finally
            {
                ended = true;
            }
        }
    }
}
