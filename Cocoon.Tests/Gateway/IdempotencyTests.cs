using System.Net;
using Cocoon.Actors.Ports;
using Cocoon.Client.Local;
using Cocoon.Host.Configuration;
using Cocoon.Host.Gateway;
using Cocoon.Inference.TestEngine;

namespace Cocoon.Tests.Gateway;

public abstract class IdempotencyTests
{
    private protected abstract bool OverNetwork { get; }

    private static readonly (string, string) Key = ("Idempotency-Key", "one");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_repeated_request_is_answered_and_not_paid_again(bool stream)
    {
        await using GatewayFixture gateway = await StartAsync();
        string body = GatewayFixture.Hello[..^1] + $",\"stream\":{(stream ? "true" : "false")}}}";
        using HttpResponseMessage first = await gateway.PostAsync(body, headers: Key);
        long spent = (await gateway.Client.GetBalanceAsync()).Spent.Value;
        using HttpResponseMessage second = await gateway.PostAsync(body, headers: Key);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal(first.Content.Headers.ContentType, second.Content.Headers.ContentType);
        Assert.Equal(first.Headers.GetValues("x-cocoon-job-id"), second.Headers.GetValues("x-cocoon-job-id"));
        Assert.Equal(first.Headers.GetValues("x-request-id"), second.Headers.GetValues("x-request-id"));
        Assert.Equal("true", second.Headers.GetValues("x-cocoon-replayed").Single());
        Assert.Equal(spent, (await gateway.Client.GetBalanceAsync()).Spent.Value);
    }

    [Fact]
    public async Task The_same_key_for_another_request_is_refused()
    {
        await using GatewayFixture gateway = await StartAsync();
        using HttpResponseMessage first = await gateway.PostAsync(GatewayFixture.Hello, headers: Key);
        using HttpResponseMessage other = await gateway.PostAsync(GatewayFixture.Hello + " ", headers: Key);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        using HttpResponseMessage elsewhere = await gateway.PostAsync("""{"model":"cocoon-test","prompt":"x"}""", "/v1/completions", Key);
        Assert.Equal(HttpStatusCode.OK, elsewhere.StatusCode);
    }

    [Fact]
    public async Task Two_at_once_run_once()
    {
        DeterministicEngine engine = new(new TestEngineOptions { FirstTokenDelay = TimeSpan.FromMilliseconds(100) }, GatewayFixture.WaitAsync);
        await using GatewayFixture gateway = await StartAsync(engine);
        HttpResponseMessage[] both = await Task.WhenAll(gateway.PostAsync(GatewayFixture.Hello, headers: Key), gateway.PostAsync(GatewayFixture.Hello, headers: Key));
        Assert.Equal(await both[0].Content.ReadAsStringAsync(), await both[1].Content.ReadAsStringAsync());
        Assert.Equal(6 * 20 + 32 * 160, (await gateway.Client.GetBalanceAsync()).Spent.Value);
    }

    [Fact]
    public async Task A_failure_on_our_side_runs_again()
    {
        await using GatewayFixture gateway = await StartAsync(new DeterministicEngine(new TestEngineOptions { Fault = TestEngineFault.FailBeforeFirstChunk }));
        using HttpResponseMessage first = await gateway.PostAsync(GatewayFixture.Hello, headers: Key);
        using HttpResponseMessage second = await gateway.PostAsync(GatewayFixture.Hello, headers: Key);
        Assert.Equal(HttpStatusCode.BadGateway, second.StatusCode);
        Assert.NotEqual(first.Headers.GetValues("x-cocoon-job-id"), second.Headers.GetValues("x-cocoon-job-id"));
    }

    [Fact]
    public async Task What_is_kept_is_bounded_in_time_number_and_memory()
    {
        ManualTime time = new();
        GatewayOptions options = GatewayFixture.Options with { IdempotencyMaxAnswers = 3, IdempotencyMaxBytes = 100, IdempotencyWindow = TimeSpan.FromMinutes(1) };
        IdempotencyStore store = new(options, time);
        for (int i = 0; i < 4; i++)
            await KeepAsync(store, $"{i}", 10);
        Assert.Null(await store.ClaimAsync("0", [], default));
        store.Finish("0", null);
        Assert.NotNull(await store.ClaimAsync("3", [], default));
        await KeepAsync(store, "big", 90);
        Assert.NotNull(await store.ClaimAsync("big", [], default));
        Assert.Null(await store.ClaimAsync("2", [], default));
        time.Now += TimeSpan.FromMinutes(2).Ticks;
        Assert.Null(await store.ClaimAsync("big", [], default));
    }

    private static async Task KeepAsync(IdempotencyStore store, string name, int length)
    {
        Assert.Null(await store.ClaimAsync(name, [], default));
        store.Finish(name, new KeptAnswer(200, "text/plain", [], new byte[length]));
    }

    private sealed class ManualTime : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }

    private Task<GatewayFixture> StartAsync(IInferenceEngine? engine = null, GatewayOptions? options = null, LocalJobClientOptions? client = null)
        => GatewayFixture.StartAsync(OverNetwork, engine, options, client);
}

public class LocalIdempotencyTests : IdempotencyTests
{
    private protected override bool OverNetwork => false;
}

public class NetworkIdempotencyTests : IdempotencyTests
{
    private protected override bool OverNetwork => true;
}
