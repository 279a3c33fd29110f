using Cocoon.Client;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Network;

/// <summary>Two operators, two ledgers, one client over real TLS: the cheaper that can has the job, and the other when it cannot.</summary>
public class SeveralOperatorsTests
{
    private static readonly JobNetworkOptions Dear = new()
    {
        Prices = new PriceTable().With(JobNetwork.Model, [new Rate(UsageClass.Prompt, 40_000_000), new Rate(UsageClass.Completion, 320_000_000)]),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_goes_to_the_cheaper_operator_and_is_found_there_again()
    {
        await using JobNetwork dear = await JobNetwork.StartAsync(Dear);
        await using JobNetwork cheap = await JobNetwork.StartAsync();
        await using OperatorsJobClient client = await BothAsync(dear, cheap);
        JobResult result = await RunAsync(client, cheap);
        Assert.Equal(JobNetwork.Price(1), result.Cost);
        Assert.Equal(JobState.Settled, (await client.LookUpAsync(result.JobId, Stop)).State);

        // Another run of the app does not remember where its jobs went.
        await using OperatorsJobClient later = await BothAsync(dear, cheap);
        Assert.Equal(JobState.Settled, (await later.LookUpAsync(result.JobId, Stop)).State);
        Assert.Equal(2, (await client.GetModelsAsync(Stop)).Single().Workers);
        Assert.Equal(new NanoTon(2 * NanoTon.PerTon) - result.Cost, (await client.GetBalanceAsync(Stop)).Available);
    }

    [Fact]
    public async Task The_other_operator_takes_over_while_one_is_gone_or_has_no_worker()
    {
        await using JobNetwork dear = await JobNetwork.StartAsync(Dear);
        await using JobNetwork cheap = await JobNetwork.StartAsync();
        await using OperatorsJobClient client = await BothAsync(dear, cheap);
        await RunAsync(client, cheap);

        await cheap.Workers[0].StopAsync();
        await cheap.WaitForWorkersAsync(0);
        await client.AskAllAsync();
        await RunAsync(client, dear);

        await cheap.StopProxyAsync();
        await RunAsync(client, dear);
        await cheap.StartProxyAsync();
        cheap.Workers[0].Start();
        await cheap.WaitForWorkersAsync(1);
        await JobNetwork.UntilAsync(async () => (await client.GetModelsAsync(Stop)).Single().Workers == 2);
        await client.AskAllAsync();
        await RunAsync(client, cheap);
    }

    [Fact]
    public async Task A_job_that_a_draining_node_refuses_goes_to_the_other_operator_at_once()
    {
        await using JobNetwork dear = await JobNetwork.StartAsync(Dear);
        await using JobNetwork cheap = await JobNetwork.StartAsync();
        await using OperatorsJobClient client = await BothAsync(dear, cheap);
        ReadJob running = cheap.Submit(from: client);
        (_, EngineRun run) = await cheap.NextRunAsync();
        run.Say("a");
        await running.HasAsync("a");

        cheap.Proxy.Node.Drain();
        await RunAsync(client, dear);
        run.Say("b").Finish();
        Assert.Equal(JobNetwork.Price(2), (await running.Result).Cost);
    }

    [Fact]
    public async Task A_refusal_that_is_the_operators_own_is_tried_elsewhere_and_a_wrong_request_is_not()
    {
        await using JobNetwork cheap = await JobNetwork.StartAsync();
        await using JobNetwork dear = await JobNetwork.StartAsync(Dear);
        await using OperatorsJobClient client = await BothAsync(cheap, dear);
        IJobClient poor = cheap.ConnectStranger();
        await using OperatorsJobClient unfunded = new([("cheap", poor), ("dear", dear.ConnectAgain())], TimeProvider.System);
        await unfunded.AskAllAsync();
        await RunAsync(unfunded, dear);

        ReadJob wrong = cheap.Submit(from: client);
        (_, EngineRun run) = await cheap.NextRunAsync();
        run.Fail(Cocoon.Actors.Ports.EngineFailure.BadRequest);
        Assert.Equal(JobFailure.BadRequest, (await wrong.FailureAsync()).Failure);
        Assert.False(dear.Workers[0].Engine.TryNext(out _));
        JobException nowhere = await Assert.ThrowsAsync<JobException>(async () => await client.SubmitAsync(JobRequest.Chat("no-such-model", "x"), Stop));
        Assert.Equal(JobFailure.UnknownModel, nowhere.Failure);
    }

    /// <summary>A client that knows both offers: on a busy machine it would not wait long for the second one's.</summary>
    private static async Task<OperatorsJobClient> BothAsync(JobNetwork one, JobNetwork other)
    {
        OperatorsJobClient client = new([("one", one.ConnectAgain()), ("other", other.ConnectAgain())], TimeProvider.System);
        await client.AskAllAsync();
        return client;
    }

    private static async Task<JobResult> RunAsync(OperatorsJobClient client, JobNetwork expected)
    {
        ReadJob job = expected.Submit(from: client);
        (_, EngineRun run) = await expected.NextRunAsync();
        run.Say("a").Finish();
        return await job.Result;
    }
}
