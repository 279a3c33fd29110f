using System.Net;
using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Client;
using Cocoon.Client.Local;
using Cocoon.Host.Configuration;
using Cocoon.Inference.Embedded;
using Cocoon.Inference.TestEngine;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Tests.Inference.Embedded;

namespace Cocoon.Tests.Gateway;

public abstract class GatewayTests
{
    private protected abstract bool OverNetwork { get; }

    [Fact]
    public async Task A_whole_answer_says_what_it_cost()
    {
        await using GatewayFixture gateway = await StartAsync();
        using HttpResponseMessage response = await gateway.PostAsync(GatewayFixture.Hello);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        JsonElement answer = await GatewayFixture.ReadAsync(response);
        // 6 prompt tokens at 20,000,000 and 32 completion tokens at 160,000,000 nanoTON per million.
        const long cost = 6 * 20 + 32 * 160;
        Assert.Equal(cost, answer.GetProperty("usage").GetProperty("cost_nano_ton").GetInt64());
        Assert.Equal(38, answer.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.Equal(cost, answer.GetProperty("cocoon").GetProperty("cost_nano_ton").GetInt64());
        Assert.Equal(cost.ToString(System.Globalization.CultureInfo.InvariantCulture), response.Headers.GetValues("x-cocoon-cost-nano-ton").Single());
        string job = response.Headers.GetValues("x-cocoon-job-id").Single();
        Assert.Equal(job, answer.GetProperty("cocoon").GetProperty("job").GetString());
        Assert.Equal(job, response.Headers.GetValues("x-request-id").Single());
        Assert.Equal("open", response.Headers.GetValues("x-cocoon-tier").Single());
        Assert.Equal(64, response.Headers.GetValues("x-cocoon-worker").Single().Length);
        BalanceInfo balance = await gateway.Client.GetBalanceAsync();
        Assert.Equal((0, cost), (balance.Reserved.Value, balance.Spent.Value));
        Assert.Equal(JobState.Settled, (await gateway.Client.LookUpAsync(job)).State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_ends_with_what_it_cost(bool asked)
    {
        await using GatewayFixture gateway = await StartAsync();
        string options = asked ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}" : ",\"stream\":true}";
        using HttpResponseMessage response = await gateway.PostAsync(GatewayFixture.Hello[..^1] + options);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        string[] events = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", events[^1]);
        Assert.Equal(32 + 1 + 1 + 1, events.Length);
        string last = events[^2];
        Assert.StartsWith(asked ? "data: {" : ": {", last, StringComparison.Ordinal);
        JsonElement cost = JsonDocument.Parse(last[last.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
        Assert.Equal(6 * 20 + 32 * 160, cost.GetProperty("cocoon").GetProperty("cost_nano_ton").GetInt64());
        Assert.Equal(asked, cost.TryGetProperty("usage", out _));
    }

    [Theory]
    [InlineData("", 400, "bad_request")]
    [InlineData("[1]", 400, "bad_request")]
    [InlineData("{\"messages\":[]}", 400, "bad_request")]
    [InlineData("{\"model\":\"cocoon-test\",\"max_tokens\":0}", 400, "bad_request")]
    [InlineData("{\"model\":\"cocoon-test\",\"n\":1000}", 400, "bad_request")]
    [InlineData("{\"model\":\"cocoon-test\",\"stream\":\"yes\"}", 400, "bad_request")]
    [InlineData("{\"model\":\"nobody\",\"messages\":[]}", 404, "model_not_found")]
    [InlineData("{\"model\":\"half a sign \\ud83d\",\"\\ude00\":1,\"messages\":[]}", 404, "model_not_found")]
    public async Task Wrong_requests_get_openais_error(string body, int status, string code)
    {
        await using GatewayFixture gateway = await StartAsync();
        using HttpResponseMessage response = await gateway.PostAsync(body);
        Assert.Equal(status, (int)response.StatusCode);
        JsonElement error = (await GatewayFixture.ReadAsync(response)).GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        string message = error.GetProperty("message").GetString()!;
        string? param = error.GetProperty("param").GetString();
        Assert.Equal(message.StartsWith('\''), param is not null);
        Assert.StartsWith(param is null ? "" : $"'{param}' ", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deep_or_huge_bodies_are_refused()
    {
        await using GatewayFixture gateway = await StartAsync(options: GatewayFixture.Options with { MaxRequestBytes = 10_000 });
        using HttpResponseMessage deep = await gateway.PostAsync("{\"model\":" + new string('[', 5000));
        Assert.Equal(400, (int)deep.StatusCode);
        using HttpResponseMessage huge = await gateway.PostAsync(new string(' ', 20_000));
        Assert.Equal(413, (int)huge.StatusCode);
        Assert.Equal("request_too_large", (await GatewayFixture.ReadAsync(huge)).GetProperty("error").GetProperty("code").GetString());
        using StringContent unknownLength = new(new string(' ', 20_000));
        using HttpRequestMessage chunked = new(HttpMethod.Post, "/v1/chat/completions") { Content = unknownLength };
        chunked.Headers.TransferEncodingChunked = true;
        using HttpResponseMessage still = await gateway.Http.SendAsync(chunked);
        Assert.Equal(413, (int)still.StatusCode);
    }

    [Fact]
    public async Task Other_paths_and_methods_get_openais_error_too()
    {
        await using GatewayFixture gateway = await StartAsync();
        using HttpResponseMessage missing = await gateway.Http.GetAsync("/v1/nothing");
        Assert.Equal("not_found", (await GatewayFixture.ReadAsync(missing)).GetProperty("error").GetProperty("code").GetString());
        using HttpResponseMessage method = await gateway.Http.GetAsync("/v1/chat/completions");
        Assert.Equal(405, (int)method.StatusCode);
        Assert.Equal("method_not_allowed", (await GatewayFixture.ReadAsync(method)).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(["POST"], method.Content.Headers.Allow);
        using HttpResponseMessage responses = await gateway.PostAsync("{}", "/v1/responses");
        Assert.Equal(404, (int)responses.StatusCode);
        Assert.Contains("/v1/chat/completions", (await GatewayFixture.ReadAsync(responses)).GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("ok", await gateway.Http.GetStringAsync("/health"));
        using HttpResponseMessage slash = await gateway.PostAsync(GatewayFixture.Hello, "/v1/chat/completions/");
        Assert.Equal(200, (int)slash.StatusCode);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/cocoon-test")]
    [InlineData("/v1/network")]
    public async Task What_can_be_read_can_be_asked_for_by_its_head(string path)
    {
        await using GatewayFixture gateway = await StartAsync();
        using HttpResponseMessage head = await gateway.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal(200, (int)head.StatusCode);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData(TestEngineFault.FailBeforeFirstChunk, true)]
    [InlineData(TestEngineFault.FailBeforeFirstChunk, false)]
    [InlineData(TestEngineFault.FailAfterFirstChunk, false)]
    public async Task A_job_that_fails_before_the_first_byte_is_an_http_error(TestEngineFault fault, bool stream)
    {
        await using GatewayFixture gateway = await StartAsync(new DeterministicEngine(new TestEngineOptions { Fault = fault }));
        using HttpResponseMessage response = await gateway.PostAsync(GatewayFixture.Hello[..^1] + $",\"stream\":{(stream ? "true" : "false")}}}");
        Assert.Equal(502, (int)response.StatusCode);
        JsonElement error = (await GatewayFixture.ReadAsync(response)).GetProperty("error");
        Assert.Equal(("worker_failed", "server_error"), (error.GetProperty("code").GetString(), error.GetProperty("type").GetString()));
        Assert.Equal(0, (await gateway.Client.GetBalanceAsync()).Spent.Value);
    }

    [Fact]
    public async Task A_job_that_fails_later_says_so_in_the_stream_and_what_was_delivered()
    {
        await using GatewayFixture gateway = await StartAsync(
            new DeterministicEngine(new TestEngineOptions { Fault = TestEngineFault.FailAfterFirstChunk }));
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(GatewayFixture.Hello[..^1] + ",\"stream\":true}") };
        using HttpResponseMessage response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(200, (int)response.StatusCode);
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync());
        string last = "";
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await reader.ReadLineAsync() is { } line)
                last = line.Length > 0 ? line : last;
        });
        JsonElement error = JsonDocument.Parse(last["data: ".Length..]).RootElement.GetProperty("error");
        Assert.Equal(16, error.GetProperty("delivered").GetProperty("completion").GetInt32());
        Assert.Equal(6 * 20 + 16 * 160, error.GetProperty("cost_nano_ton").GetInt64());
        Assert.Equal(6 * 20 + 16 * 160, (await gateway.Client.GetBalanceAsync()).Spent.Value);
    }

    [Fact]
    public async Task A_caller_who_leaves_cancels_the_job_and_pays_what_was_relayed()
    {
        DeterministicEngine engine = new(new TestEngineOptions { Fault = TestEngineFault.Stall });
        await using GatewayFixture gateway = await StartAsync(engine);
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(GatewayFixture.Hello[..^1] + ",\"stream\":true}"),
        };
        HttpResponseMessage response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Stream stream = await response.Content.ReadAsStreamAsync();
        Assert.True(await stream.ReadAsync(new byte[10]) > 0);
        Assert.Equal(1, engine.Running);
        response.Dispose();
        await UntilAsync(() => engine.Running == 0);
        Assert.Equal(6 * 20 + 16 * 160, await gateway.SpentAtRestAsync());
    }

    [Fact]
    public async Task A_silent_model_does_not_let_the_connection_die()
    {
        DeterministicEngine engine = new(new TestEngineOptions { FirstTokenDelay = TimeSpan.FromMilliseconds(300), AnswerTokens = 2 }, GatewayFixture.WaitAsync);
        await using GatewayFixture gateway = await StartAsync(
            engine, GatewayFixture.Options with { KeepAlive = TimeSpan.FromMilliseconds(50) });
        using HttpResponseMessage response = await gateway.PostAsync(GatewayFixture.Hello[..^1] + ",\"stream\":true}");
        string text = await response.Content.ReadAsStringAsync();
        Assert.StartsWith(": keep-alive\n\n", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Busy_workers_and_a_busy_gateway_say_when_to_come_back()
    {
        DeterministicEngine engine = new(new TestEngineOptions { Fault = TestEngineFault.Stall, MaxConcurrent = 1 });
        await using GatewayFixture gateway = await StartAsync(engine, GatewayFixture.Options with { MaxConcurrent = 2 });
        using CancellationTokenSource leave = new();
        Task<HttpResponseMessage> held = gateway.Http.PostAsync("/v1/chat/completions", new StringContent(GatewayFixture.Hello), leave.Token);
        await UntilAsync(() => engine.Running == 1);
        using HttpResponseMessage busy = await gateway.PostAsync(GatewayFixture.Hello);
        Assert.Equal(503, (int)busy.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), busy.Headers.RetryAfter!.Delta);
        Assert.Equal("no_worker", (await GatewayFixture.ReadAsync(busy)).GetProperty("error").GetProperty("code").GetString());
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
        await UntilAsync(() => engine.Running == 0);

        await using GatewayFixture full = await StartAsync(options: GatewayFixture.Options with { MaxConcurrent = 0 });
        using HttpResponseMessage over = await full.PostAsync(GatewayFixture.Hello);
        Assert.Equal("overloaded", (await GatewayFixture.ReadAsync(over)).GetProperty("error").GetProperty("code").GetString());
        Assert.NotNull(over.Headers.RetryAfter);
    }

    [Fact]
    public async Task Keys_have_budgets()
    {
        LocalJobClientOptions purses = new() { Purses = new Dictionary<string, NanoTon> { ["cocoon-a"] = new(3_000_000), ["cocoon-b"] = new(10) } };
        await using GatewayFixture gateway = await StartAsync(options: GatewayFixture.Options with { RequireKey = true }, client: purses);
        (string Key, int Status, string Code)[] cases =
            [("", 401, "invalid_api_key"), ("cocoon-x", 401, "invalid_api_key"), ("cocoon-b", 402, "key_budget_reached"), ("cocoon-a", 200, "")];
        foreach ((string key, int status, string code) in cases)
        {
            using HttpResponseMessage response = await gateway.PostAsync(GatewayFixture.Hello, headers: ("Authorization", $"Bearer {key}"));
            Assert.Equal(status, (int)response.StatusCode);
            if (status != 200)
                Assert.Equal(code, (await GatewayFixture.ReadAsync(response)).GetProperty("error").GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task Caps_and_tiers_are_asked_for_by_header()
    {
        await using GatewayFixture gateway = await StartAsync();
        using HttpResponseMessage cap = await gateway.PostAsync(GatewayFixture.Hello, headers: ("x-cocoon-price-cap", "completion=1000"));
        Assert.Equal(402, (int)cap.StatusCode);
        JsonElement error = (await GatewayFixture.ReadAsync(cap)).GetProperty("error");
        Assert.Equal("price_cap", error.GetProperty("code").GetString());
        Assert.Equal(160_000_000, error.GetProperty("would_run_at").GetProperty("completion").GetInt64());
        using HttpResponseMessage tier = await gateway.PostAsync(GatewayFixture.Hello, headers: ("x-cocoon-tier", "attested"));
        Assert.Equal("no_worker_of_tier", (await GatewayFixture.ReadAsync(tier)).GetProperty("error").GetProperty("code").GetString());
        foreach ((string, string) header in ((string, string)[])[("x-cocoon-tier", "secret"), ("x-cocoon-price-cap", "x"), ("x-cocoon-time-limit", "-1s"), ("x-cocoon-prefer", "?")])
        {
            using HttpResponseMessage wrong = await gateway.PostAsync(GatewayFixture.Hello, headers: header);
            Assert.Equal(400, (int)wrong.StatusCode);
        }
    }

    [Fact]
    public async Task Models_and_network_show_price_capacity_and_tier()
    {
        await using GatewayFixture gateway = await StartAsync();
        JsonElement model = (await gateway.GetAsync("/v1/models")).GetProperty("data")[0];
        Assert.Equal(GatewayFixture.Model, model.GetProperty("id").GetString());
        Assert.Equal(160_000_000, model.GetProperty("price_nano_ton_per_million").GetProperty("completion").GetInt64());
        Assert.Equal(64, model.GetProperty("capacity").GetProperty("slots").GetInt32());
        Assert.Equal("open", model.GetProperty("tiers")[0].GetString());
        Assert.Equal(GatewayFixture.Model, (await gateway.GetAsync("/v1/models/cocoon-test")).GetProperty("id").GetString());
        using HttpResponseMessage none = await gateway.Http.GetAsync("/v1/models/some/other");
        Assert.Equal(404, (int)none.StatusCode);
        JsonElement network = await gateway.GetAsync("/v1/network");
        Assert.Equal(
            (GatewayFixture.Network, NetworkId.Of(GatewayFixture.Network).ToString()),
            (network.GetProperty("network").GetString(), network.GetProperty("network_id").GetString()));
        Assert.Equal(1000 * NanoTon.PerTon, network.GetProperty("value_locked_nano_ton").GetInt64());
        Assert.Equal(1, network.GetProperty("tiers").GetProperty("open").GetProperty("workers").GetInt32());
    }

    [Fact]
    public async Task Only_listed_pages_may_call()
    {
        await using GatewayFixture gateway = await StartAsync(options: GatewayFixture.Options with { CorsOrigins = ["https://app.example"] });
        Assert.Equal("https://app.example", await AllowedAsync(gateway, "https://app.example"));
        Assert.Null(await AllowedAsync(gateway, "https://evil.example"));
        await using GatewayFixture closed = await StartAsync();
        Assert.Null(await AllowedAsync(closed, "https://app.example"));
    }

    [Fact]
    public async Task Completions_and_embeddings()
    {
        await using GatewayFixture gateway = await StartAsync();
        using HttpResponseMessage completion = await gateway.PostAsync("""{"model":"cocoon-test","prompt":"Once upon","max_tokens":3}""", "/v1/completions");
        JsonElement choice = (await GatewayFixture.ReadAsync(completion)).GetProperty("choices")[0];
        Assert.Equal(("length", 3), (choice.GetProperty("finish_reason").GetString(), choice.GetProperty("text").GetString()!.Split(' ').Length));
        using HttpResponseMessage numbers = await gateway.PostAsync("""{"model":"cocoon-test","input":["a","b"]}""", "/v1/embeddings");
        JsonElement plain = (await GatewayFixture.ReadAsync(numbers)).GetProperty("data");
        using HttpResponseMessage text = await gateway.PostAsync("""{"model":"cocoon-test","input":["a","b"],"encoding_format":"base64"}""", "/v1/embeddings");
        JsonElement coded = (await GatewayFixture.ReadAsync(text)).GetProperty("data");
        float[] values = [.. plain[1].GetProperty("embedding").EnumerateArray().Select(number => number.GetSingle())];
        Assert.Equal(values, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(coded[1].GetProperty("embedding").GetBytesFromBase64()).ToArray());
    }

    [Fact]
    public async Task Embeddings_need_no_money_for_an_answer()
    {
        await using GatewayFixture gateway = await StartAsync(client: new LocalJobClientOptions { Balance = new NanoTon(40_000) });
        using HttpResponseMessage response = await gateway.PostAsync("""{"model":"cocoon-test","input":["a","b"]}""", "/v1/embeddings");
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(2 * 20, await gateway.SpentAtRestAsync());
    }

    [Fact]
    public async Task Several_prompts_are_several_answers_to_pay_for()
    {
        LocalJobClientOptions poor = new() { Balance = new NanoTon(300_000), DefaultMaxOutputTokens = 1000 };
        await using GatewayFixture gateway = await StartAsync(client: poor);
        using HttpResponseMessage one = await gateway.PostAsync("""{"model":"cocoon-test","prompt":["a"]}""", "/v1/completions");
        Assert.Equal(200, (int)one.StatusCode);
        using HttpResponseMessage two = await gateway.PostAsync("""{"model":"cocoon-test","prompt":["a","b","c","d","e","f","g","h"]}""", "/v1/completions");
        Assert.Equal(402, (int)two.StatusCode);
        string many = string.Join(',', Enumerable.Repeat("\"a\"", 129));
        using HttpResponseMessage tooMany = await gateway.PostAsync($$"""{"model":"cocoon-test","prompt":[{{many}}]}""", "/v1/completions");
        Assert.Equal(400, (int)tooMany.StatusCode);
    }

    [Fact]
    public async Task A_long_list_of_short_texts_fits_a_short_context()
    {
        using EmbeddedEngine engine = EmbeddedEngine.Open(DemoEngine.ModelPath, new Cocoon.Inference.Serving.EngineOptions { Threads = 2 }, GatewayFixture.Model);
        await using GatewayFixture gateway = await StartAsync(engine);
        string sentence = string.Concat(Enumerable.Repeat("Open the file. ", 20));
        string list = JsonSerializer.Serialize(Enumerable.Repeat(sentence, 12));
        using HttpResponseMessage completed = await gateway.PostAsync($$"""{"model":"cocoon-test","prompt":{{list}},"max_tokens":1}""", "/v1/completions");
        JsonElement answer = await GatewayFixture.ReadAsync(completed);
        Assert.Equal(Enumerable.Range(0, 12), answer.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.Equal(12, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        using HttpResponseMessage embedded = await gateway.PostAsync($$"""{"model":"cocoon-test","input":{{list}}}""", "/v1/embeddings");
        Assert.Equal(12, (await GatewayFixture.ReadAsync(embedded)).GetProperty("data").GetArrayLength());

        using HttpResponseMessage tooLong = await gateway.PostAsync($$"""{"model":"cocoon-test","input":["a","{{string.Concat(Enumerable.Repeat(sentence, 12))}}"]}""", "/v1/embeddings");
        JsonElement error = (await GatewayFixture.ReadAsync(tooLong)).GetProperty("error");
        Assert.Equal("context_length_exceeded", error.GetProperty("code").GetString());
        Assert.Contains("at most 256 tokens", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_fields_reach_the_engine_as_they_came()
    {
        const string body = """{"model":"cocoon-test","messages":[],  "x_unknown":{"deep":[1,2.50]},"guided_json":null}""";
        EchoEngine engine = new();
        await using GatewayFixture gateway = await StartAsync(engine);
        using HttpResponseMessage response = await gateway.PostAsync(body);
        Assert.Equal(body, engine.Seen);
    }

    internal static Task UntilAsync(Func<bool> condition) => Waiting.UntilAsync(condition);

    private static async Task<string?> AllowedAsync(GatewayFixture gateway, string origin)
    {
        using HttpRequestMessage preflight = new(HttpMethod.Options, "/v1/chat/completions");
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        using HttpResponseMessage response = await gateway.Http.SendAsync(preflight);
        return response.Headers.TryGetValues("Access-Control-Allow-Origin", out IEnumerable<string>? allowed) ? allowed.Single() : null;
    }

    private sealed class EchoEngine : IInferenceEngine
    {
        public string Seen { get; private set; } = "";

        public ValueTask<EngineStatus> StatusAsync(CancellationToken cancellationToken) =>
            ValueTask.FromResult(new EngineStatus([new EngineModel(GatewayFixture.Model, 1000, 1, 0)], 0, 0));

        public async IAsyncEnumerable<EngineChunk> RunAsync(
            EngineJob job, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            Seen = System.Text.Encoding.UTF8.GetString(job.Body.Span);
            yield return new EngineChunk("{}"u8.ToArray(), [], "stop");
        }
    }

    private Task<GatewayFixture> StartAsync(IInferenceEngine? engine = null, GatewayOptions? options = null, LocalJobClientOptions? client = null)
        => GatewayFixture.StartAsync(OverNetwork, engine, options, client);
}

public class LocalGatewayTests : GatewayTests
{
    private protected override bool OverNetwork => false;
}

public class NetworkGatewayTests : GatewayTests
{
    private protected override bool OverNetwork => true;
}
