using Cocoon.Client;
using Cocoon.Host.Commands;
using Cocoon.Host.Commands.Demo;
using Cocoon.Protocol.Money;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Tests.Network;

/// <summary>The whole network over real sockets, with the real model: what an app pays for is what it gets.</summary>
public class NetworkTests
{
    private static readonly string ModelFile = Path.Combine(SharedVectors.RepositoryRoot, "models", "cocoon-tiny-en-fr-q8_0.gguf");
    private static readonly NanoTon Funds = new(NanoTon.PerTon);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_is_streamed_settled_and_receipted()
    {
        await using DemoNetwork network = await StartAsync();
        List<string> pieces = [];
        DemoJob job = await DemoJob.RunAsync(network.Client, network.Model, "You have a new message.", pieces.Add, Cancelled);

        Assert.Equal("Vous avez un nouveau message.", job.Text);
        Assert.True(pieces.Count(piece => piece.Length > 0) > 3, "the answer came in one piece");
        Assert.True(job.Result.Receipt!.Verified);
        Assert.Equal([new UsageAmount(UsageClass.Prompt, 14), new UsageAmount(UsageClass.Completion, 7)], job.Result.Usage);
        // 14 * 20,000,000 + 7 * 160,000,000 nanoTON per million tokens.
        Assert.Equal(new NanoTon(1400), job.Result.Cost);
        BalanceInfo balance = await network.Client.GetBalanceAsync(Cancelled);
        Assert.Equal((Funds - job.Result.Cost, NanoTon.Zero), (balance.Available, balance.Reserved));
        Assert.Empty(await network.Proxy.AuditAsync());
    }

    [Fact]
    public async Task Jobs_at_once_share_the_workers_and_the_books_balance()
    {
        await using DemoNetwork network = await StartAsync();
        DemoJob[] jobs = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ =>
            DemoJob.RunAsync(network.Client, network.Model, "Save all changes before closing.", _ => { }, Cancelled)));

        Assert.All(jobs, job => Assert.Equal("Enregistrer toutes les modifications avant de fermer.", job.Text));
        Assert.All(jobs, job => Assert.True(job.Result.Receipt!.Verified));
        Assert.Equal(DemoNetwork.Workers, jobs.Select(job => job.Result.Worker).Distinct(StringComparer.Ordinal).Count());
        BalanceInfo balance = await network.Client.GetBalanceAsync(Cancelled);
        Assert.Equal(Funds.Value - jobs.Sum(job => job.Result.Cost.Value), balance.Available.Value);
        Assert.Equal(NanoTon.Zero, balance.Reserved);
        Assert.Empty(await network.Proxy.AuditAsync());
    }

    [Fact]
    public async Task The_demo_says_after_each_answer_who_ran_it_what_it_cost_and_what_is_left()
    {
        await using DemoNetwork network = await StartAsync();
        using StringWriter screen = new();
        string[] sentences = ["You have a new message.", "Save all changes before closing."];
        IReadOnlyList<DemoJob> jobs = await DemoJobs.RunAsync(network, sentences, Screen.Of(screen), Cancelled);

        string[] lines = screen.ToString().ReplaceLineEndings("\n").Split('\n');
        Assert.Equal(
            [
                "You have a new message.",
                "-> Vous avez un nouveau message.",
                $"   worker {jobs[0].Result.Worker[..8]}: 14 prompt, 7 completion tokens cost 0.0000014 TON",
                "   receipt valid, balance 0.9999986 TON",
                "",
                "Save all changes before closing.",
                "-> Enregistrer toutes les modifications avant de fermer.",
                $"   worker {jobs[1].Result.Worker[..8]}: 16 prompt, 10 completion tokens cost 0.00000192 TON",
                "   receipt valid, balance 0.99999668 TON",
                "",
                "",
            ],
            lines);
        Assert.Equal(jobs[^1].Balance, (await network.Client.GetBalanceAsync(Cancelled)).Available);
    }

    [Fact]
    public async Task A_cancelled_job_pays_what_was_relayed_and_frees_its_reservation()
    {
        await using DemoNetwork network = await StartAsync();
        JobRequest request = JobRequest.Chat(network.Model, "Do you really want to delete this file?", stream: true) with { MaxOutputTokens = 200 };
        IJob job = await network.Client.SubmitAsync(request, Cancelled);
        await foreach (JobChunk _ in job.ReadAsync(Cancelled))
            break;
        await job.DisposeAsync();

        await Waiting.UntilAsync(async () => (await network.Client.GetBalanceAsync(Cancelled)).Reserved == NanoTon.Zero);
        Assert.Empty(await network.Proxy.AuditAsync());
        JobOutcome outcome = await network.Client.LookUpAsync(job.Id, Cancelled);
        Assert.Contains(outcome.State, new[] { JobState.Settled, JobState.Unknown });
    }

    [Fact]
    public async Task A_job_that_ended_is_found_again_with_its_receipt()
    {
        await using DemoNetwork network = await StartAsync();
        DemoJob job = await DemoJob.RunAsync(network.Client, network.Model, "You have a new message.", _ => { }, Cancelled);

        JobOutcome outcome = await network.Client.LookUpAsync(job.Result.JobId, Cancelled);
        Assert.Equal(JobState.Settled, outcome.State);
        Assert.True(outcome.Result!.Receipt!.Verified);
        Assert.Equal(job.Result.Cost, outcome.Result.Cost);
        Assert.Equal(job.Result.Worker, outcome.Result.Worker);
        string other = job.Result.JobId[..^1] + "9";
        Assert.Equal(JobState.Unknown, (await network.Client.LookUpAsync(other, Cancelled)).State);
    }

    [Fact]
    public async Task Refusals_say_why()
    {
        await using DemoNetwork network = await StartAsync();
        JobException unknown = await RefusedAsync(network, JobRequest.Chat("no-such-model", "Hello"));
        Assert.Equal(JobFailure.UnknownModel, unknown.Failure);

        JobException dear = await RefusedAsync(
            network,
            JobRequest.Chat(network.Model, "Hello") with { PriceCap = [new Rate(UsageClass.Completion, 1_000_000)] });
        Assert.Equal(JobFailure.PriceCap, dear.Failure);
        Assert.Contains(new Rate(UsageClass.Completion, 160_000_000), dear.WouldRunAt);

        JobException bad = await RefusedAsync(network, new JobRequest { Model = network.Model, Body = "{\"messages\":7}"u8.ToArray() });
        Assert.Equal(JobFailure.BadRequest, bad.Failure);
        Assert.Equal(Funds, (await network.Client.GetBalanceAsync(Cancelled)).Available);
    }

    private static async Task<JobException> RefusedAsync(DemoNetwork network, JobRequest request)
        => await Assert.ThrowsAsync<JobException>(async () =>
        {
            await using IJob job = await network.Client.SubmitAsync(request, Cancelled);
            await foreach (JobChunk _ in job.ReadAsync(Cancelled))
            {
            }
        });

    private static Task<DemoNetwork> StartAsync() => DemoNetwork.StartAsync(ModelFile, Funds, treasury: null, NullLogger.Instance, Cancelled);
}
