using Cocoon.Client;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;

namespace Cocoon.Tests.Network;

/// <summary>What a client finds when it comes back for a job over real TLS: the four answers of Resume, and what they cost.</summary>
public class JobResumeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_reconnect_the_answer_goes_on_with_the_next_chunk()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        ReadJob job = network.Submit();
        (TestWorker worker, EngineRun run) = await network.NextRunAsync();
        run.Say("a").Say("b");
        await job.HasAsync("ab");
        for (int cut = 0; cut < 3; cut++)
        {
            network.Relay.Kill();
            run.Say($"{cut}");
            await job.HasAsync("ab012"[..(cut + 3)]);
        }

        run.Say("z").Finish();
        JobResult result = await job.Result;
        Assert.Equal("ab012z", job.Text);
        Assert.True(result.Receipt!.Verified);
        Assert.Equal((worker.Name, JobNetwork.Price(6)), (result.Worker, result.Cost));
        Assert.Equal(JobNetwork.Funds - result.Cost, (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_job_that_ended_while_its_client_was_away_is_complete_if_nothing_but_the_end_was_missed()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        ReadJob job = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("all of it", finish: "stop");
        await job.HasAsync("all of it");
        network.Relay.Blocked = true;
        network.Relay.Kill();
        run.Finish(lastChunk: false);
        await JobNetwork.UntilAsync(async () => await network.Proxy.CountJobsAsync() == 0);
        network.Relay.Blocked = false;

        JobResult result = await job.Result;
        Assert.True(result.Receipt!.Verified);
        Assert.Equal((JobNetwork.Price(1), "stop"), (result.Cost, result.Finish));
        await network.AtRestAsync();
    }

    [Fact]
    public async Task A_client_that_comes_back_too_late_has_paid_what_went_out_to_it()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(
            new JobNetworkOptions { Jobs = settings => settings with { ResumeGrace = TimeSpan.FromMilliseconds(300) } });
        ReadJob job = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("heard");
        await job.HasAsync("heard");
        network.Relay.Blocked = true;
        network.Relay.Kill();
        // Until the proxy knows, it sends.
        await JobNetwork.UntilAsync(async () => (await network.Proxy.SurveyAsync()).ClientLinks == 0);
        run.Say("unheard");
        await run.Cancelled;
        network.Relay.Blocked = false;

        JobException failure = await job.FailureAsync();
        Assert.Equal((JobFailure.Interrupted, JobNetwork.Price(1)), (failure.Failure, failure.Cost));
        Assert.True(failure.Receipt!.Verified);
        Assert.Equal(JobNetwork.Funds - failure.Cost, (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_job_that_a_dead_proxy_had_not_begun_to_answer_is_sent_again_by_itself()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        ReadJob job = network.Submit();
        (_, EngineRun lost) = await network.NextRunAsync();
        await network.RestartProxyAsync();
        await lost.Cancelled;

        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("again").Finish();
        JobResult result = await job.Result;
        Assert.Equal("again", job.Text);
        Assert.EndsWith("/1", result.JobId, StringComparison.Ordinal);
        Assert.Equal(JobNetwork.Funds - JobNetwork.Price(1), (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_job_that_died_with_its_proxy_is_interrupted_and_costs_what_was_settled_before()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(
            new JobNetworkOptions { Jobs = settings => settings with { InstalmentPeriod = TimeSpan.FromMilliseconds(200) } });
        ReadJob job = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("a").Say("b");
        await job.HasAsync("ab");
        await JobNetwork.UntilAsync(async () => (await network.Client.GetBalanceAsync(Stop)).Spent > NanoTon.Zero);
        await network.RestartProxyAsync();

        JobException failure = await job.FailureAsync();
        Assert.Equal((JobFailure.Interrupted, JobNetwork.Price(2)), (failure.Failure, failure.Cost));
        Assert.True(failure.Receipt!.Verified);
        Assert.Equal(JobState.Interrupted, (await network.Client.LookUpAsync(failure.JobId!, Stop)).State);
        Assert.Equal(JobNetwork.Funds - failure.Cost, (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_job_that_died_before_its_first_instalment_cost_nothing()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        ReadJob job = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("a");
        await job.HasAsync("a");
        Assert.Equal(JobState.Running, (await network.Client.LookUpAsync(job.Job!.Id, Stop)).State);
        await network.RestartProxyAsync();

        JobException failure = await job.FailureAsync();
        Assert.Equal((JobFailure.Interrupted, NanoTon.Zero), (failure.Failure, failure.Cost));
        Assert.Equal(JobState.Unknown, (await network.Client.LookUpAsync(failure.JobId!, Stop)).State);
        Assert.Equal(JobNetwork.Funds, (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task Chunks_that_were_not_sent_cannot_be_skipped_so_that_the_rest_is_free()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        ReadJob job = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("a");
        await job.HasAsync("a");
        network.Relay.Blocked = true;
        network.Relay.Kill();
        await JobNetwork.UntilAsync(async () => (await network.Proxy.SurveyAsync()).ClientLinks == 0);
        run.Say("b").Say("c").Say("d");

        StreamEar other = await StreamEar.ResumeAsync(network.ConnectAgain(), job.Job!.Id, 4, run: 0);
        Assert.IsType<ResumeAnswer>(await other.Heard);
        network.Relay.Blocked = false;
        run.Say("e").Finish();
        JobResult result = await job.Result;
        Assert.Equal(("abcde", JobNetwork.Price(5)), (job.Text, result.Cost));
        Assert.Equal(JobNetwork.Funds - result.Cost, (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task Chunks_of_another_run_of_the_job_are_not_gone_on_with()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        ReadJob job = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("a").Say("b");
        await job.HasAsync("ab");

        StreamEar other = await StreamEar.ResumeAsync(network.ConnectAgain(), job.Job!.Id, 1, run: 77);
        Assert.IsType<Moved>(await other.Heard);
        JobException failure = await job.FailureAsync();
        Assert.Equal((JobFailure.Cancelled, JobNetwork.Price(2)), (failure.Failure, failure.Cost));
        Assert.Equal(JobNetwork.Funds - failure.Cost, (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_client_that_missed_more_than_is_held_hears_what_it_paid()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(
            new JobNetworkOptions { Jobs = settings => settings with { ChunkWindowBytes = 1 } });
        ReadJob job = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("a").Say("b");
        await job.HasAsync("ab");

        StreamEar other = await StreamEar.ResumeAsync(network.ConnectAgain(), job.Job!.Id, 0, run: 0);
        JobError error = Assert.IsType<JobError>(await other.Heard);
        Assert.Equal((JobErrorCode.Interrupted, JobNetwork.Price(2).Value), (error.Code, error.CostNanoTon));
        Assert.NotNull(error.Receipt);
    }

    [Fact]
    public async Task A_job_that_a_draining_node_refused_runs_as_soon_as_the_next_one_is_there()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        ReadJob first = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("a");
        await first.HasAsync("a");
        network.Proxy.Node.Drain();
        ReadJob second = network.Submit();
        await JobNetwork.UntilAsync(() => Task.FromResult(network.Client.Ready is null));
        run.Say("b").Finish();
        await first.Result;
        await network.RestartProxyAsync();

        (_, EngineRun next) = await network.NextRunAsync();
        next.Say("c").Finish();
        Assert.Equal(JobNetwork.Price(1), (await second.Result).Cost);
        Assert.Equal(JobNetwork.Funds - JobNetwork.Price(2) - JobNetwork.Price(1), (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_job_longer_than_a_stopping_proxys_patience_ends_settled_and_one_not_begun_runs_on_the_next()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        ReadJob begun = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("a").Say("b");
        await begun.HasAsync("ab");
        ReadJob waiting = network.Submit();
        (_, EngineRun silent) = await network.NextRunAsync();
        await network.Proxy.DrainAsync(TimeSpan.FromMilliseconds(100));
        await Task.WhenAll(run.Cancelled, silent.Cancelled);

        JobException failure = await begun.FailureAsync();
        Assert.Equal((JobFailure.Interrupted, JobNetwork.Price(2)), (failure.Failure, failure.Cost));
        Assert.True(failure.Receipt!.Verified);
        await network.RestartProxyAsync();
        (_, EngineRun again) = await network.NextRunAsync();
        again.Say("c").Finish();
        Assert.Equal(JobNetwork.Price(1), (await waiting.Result).Cost);
        Assert.Equal(JobNetwork.Funds - JobNetwork.Price(2) - JobNetwork.Price(1), (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_request_cut_off_halfway_is_sent_again()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(new JobNetworkOptions { Slots = 1 });
        ReadJob first = network.Submit();
        (_, EngineRun busy) = await network.NextRunAsync();
        // Longer than the credit of a stream that nobody reads: a part of it cannot have been sent.
        string text = new('x', 2 << 20);
        ReadJob job = network.Submit(text);
        await JobNetwork.UntilAsync(async () => job.Failed || (await network.FleetAsync()).Models.Any(model => model.Waiting > 0));
        if (job.Failed)
            await job.Result;
        network.Relay.Kill();
        busy.Say("1");
        await first.HasAsync("1");
        busy.Finish();
        await first.Result;

        (_, EngineRun run) = await network.NextRunAsync();
        while (!run.Request.Contains(text, StringComparison.Ordinal))
            (_, run) = await network.NextRunAsync();
        run.Say("2").Finish();
        await job.Result;
        await network.AtRestAsync();
    }
}
