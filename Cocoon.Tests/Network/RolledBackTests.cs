using Cocoon.Client;
using Cocoon.Client.Network;

namespace Cocoon.Tests.Network;

/// <summary>A proxy whose database is an older copy is found out by who holds its signatures, over real TLS.</summary>
public class RolledBackTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_with_a_newer_receipt_sends_nothing_to_a_ledger_that_was_rolled_back()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        await RunAsync(network, network.Client);
        await network.StopProxyAsync();
        string older = network.CopyLedger("older");
        await network.StartProxyAsync();
        await RunAsync(network, network.Client);
        await network.StopProxyAsync();
        string newest = network.CopyLedger("newest");

        network.PutLedger(older);
        await network.StartProxyAsync();
        JobException refused = await RefusedAsync(network.Client);
        Assert.Equal(JobFailure.LedgerContradicted, refused.Failure);
        Assert.Contains("older copy", refused.Message, StringComparison.Ordinal);

        // The proxy has been shown the head: it stops the account's shard, for those too who hold nothing against it.
        NetworkJobClient innocent = network.ConnectAgain();
        JobException stopped = await RefusedAsync(innocent);
        Assert.Equal(JobFailure.LedgerContradicted, stopped.Failure);
        Assert.Contains("is stopped; restore the newest copy", stopped.Message, StringComparison.Ordinal);

        await network.StopProxyAsync();
        network.PutLedger(newest);
        await network.StartProxyAsync();
        await JobNetwork.UntilAsync(async () => await IsServedAsync(network.Client));
        await RunAsync(network, network.Client);
        await network.AtRestAsync();
    }

    private static async Task RunAsync(JobNetwork network, IJobClient client)
    {
        ReadJob job = network.Submit(from: client);
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("a").Finish();
        Assert.True((await job.Result).Receipt!.Verified);
    }

    /// <summary>The link may still be on its way: until it has greeted, there is nothing to refuse.</summary>
    private static async Task<JobException> RefusedAsync(NetworkJobClient client)
    {
        JobException? failure = null;
        await Waiting.UntilAsync(async () =>
        {
            failure = await Assert.ThrowsAsync<JobException>(async () => await client.SubmitAsync(JobRequest.Chat(JobNetwork.Model, "x"), Stop));
            return failure.Failure != JobFailure.Unreachable;
        });
        return failure!;
    }

    private static async Task<bool> IsServedAsync(NetworkJobClient client)
    {
        try
        {
            await client.GetBalanceAsync(Stop);
            return true;
        }
        catch (JobException)
        {
            return false;
        }
    }
}
