using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Worker;
using Cocoon.Client;
using Cocoon.Client.Keys;
using Cocoon.Host.Commands.Workers;
using Cocoon.Host.Nodes;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Tests.Storage;

namespace Cocoon.Tests.Network;

/// <summary>A worker ends up with the receipt of what it earned, whatever broke while that was under way, and knows what it was not paid.</summary>
public sealed class WorkerReceiptTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private EarningsFolder? earnings;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_receipt_that_was_under_way_when_the_link_broke_comes_after_the_reconnect()
    {
        await using JobNetwork network = await StartAsync();
        (ReadJob job, TestWorker worker, EngineRun run) = await AnsweringAsync(network, "ab");
        network.WorkerRelay.Blocked = true;
        network.WorkerRelay.Kill();
        JobException cut = await job.FailureAsync();
        Assert.Equal((JobFailure.WorkerLost, JobNetwork.Price(2)), (cut.Failure, cut.Cost));
        Assert.Equal(0, (await worker.Host.StatusAsync()).ReceiptsKept);
        network.WorkerRelay.Blocked = false;

        WorkerStatus status = await UntilAsync(worker, standing => standing.ReceiptsKept == 1);
        Assert.Equal((0L, 0), (status.ReceiptsRefused, status.ReceiptsMissing));
        Assert.Empty(status.Unpaid);
        EarnedJob earned = (await StatementAsync(network)).Single();
        Assert.Equal((ReceiptKind.Partial, Share(JobNetwork.Price(2))), (earned.Leaf.Kind, earned.Leaf.WorkerShare));
        Assert.Equal(2, (long)earned.Claimed!["completion"]!);
    }

    [Fact]
    public async Task A_worker_that_died_asks_for_its_receipt_when_it_is_back()
    {
        await using JobNetwork network = await StartAsync();
        (ReadJob job, TestWorker worker, EngineRun run) = await AnsweringAsync(network, "a");
        await worker.StopAsync();
        await earnings!.DisposeAsync();
        await job.FailureAsync();
        Assert.Empty(EarningsFolder.Read(folder.Path));

        earnings = null;
        worker.Start();
        await UntilAsync(worker, standing => standing.ReceiptsKept == 1);
        Assert.Equal(Share(JobNetwork.Price(1)), (await StatementAsync(network)).Single().Leaf.WorkerShare);
        Assert.Empty(new EarningsFolder(folder.Path).Awaited);
    }

    [Fact]
    public async Task A_receipt_outlives_the_proxy_that_owed_it_and_unsettled_work_is_counted()
    {
        await using JobNetwork network = await StartAsync(settings => settings with { InstalmentPeriod = TimeSpan.FromMilliseconds(100) });
        (ReadJob job, TestWorker worker, EngineRun run) = await AnsweringAsync(network, "ab");
        await UntilAsync(worker, standing => standing.ReceiptsKept == 1);
        run.Say("c");
        await network.StopProxyAsync();
        await run.Cancelled;
        await network.StartProxyAsync();
        JobException lost = await job.FailureAsync();
        Assert.Equal(JobFailure.Interrupted, lost.Failure);

        WorkerStatus status = await UntilAsync(worker, standing => standing.Unpaid.Count > 0);
        UnpaidTotal missing = status.Unpaid.Single();
        Assert.Equal((UnpaidReason.ProxyLost, 1L), (missing.Reason, missing.Jobs));
        // The last token may have been settled too before the proxy was gone; then it is not missing.
        EarnedJob earned = (await StatementAsync(network)).Single();
        Assert.Equal(ReceiptKind.Instalment, earned.Leaf.Kind);
        Assert.Equal(Share(JobNetwork.Price(3)) - earned.Leaf.WorkerShare, missing.Amount);
        using StringWriter text = new();
        StatementCommand.Print([earned], UnpaidJob.Totals(EarningsFolder.ReadUnpaid(folder.Path)), csv: false, json: false, text);
        Assert.Contains($"not paid: {missing.Amount} of 1 jobs", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_cancelled_job_did_beyond_what_went_out_is_counted()
    {
        await using JobNetwork network = await StartAsync();
        (ReadJob job, TestWorker worker, EngineRun run) = await AnsweringAsync(network, "a");
        await job.Cancellation.CancelAsync();
        await run.Cancelled;
        WorkerStatus status = await UntilAsync(worker, standing => standing.ReceiptsKept == 1);
        Assert.Empty(status.Unpaid);
        Assert.Equal(ReceiptKind.Partial, (await StatementAsync(network)).Single().Leaf.Kind);
    }

    [Fact]
    public void A_claim_is_good_for_its_worker_and_nobody_else()
    {
        WorkClaims claims = new(new LedgerKey(new byte[32]));
        using Ed25519Signer worker = new(new byte[32]);
        using Ed25519Signer other = new([.. Enumerable.Repeat((byte)1, 32)]);
        JobId job = new(AccountId.Of(other.PublicKey), SessionId.Open(1_000_000, 7), 42);
        byte[] claim = claims.Of(job, worker.PublicKey);
        Assert.Equal(WorkClaims.Length, claim.Length);
        Assert.True(claims.TryRead(claim, worker.PublicKey, out JobId read));
        Assert.Equal(job, read);
        Assert.False(claims.TryRead(claim, other.PublicKey, out _));
        Assert.False(claims.TryRead(claim.AsSpan(1), worker.PublicKey, out _));
        Assert.False(new WorkClaims(new LedgerKey([.. Enumerable.Repeat((byte)2, 32)])).TryRead(claim, worker.PublicKey, out _));
        for (int i = 0; i < claim.Length; i++)
        {
            byte[] bent = [.. claim];
            bent[i] ^= 1;
            Assert.False(claims.TryRead(bent, worker.PublicKey, out _));
        }
    }

    private static NanoTon Share(NanoTon price) => price - JobTerms.CommissionOf(price, 500);

    private Task<JobNetwork> StartAsync(Func<Actors.Proxy.ProxySettings, Actors.Proxy.ProxySettings>? jobs = null) => JobNetwork.StartAsync(new JobNetworkOptions
    {
        WorkersByRelay = true,
        Jobs = jobs ?? (static settings => settings),
        Worker = settings =>
        {
            earnings ??= new EarningsFolder(folder.Path);
            return settings with
            {
                Earnings = earnings,
                Awaited = earnings.Awaited,
                Verifier = new Ed25519Verifier(),
                ClaimPeriod = TimeSpan.FromMilliseconds(100),
                UnpaidAfter = TimeSpan.FromMilliseconds(300),
            };
        },
    });

    /// <summary>A job whose client has this much of its answer, a token a letter.</summary>
    private static async Task<(ReadJob Job, TestWorker Worker, EngineRun Run)> AnsweringAsync(JobNetwork network, string said)
    {
        ReadJob job = network.Submit();
        (TestWorker worker, EngineRun run) = await network.NextRunAsync();
        foreach (char letter in said)
            run.Say($"{letter}");
        await job.HasAsync(said);
        return (job, worker, run);
    }

    private static async Task<WorkerStatus> UntilAsync(TestWorker worker, Func<WorkerStatus, bool> condition)
    {
        WorkerStatus status = null!;
        await JobNetwork.UntilAsync(async () => condition(status = await worker.Host.StatusAsync()));
        return status;
    }

    /// <summary>What the worker's folder says once everything is written.</summary>
    private async Task<EarnedJob[]> StatementAsync(JobNetwork network)
    {
        foreach (TestWorker worker in network.Workers)
            await worker.StopAsync();
        await earnings!.DisposeAsync();
        return [.. EarningsFolder.Read(folder.Path)];
    }
}
