using Cocoon.Actors.Ledger;
using Cocoon.Client;
using Cocoon.Client.Network;
using Cocoon.Inference.TestEngine;
using Cocoon.Protocol.Money;
using Cocoon.Tests.Network;

namespace Cocoon.Tests.Host.People;

/// <summary>An API key at several gateways: the ledger holds its budget and limits, so together they cannot exceed them.</summary>
public class PurseTests
{
    private static readonly DeterministicEngine Engine = new(new TestEngineOptions());

    [Fact]
    public async Task Two_gateways_cannot_overspend_a_key_together()
    {
        await using TestNetwork network = await StartAsync();
        NetworkJobClient[] gateways = [network.NewClient(), network.NewClient()];
        // Ten jobs' worth of what one costs, and room to reserve two at a time.
        NanoTon budget = new(10 * ((6 * 20) + (32 * 160)));
        PurseTerms terms = new() { Id = PurseTerms.IdOf("cocoon-one"), Budget = budget, Label = "shared" };
        await gateways[0].SetPurseAsync(terms);
        int done = 0;
        List<JobFailure> refusals = [];
        await Task.WhenAll(gateways.SelectMany(gateway => Enumerable.Range(0, 3).Select(async _ =>
        {
            for (int i = 0; i < 6; i++)
            {
                try
                {
                    await AskAsync(gateway, "cocoon-one");
                    Interlocked.Increment(ref done);
                }
                catch (JobException refused)
                {
                    lock (refusals)
                        refusals.Add(refused.Failure);
                }
            }
        })));
        PurseInfo purse = Assert.Single(await gateways[1].GetPursesAsync());
        Assert.Equal(("shared", budget), (purse.Terms.Label, purse.Terms.Budget));
        Assert.True(purse.Spent <= budget, $"{purse.Spent} of {budget}");
        Assert.InRange(done, 3, 10);
        Assert.All(refusals, refusal => Assert.Equal(JobFailure.PurseBudget, refusal));
        Assert.NotEmpty(refusals);
        Assert.Equal(purse.Spent, (await gateways[0].GetBalanceAsync()).Spent);
    }

    [Fact]
    public async Task A_key_has_models_an_end_a_minute_and_can_be_revoked()
    {
        await using TestNetwork network = await StartAsync();
        NetworkJobClient client = network.NewClient();
        Assert.Equal(JobFailure.Purse, (await RefusedAsync(client, "cocoon-none")).Failure);
        PurseTerms terms = new() { Id = PurseTerms.IdOf("cocoon-a"), Budget = new NanoTon(NanoTon.PerTon), JobsPerMinute = 2 };
        await client.SetPurseAsync(terms with { Models = ["other"] });
        Assert.Equal(JobFailure.PurseModel, (await RefusedAsync(client, "cocoon-a")).Failure);
        await client.SetPurseAsync(terms with { Expires = DateTimeOffset.UtcNow.AddMinutes(-1) });
        Assert.Contains("expired", (await RefusedAsync(client, "cocoon-a")).Message, StringComparison.Ordinal);
        await client.SetPurseAsync(terms);
        await AskAsync(client, "cocoon-a");
        await AskAsync(network.NewClient(), "cocoon-a");
        JobException limited = await RefusedAsync(client, "cocoon-a");
        Assert.Equal(JobFailure.RateLimit, limited.Failure);
        Assert.InRange(limited.RetryAfter!.Value.TotalSeconds, 1, 60);
        await client.SetPurseAsync(terms with { JobsPerMinute = 0 });
        await AskAsync(client, "cocoon-a");
        await client.SetPurseAsync(terms with { Closed = true });
        Assert.Contains("revoked", (await RefusedAsync(client, "cocoon-a")).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<JobException>(async () => await client.SetPurseAsync(terms with { JobsPerMinute = 1_000_000 }));
    }

    [Fact]
    public async Task Long_lists_of_keys_come_in_pages()
    {
        await using TestNetwork network = await StartAsync();
        NetworkJobClient client = network.NewClient();
        string[] models = [.. Enumerable.Range(0, 60).Select(number => $"{number}{new string('m', 200)}")];
        for (int i = 0; i < 9; i++)
            await client.SetPurseAsync(new PurseTerms { Id = PurseTerms.IdOf($"cocoon-{i}"), Budget = new NanoTon(1), Models = models });
        IReadOnlyList<PurseInfo> purses = await client.GetPursesAsync();
        Assert.Equal(9, purses.Select(purse => purse.Terms.Id).Distinct().Count());
        Assert.All(purses, purse => Assert.Equal(models, purse.Terms.Models));
    }

    [Fact]
    public void A_minute_slides()
    {
        PurseMinute minute = new();
        TimeSpan second = TimeSpan.FromSeconds(1);
        Assert.Equal(TimeSpan.Zero, minute.Wait(TimeSpan.Zero, 2));
        minute.Add(TimeSpan.Zero);
        minute.Add(30 * second);
        Assert.Equal(20 * second, minute.Wait(40 * second, 2));
        Assert.Equal(TimeSpan.Zero, minute.Wait(40 * second, 3));
        Assert.Equal(TimeSpan.Zero, minute.Wait(60 * second, 2));
        minute.Add(60 * second);
        Assert.Equal(29 * second, minute.Wait(61 * second, 2));
    }

    private static Task<TestNetwork> StartAsync() => TestNetwork.StartAsync([(Engine, "cocoon-test")], new NanoTon(100 * NanoTon.PerTon));

    private static async Task AskAsync(NetworkJobClient client, string purse)
    {
        await using IJob job = await client.SubmitAsync(JobRequest.Chat("cocoon-test", "Hello there") with { Purse = purse, MaxOutputTokens = 40 });
        await foreach (JobChunk chunk in job.ReadAsync())
            _ = chunk;
        await job.Result;
    }

    private static Task<JobException> RefusedAsync(NetworkJobClient client, string purse) =>
        Assert.ThrowsAsync<JobException>(() => AskAsync(client, purse));
}
