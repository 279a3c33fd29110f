using Cocoon.Actors.Ports;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Routing;
using Cocoon.Client;
using Cocoon.Client.Keys;
using Cocoon.Host.Nodes;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Tests.Storage;

namespace Cocoon.Tests.Network;

/// <summary>Workers that fail, vanish, come late or leave, over real TLS: who answers, and who pays.</summary>
public class JobWorkerTests
{
    private static readonly JobNetworkOptions Two = new() { Workers = 2 };

    [Fact]
    public async Task A_worker_that_fails_before_the_first_chunk_is_replaced()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(Two);
        ReadJob job = network.Submit();
        (TestWorker failing, EngineRun failed) = await network.NextRunAsync();
        failed.Fail();
        (TestWorker other, EngineRun run) = await network.NextRunAsync();
        Assert.NotSame(failing, other);
        Assert.Equal(failed.Request, run.Request);
        run.Say("ok").Finish();

        JobResult result = await job.Result;
        Assert.Equal((other.Name, JobNetwork.Price(1)), (result.Worker, result.Cost));
        Assert.Equal(JobNetwork.Funds - result.Cost, (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_wrong_request_is_not_tried_elsewhere()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(Two);
        ReadJob job = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        run.Fail(EngineFailure.BadRequest);
        Assert.Equal(JobFailure.BadRequest, (await job.FailureAsync()).Failure);
        Assert.Equal(JobNetwork.Funds, (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task The_only_worker_may_die_before_the_first_chunk_and_come_back()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        ReadJob job = network.Submit();
        (TestWorker worker, _) = await network.NextRunAsync();
        await worker.StopAsync();
        ReadJob later = network.Submit("later");
        await Task.Delay(300, TestContext.Current.CancellationToken);
        worker.Start();
        for (int i = 0; i < 2; i++)
        {
            (_, EngineRun run) = await network.NextRunAsync();
            run.Say("back").Finish();
        }

        Assert.Equal(JobNetwork.Price(1), (await job.Result).Cost);
        Assert.Equal(JobNetwork.Price(1), (await later.Result).Cost);
        await network.AtRestAsync();
    }

    [Fact]
    public async Task A_worker_lost_after_the_first_chunk_ends_the_job_and_what_went_out_is_paid()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(Two);
        ReadJob job = network.Submit();
        (TestWorker worker, EngineRun run) = await network.NextRunAsync();
        run.Say("a").Say("b");
        await job.HasAsync("ab");
        await worker.StopAsync();

        JobException failure = await job.FailureAsync();
        Assert.Equal((JobFailure.WorkerLost, JobNetwork.Price(2)), (failure.Failure, failure.Cost));
        Assert.Equal(
            [new UsageAmount(UsageClass.Prompt, ControlledEngine.PromptTokens), new UsageAmount(UsageClass.Completion, 2)], failure.Delivered);
        Assert.True(failure.Receipt!.Verified);
        Assert.Equal(JobNetwork.Funds - failure.Cost, (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_late_first_token_is_asked_for_twice_and_the_client_pays_once()
    {
        BudgetOptions hedging = new() { HedgingEnabled = true, HedgeShare = 1, HedgeSamplesMin = 1, HedgeDelayMin = TimeSpan.FromMilliseconds(100) };
        using TemporaryFolder folder = new();
        List<EarningsFolder> earnings = [];
        await using JobNetwork network = await JobNetwork.StartAsync(Two with
        {
            Fleet = new FleetOptions { Budgets = hedging },
            Worker = settings =>
            {
                // Each its own: of one job a folder tells one receipt.
                EarningsFolder own = new(folder.File($"worker {earnings.Count}"));
                earnings.Add(own);
                return settings with { Earnings = own, Verifier = new Ed25519Verifier() };
            },
        });
        ReadJob quick = network.Submit();
        (_, EngineRun sample) = await network.NextRunAsync();
        sample.Say("a").Say("b").Finish();
        NanoTon paid = (await quick.Result).Cost;

        ReadJob job = network.Submit();
        (TestWorker late, EngineRun stalled) = await network.NextRunAsync();
        (TestWorker second, EngineRun run) = await network.NextRunAsync();
        Assert.NotSame(late, second);
        run.Say("won");
        await stalled.Cancelled;
        run.Finish();

        JobResult result = await job.Result;
        Assert.Equal((second.Name, JobNetwork.Price(1)), (result.Worker, result.Cost));
        Assert.Equal(JobNetwork.Funds - paid - result.Cost, (await network.AtRestAsync()).Available);
        Assert.Equal(1, (await network.FleetAsync()).Counts.Hedges);

        // The loser can prove what it was paid for its prompt.
        ReceiptLeaf[] lostHedges = [];
        await Waiting.UntilAsync(() => (lostHedges = HedgesIn(folder)).Length > 0);
        ReceiptLeaf lost = Assert.Single(lostHedges);
        NanoTon prompt = JobNetwork.Price(0);
        Assert.Equal((late.Name, prompt - JobTerms.CommissionOf(prompt, 500)), (lost.Worker.ToString(), lost.WorkerShare));
        Assert.Equal([new UsageAmount(UsageClass.Prompt, ControlledEngine.PromptTokens)], lost.Usage.Select(priced => priced.Usage));
        foreach (EarningsFolder one in earnings)
            await one.DisposeAsync();
    }

    private static ReceiptLeaf[] HedgesIn(TemporaryFolder folder) => [.. Directory.GetDirectories(folder.Path, "worker *")
        .SelectMany(worker => EarningsFolder.Read(worker)).Select(earned => earned.Leaf).Where(leaf => leaf.Kind == ReceiptKind.Hedge)];

    [Fact]
    public async Task A_long_job_is_settled_in_parts_and_costs_the_same()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(new JobNetworkOptions
        {
            Jobs = settings => settings with { InstalmentPeriod = TimeSpan.FromMilliseconds(100) },
        });
        ReadJob job = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        NanoTon settled = NanoTon.Zero;
        for (int part = 0; part < 4; part++)
        {
            run.Say(" word");
            NanoTon before = settled;
            await JobNetwork.UntilAsync(async () =>
                (settled = (await network.Client.GetBalanceAsync(TestContext.Current.CancellationToken)).Spent) > before);
        }

        run.Finish();
        JobResult result = await job.Result;
        Assert.Equal(JobNetwork.Price(4), result.Cost);
        Assert.True(result.Receipt!.Verified);
        Assert.Equal(JobNetwork.Funds - result.Cost, (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_draining_worker_finishes_what_it_has_and_gets_nothing_new()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(Two);
        ReadJob running = network.Submit();
        (TestWorker leaving, EngineRun run) = await network.NextRunAsync();
        run.Say("a");
        Task drained = leaving.Host.DrainAsync(Waiting.Patience);
        await JobNetwork.UntilAsync(async () => (await network.FleetAsync()).Workers.Any(worker => worker.Draining));
        for (int i = 0; i < 6; i++)
        {
            ReadJob next = network.Submit($"{i}");
            (TestWorker other, EngineRun elsewhere) = await network.NextRunAsync();
            Assert.NotSame(leaving, other);
            elsewhere.Say("b").Finish();
            await next.Result;
        }

        Assert.False(drained.IsCompleted);
        run.Finish();
        await drained;
        await leaving.StopAsync();
        Assert.Equal(JobNetwork.Price(1), (await running.Result).Cost);
        await network.AtRestAsync();
    }

    [Fact]
    public async Task A_draining_proxy_brings_running_jobs_to_their_end_and_new_ones_wait_for_the_next()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        ReadJob running = network.Submit("running");
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("a");
        await running.HasAsync("a");
        Task drained = network.Proxy.DrainAsync(Waiting.Patience);
        ReadJob waiting = network.Submit("waiting");
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.False(drained.IsCompleted);
        run.Finish();
        Assert.True((await running.Result).Receipt!.Verified);
        await drained;

        await network.RestartProxyAsync();
        (_, EngineRun next) = await network.NextRunAsync();
        next.Say("b").Finish();
        await waiting.Result;
        Assert.Equal("b", waiting.Text);
        await network.AtRestAsync();
    }
}
