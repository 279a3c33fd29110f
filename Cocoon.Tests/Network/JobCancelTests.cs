using System.Diagnostics;
using Cocoon.Client.Network;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Network;

/// <summary>Cancelling at every stage over real TLS: the engine stops, everything held is free, and only what went out is paid.</summary>
public class JobCancelTests
{
    [Fact]
    public async Task A_queued_job_leaves_the_queue()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(new JobNetworkOptions { Slots = 1 });
        ReadJob first = network.Submit();
        (TestWorker worker, EngineRun run) = await network.NextRunAsync();
        ReadJob queued = network.Submit();
        await JobNetwork.UntilAsync(async () => (await network.FleetAsync()).Models.Any(model => model.Waiting == 1));
        await queued.Cancellation.CancelAsync();
        await JobNetwork.UntilAsync(async () => (await network.FleetAsync()).Models.All(model => model.Waiting == 0));
        run.Say("a").Finish();
        await first.Result;
        Assert.Equal(JobNetwork.Funds - JobNetwork.Price(1), (await network.AtRestAsync()).Available);
        Assert.False(worker.Engine.TryNext(out _));
    }

    [Fact]
    public async Task A_job_that_waits_for_its_worker_to_come_back_is_let_go()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        await network.Workers[0].StopAsync();
        await network.WaitForWorkersAsync(0);
        ReadJob waiting = network.Submit();
        await JobNetwork.UntilAsync(async () => (await network.FleetAsync()).Models.Any(model => model.Waiting == 1));
        await waiting.Cancellation.CancelAsync();
        Assert.Equal(JobNetwork.Funds, (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_job_whose_first_chunk_is_pending_costs_nothing()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        ReadJob job = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        await job.Cancellation.CancelAsync();
        await run.Cancelled.WaitAsync(Waiting.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(JobNetwork.Funds, (await network.AtRestAsync()).Available);
        await JobNetwork.UntilAsync(() => Task.FromResult(network.Workers[0].Engine.Running == 0));
    }

    [Fact]
    public async Task A_streaming_job_costs_what_went_out()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        ReadJob job = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("a").Say("b").Say("c");
        await job.HasAsync("abc");
        await job.Cancellation.CancelAsync();
        await run.Cancelled.WaitAsync(Waiting.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(JobNetwork.Funds - JobNetwork.Price(3), (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_job_being_settled_is_settled_once()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        NanoTon cost = NanoTon.Zero;
        for (int i = 0; i < 20; i++)
        {
            ReadJob job = network.Submit();
            (_, EngineRun run) = await network.NextRunAsync();
            run.Say("a", finish: "stop").Finish(lastChunk: false);
            await job.HasAsync("a");
            await job.Cancellation.CancelAsync();
            cost += JobNetwork.Price(1);
        }

        Assert.Equal(JobNetwork.Funds - cost, (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_client_that_says_goodbye_leaves_nothing_running()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        NetworkJobClient other = network.ConnectAgain();
        ReadJob job = network.Submit(from: other);
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("a");
        await job.HasAsync("a");
        await other.DisposeAsync();
        await run.Cancelled.WaitAsync(Waiting.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(JobNetwork.Funds - JobNetwork.Price(1), (await network.AtRestAsync()).Available);
    }

    /// <summary>The figure of docs/performance.md; the bound here is only against a hang.</summary>
    [Fact]
    public async Task How_long_a_cancel_takes_to_reach_the_engine()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        List<double> pending = [];
        List<double> streaming = [];
        for (int i = 0; i < 50; i++)
        {
            ReadJob job = network.Submit();
            (_, EngineRun run) = await network.NextRunAsync();
            if (i % 2 == 1)
            {
                run.Say("a");
                await job.HasAsync("a");
            }

            long start = Stopwatch.GetTimestamp();
            await job.Cancellation.CancelAsync();
            long reached = await run.Cancelled.WaitAsync(Waiting.Patience, TestContext.Current.CancellationToken);
            (i % 2 == 1 ? streaming : pending).Add(Stopwatch.GetElapsedTime(start, reached).TotalMilliseconds);
        }

        Report("before the first chunk", pending);
        Report("while streaming", streaming);
        await network.AtRestAsync();
    }

    private static void Report(string when, List<double> milliseconds)
    {
        milliseconds.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"cancel {when} to engine: p50 {milliseconds[milliseconds.Count / 2]:0.00} ms, p99 {milliseconds[^1]:0.00} ms");
    }
}
