using Cocoon.Client;
using Cocoon.Client.Network;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Network;

/// <summary>Sessions that grow old, and clients whose clocks were wrong, over real TLS.</summary>
public class ClientClockTests
{
    private static readonly NanoTon Narrow = new(200_000);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_next_session_is_opened_in_time_and_jobs_of_the_old_one_go_on()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        ShiftedTime clock = new() { Offset = TimeSpan.FromDays(-4) };
        NetworkJobClient client = network.ConnectAgain(time: clock);
        ReadJob old = network.Submit(from: client);
        (_, EngineRun oldRun) = await network.NextRunAsync();
        oldRun.Say("before ");
        await old.HasAsync("before ");

        clock.Offset = TimeSpan.Zero;
        ReadJob next = network.Submit(from: client);
        (_, EngineRun nextRun) = await network.NextRunAsync();
        nextRun.Say("new").Finish();
        JobResult settled = await next.Result;
        oldRun.Say("after").Finish();
        JobResult result = await old.Result;

        Assert.Equal(("before after", "new"), (old.Text, next.Text));
        Assert.NotEqual(SessionOf(result), SessionOf(settled));
        Assert.EndsWith("/1", settled.JobId, StringComparison.Ordinal);
        Assert.True(result.Receipt!.Verified && settled.Receipt!.Verified);
        Assert.Equal(JobState.Settled, (await client.LookUpAsync(result.JobId, Stop)).State);
        Assert.Equal(JobNetwork.Funds - result.Cost - settled.Cost, (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_job_numbered_in_a_session_that_is_over_is_sent_in_a_new_one()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        ShiftedTime clock = new() { Offset = TimeSpan.FromDays(-8) };
        NetworkJobClient client = network.ConnectAgain(options => options with { SessionLifetime = TimeSpan.FromDays(30) }, clock);
        JobException refused = await network.Submit(from: client).FailureAsync();
        Assert.Equal((JobFailure.Session, NanoTon.Zero), (refused.Failure, refused.Cost));

        clock.Offset = TimeSpan.Zero;
        ReadJob job = network.Submit(from: client);
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("a").Finish();
        await job.Result;
        Assert.Equal("a", job.Text);
    }

    [Fact]
    public async Task Ceilings_of_a_clock_that_was_set_back_are_taken()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        await network.Client.GetBalanceAsync(Stop);
        ShiftedTime clock = new() { Offset = TimeSpan.FromHours(-1) };
        NetworkJobClient client = network.ConnectAgain(options => options with { CeilingHeadroom = Narrow }, clock);
        await UntilCeilingIsAsync(client, Narrow);
    }

    [Fact]
    public async Task A_refused_ceiling_is_signed_again_above_the_one_of_another_gateway()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        NetworkJobClient client = network.ConnectAgain(options => options with { CeilingHeadroom = Narrow });
        await UntilCeilingIsAsync(client, Narrow);
        NetworkJobClient ahead = network.ConnectAgain(time: new ShiftedTime { Offset = TimeSpan.FromHours(1) });
        await UntilCeilingIsAsync(ahead, new NanoTon(NanoTon.PerTon));

        ReadJob job = network.Submit(from: client);
        (_, EngineRun run) = await network.NextRunAsync();
        for (int i = 0; i < 700; i++)
            run.Say("a");
        run.Finish();
        JobResult result = await job.Result;
        await UntilCeilingIsAsync(client, result.Cost + Narrow);
    }

    private static Task UntilCeilingIsAsync(NetworkJobClient client, NanoTon expected)
        => JobNetwork.UntilAsync(async () => (await client.GetBalanceAsync(Stop)).Ceiling == expected);

    private static string SessionOf(JobResult result) => result.JobId.Split('/')[1];

    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
