using System.Net;
using System.Text;
using System.Text.Json;
using Cocoon.Actors.Proxy;
using Cocoon.Client;
using Cocoon.Host.Gateway;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Network;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Tests.Gateway;

/// <summary>What a proxy refuses, as an app sees it through a gateway over real TLS: OpenAI's shape, and when to come back.</summary>
public sealed class ProxyRefusalTests
{
    private const string Answer =
        """{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]}""";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_longer_than_the_operator_takes_is_a_413()
    {
        await using JobNetwork network = await StartAsync(settings => settings with { RequestBytesMax = 4096 });
        await using GatewayServer gateway = await GatewayOf(network);
        using HttpClient http = new() { BaseAddress = gateway.Url };
        using HttpResponseMessage refused = await PostAsync(http, new string('x', 5000));
        JsonElement error = await ErrorAsync(refused, HttpStatusCode.RequestEntityTooLarge);
        Assert.Equal(("invalid_request_error", "request_too_large"), (error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
        Assert.Contains("4096 bytes", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Null(refused.Headers.RetryAfter);
        await AssertAnswersAsync(network, http);
    }

    [Fact]
    public async Task More_jobs_at_once_than_an_account_may_have_are_a_429()
    {
        await using JobNetwork network = await StartAsync(settings => settings with { JobsPerAccountMax = 1 });
        await using GatewayServer gateway = await GatewayOf(network);
        using HttpClient http = new() { BaseAddress = gateway.Url };
        Task<HttpResponseMessage> first = PostAsync(http, "Hello");
        (_, EngineRun run) = await network.NextRunAsync();
        using HttpResponseMessage refused = await PostAsync(http, "Hello");
        await AssertLimitedAsync(refused, "1 jobs running");

        run.Say(Answer).Finish();
        using HttpResponseMessage done = await first;
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        await AssertAnswersAsync(network, http);
    }

    [Fact]
    public async Task A_key_used_more_often_in_a_minute_than_it_may_be_is_a_429_that_says_when_the_minute_is_over()
    {
        await using JobNetwork network = await StartAsync(static settings => settings);
        await network.Client.SetPurseAsync(
            new PurseTerms { Id = PurseTerms.IdOf("cocoon-key"), Budget = new NanoTon(NanoTon.PerTon), JobsPerMinute = 1 }, Stop);
        await using GatewayServer gateway = await GatewayOf(network);
        using HttpClient http = new() { BaseAddress = gateway.Url };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer cocoon-key");
        await AssertAnswersAsync(network, http);
        using HttpResponseMessage refused = await PostAsync(http, "Hello");
        await AssertLimitedAsync(refused, "1 jobs a minute");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task What_was_refused_is_counted_by_reason_at_the_proxy_and_at_the_gateway()
    {
        await using JobNetwork network = await StartAsync(static settings => settings);
        await using GatewayServer gateway = await GatewayOf(network);
        using HttpClient http = new() { BaseAddress = gateway.Url };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer cocoon-none");
        for (int i = 0; i < 2; i++)
            await ErrorAsync(await PostAsync(http, "Hello"), HttpStatusCode.Unauthorized);
        await network.Client.SetPurseAsync(new PurseTerms { Id = PurseTerms.IdOf("cocoon-poor"), Budget = new NanoTon(1) }, Stop);
        http.DefaultRequestHeaders.Remove("Authorization");
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer cocoon-poor");
        await ErrorAsync(await PostAsync(http, "Hello"), HttpStatusCode.PaymentRequired);

        NetworkSurvey survey = await network.Proxy.SurveyAsync();
        Assert.Equal(new() { [JobErrorCode.Purse] = 2, [JobErrorCode.PurseBudget] = 1 }, new Dictionary<JobErrorCode, long>(survey.Refused));
        Assert.Equal(new() { ["invalid_api_key"] = 2, ["key_budget_reached"] = 1 }, new Dictionary<string, long>(gateway.Counters.Failed));
    }

    private static Task<JobNetwork> StartAsync(Func<ProxySettings, ProxySettings> jobs) => JobNetwork.StartAsync(new JobNetworkOptions { Jobs = jobs });

    private static async Task<GatewayServer> GatewayOf(JobNetwork network)
        => await GatewayServer.StartAsync(GatewayFixture.Options, JobNetwork.Name, network.Client, TimeProvider.System, NullLoggerFactory.Instance);

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, string text)
    {
        string body = JsonSerializer.Serialize(new { model = JobNetwork.Model, max_tokens = 100, messages = new[] { new { role = "user", content = text } } });
        return http.PostAsync("/v1/chat/completions", new StringContent(body, Encoding.UTF8, "application/json"), Stop);
    }

    private static async Task AssertLimitedAsync(HttpResponseMessage refused, string why)
    {
        JsonElement error = await ErrorAsync(refused, HttpStatusCode.TooManyRequests);
        Assert.Equal(("rate_limit_error", "rate_limit_exceeded"), (error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
        Assert.Contains(why, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    private static async Task<JsonElement> ErrorAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        string text = await response.Content.ReadAsStringAsync(Stop);
        Assert.True(response.StatusCode == expected, $"{response.StatusCode}: {text}");
        JsonElement error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        Assert.Equal(JsonValueKind.Null, error.GetProperty("param").ValueKind);
        return error;
    }

    /// <summary>The refusal took nothing away: the next request is answered.</summary>
    private static async Task AssertAnswersAsync(JobNetwork network, HttpClient http)
    {
        Task<HttpResponseMessage> asked = PostAsync(http, "Hello");
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say(Answer).Finish();
        using HttpResponseMessage answered = await asked;
        Assert.True(answered.IsSuccessStatusCode, await answered.Content.ReadAsStringAsync(Stop));
    }
}
