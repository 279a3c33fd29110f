using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Chain.Toncenter;
using Microsoft.AspNetCore.Http;

namespace Cocoon.Tests.Ton.Chain;

public sealed class ToncenterResilienceTests
{
    private const string Seqno = """{"last":{"seqno":5}}""";

    [Theory]
    [InlineData(429, """{"ok":false,"result":"Ratelimit exceed","code":429}""", "application/json")]
    [InlineData(429, """{"ok":false,"error":"Ratelimit exceeded","code":429}""", "application/json")]
    [InlineData(429, "<html>slow down</html>", "text/html")]
    [InlineData(200, """{"ok":false,"error":"Ratelimit exceeded","code":429}""", "application/json")]
    [InlineData(500, """{"ok":false,"error":"LITE_SERVER_NOTREADY: no blocks","code":500}""", "application/json")]
    [InlineData(503, "Service Unavailable", "text/plain")]
    [InlineData(504, """{"ok":false,"error":"liteserver timeout","code":504}""", "application/json")]
    [InlineData(200, "<html><body>Welcome</body></html>", "text/html")]
    [InlineData(200, "", "application/json")]
    [InlineData(200, "[1,2]", "application/json")]
    [InlineData(200, """{"ok":true}""", "application/json")]
    [InlineData(200, """{"ok":true,"result":{"last":{}}}""", "application/json")]
    [InlineData(200, """{"ok":true,"result":"text"}""", "application/json")]
    [InlineData(302, "moved", "text/plain")]
    [InlineData(401, """{"ok":false,"error":"API key does not exist","code":401}""", "application/json")]
    public async Task ATroubleIsTriedAgainAfterAPause(int status, string body, string type)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            ScriptedServer.Raw(status, body, type), ScriptedServer.Raw(status, body, type), ScriptedServer.Result(Seqno));
        LeapingTime time = new(TimeSpan.FromSeconds(9));
        using ToncenterClient client = ToncenterClientTests.Open([new ToncenterEndpoint(server.Uri) { RequestsPerSecond = 1_000 }], time);
        Assert.Equal(5U, await client.GetMasterchainSeqnoAsync());
        Assert.Equal(3, server.Requests.Count);

        // 250 ms and 500 ms, each between half and all of it.
        Assert.Equal(2, time.Waits.Count(wait => wait > TimeSpan.FromMilliseconds(100)));
        Assert.Contains(time.Waits, wait => wait.TotalMilliseconds is > 100 and <= 250);
        Assert.Contains(time.Waits, wait => wait.TotalMilliseconds is >= 250 and <= 500);
        Assert.True(client.State.IsReachable);
    }

    [Fact]
    public async Task AnotherEndpointAnswersAtOnceWhenOneIsInTrouble()
    {
        await using ScriptedServer broken = await ScriptedServer.StartAsync(ScriptedServer.Raw(500, "<html>"));
        await using ScriptedServer sound = await ScriptedServer.StartAsync(ScriptedServer.Result(Seqno));
        LeapingTime time = new(TimeSpan.FromSeconds(9));
        using ToncenterClient client = ToncenterClientTests.Open(
            [new ToncenterEndpoint(broken.Uri) { RequestsPerSecond = 1_000 }, new ToncenterEndpoint(sound.Uri) { RequestsPerSecond = 1_000 }], time);
        for (int call = 0; call < 5; call++)
            Assert.Equal(5U, await client.GetMasterchainSeqnoAsync());
        Assert.Single(broken.Requests);
        Assert.Equal(5, sound.Requests.Count);
        EndpointState state = client.State.Endpoints[0];
        Assert.Equal(1, state.ConsecutiveFailures);
        Assert.NotNull(state.RestsUntil);
        Assert.DoesNotContain("/api", state.Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AChainOutOfReachIsVisibleUntilItIsBack()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            ScriptedServer.Raw(500, "x"), ScriptedServer.Raw(500, "x"), ScriptedServer.Result(Seqno));
        LeapingTime time = new(TimeSpan.FromSeconds(9));
        using ToncenterClient client = ToncenterClientTests.Open([new ToncenterEndpoint(server.Uri)], time, attemptsMax: 2);
        List<ChainState> changes = [];
        client.StateChanged += changes.Add;

        await Assert.ThrowsAsync<ChainUnavailableException>(() => client.GetMasterchainSeqnoAsync());
        Assert.False(client.State.IsReachable);
        Assert.Contains("not JSON", client.State.Problem, StringComparison.Ordinal);
        DateTimeOffset down = client.State.Since;
        await client.GetMasterchainSeqnoAsync();
        Assert.True(client.State.IsReachable);
        Assert.Null(client.State.Problem);
        Assert.True(client.State.Since > down);
        Assert.Equal([false, true], changes.ConvertAll(change => change.IsReachable));
    }

    [Fact]
    public async Task AServerMayAskForALongerPause()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            context =>
            {
                context.Response.Headers.RetryAfter = "5";
                context.Response.StatusCode = 429;
                return Task.CompletedTask;
            },
            ScriptedServer.Result(Seqno));
        LeapingTime time = new(TimeSpan.FromSeconds(9));
        using ToncenterClient client = ToncenterClientTests.Open([new ToncenterEndpoint(server.Uri)], time);
        await client.GetMasterchainSeqnoAsync();
        Assert.Contains(time.Waits, wait => wait.TotalSeconds is > 4.9 and <= 5);
    }

    [Fact]
    public async Task RequestsKeepToTheServersRate()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Result(Seqno));
        LeapingTime time = new(TimeSpan.FromSeconds(9));
        using ToncenterClient client = ToncenterClientTests.Open([new ToncenterEndpoint(server.Uri) { RequestsPerSecond = 2, Burst = 3 }], time);
        DateTimeOffset start = time.GetUtcNow();
        for (int call = 0; call < 13; call++)
            await client.GetMasterchainSeqnoAsync();

        // Three at once, ten more at two a second.
        Assert.Equal(5, (time.GetUtcNow() - start).TotalSeconds, precision: 1);
    }

    [Fact]
    public async Task ATooLongAnswerIsNotRead()
    {
        string large = new('x', 70_000);
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            ScriptedServer.Raw(200, large),
            async context =>
            {
                // Without a length the client must count for itself.
                context.Response.StatusCode = 200;
                for (int part = 0; part < 100; part++)
                {
                    await context.Response.WriteAsync(large[..1_000]);
                    await context.Response.Body.FlushAsync();
                }
            },
            ScriptedServer.Result(Seqno));
        using ToncenterClient client = ToncenterClientTests.Open(server);
        Assert.Equal(5U, await client.GetMasterchainSeqnoAsync());
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task ASilentServerIsGivenUpAfterTheTimeout()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            async context => await Task.Delay(Timeout.Infinite, context.RequestAborted), ScriptedServer.Result(Seqno));
        using ToncenterClient client = new(
            new ToncenterOptions
            {
                Endpoints = [new ToncenterEndpoint(server.Uri) { RequestsPerSecond = 1_000 }],
                RequestTimeout = TimeSpan.FromSeconds(1),
                BackoffFirst = TimeSpan.FromMilliseconds(1),
            });
        Assert.Equal(5U, await client.GetMasterchainSeqnoAsync());

        // More where the machine is so busy that the second answer takes as long.
        Assert.InRange(server.Requests.Count, 2, 5);
    }

    [Fact]
    public async Task ACallEndsAtItsDeadlineAndAtTheCallersWish()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            async context => await Task.Delay(Timeout.Infinite, context.RequestAborted));
        using ToncenterClient client = new(
            new ToncenterOptions { Endpoints = [new ToncenterEndpoint(server.Uri)], CallTimeout = TimeSpan.FromMilliseconds(100) });
        await Assert.ThrowsAsync<ChainUnavailableException>(() => client.GetMasterchainSeqnoAsync());
        using CancellationTokenSource wish = new();
        await wish.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetMasterchainSeqnoAsync(wish.Token));
    }

    [Fact]
    public async Task NobodyListeningIsTheSameAsNoAnswer()
    {
        using ToncenterClient client = ToncenterClientTests.Open(
            [new ToncenterEndpoint(new Uri("http://127.0.0.1:1/api/v2"))], new LeapingTime(TimeSpan.FromSeconds(9)), attemptsMax: 2);
        await Assert.ThrowsAsync<ChainUnavailableException>(() => client.SendAsync(Cell.Empty));
        Assert.False(client.State.IsReachable);
    }

    [Fact]
    public void KeysComeFromFilesAndStayThere()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "  abc123\n");
            ToncenterEndpoint endpoint = new(new Uri("https://example.org/api/v2"), ToncenterEndpoint.ReadKeyFile(path));
            Assert.DoesNotContain("abc123", endpoint.ToString(), StringComparison.Ordinal);
            Assert.EndsWith("/api/v2/", endpoint.BaseUri.AbsoluteUri, StringComparison.Ordinal);
            Assert.Equal(10, endpoint.RequestsPerSecond);
            foreach (string bad in (string[])["", "two words", new string('x', 300)])
            {
                File.WriteAllText(path, bad);
                Assert.Throws<InvalidDataException>(() => ToncenterEndpoint.ReadKeyFile(path));
            }
        }
        finally
        {
            File.Delete(path);
        }

        Assert.Throws<ArgumentException>(() => new ToncenterEndpoint(new Uri("http://example.org/api/v2"), "key"));
        Assert.Throws<ArgumentException>(() => new ToncenterEndpoint(new Uri("ftp://example.org")));
        Assert.Throws<ArgumentException>(() => new ToncenterClient(new ToncenterOptions { Endpoints = [] }));
        Assert.Throws<ArgumentException>(() => new ToncenterClient(new ToncenterOptions
        {
            Endpoints = [new ToncenterEndpoint(new Uri("http://localhost"))],
            RequestTimeout = TimeSpan.FromSeconds(11),
        }));
    }
}
