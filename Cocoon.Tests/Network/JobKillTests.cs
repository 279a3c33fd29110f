using System.Collections.Concurrent;
using System.Globalization;
using Cocoon.Client;
using Cocoon.Host.Commands.Ledger;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;

namespace Cocoon.Tests.Network;

/// <summary>
/// kill -9 on proxies and workers under load, as real processes: every job of the client ends once, what it was told is in the journal, and
/// nothing stays reserved or running. The soak kills more often (scripts/soak-job-kill).
/// </summary>
public class JobKillTests
{
    private const int Loops = 12;
    private const int Workers = 2;
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("COCOON_JOB_KILLS") ?? "8", CultureInfo.InvariantCulture);
    private readonly ConcurrentBag<Ending> endings = [];
    private readonly ConcurrentDictionary<string, int> failures = [];
    private int submitted;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Jobs_survive_killed_proxies_and_workers_or_end_with_a_true_account()
    {
        await using KilledNetwork network = await KilledNetwork.StartAsync(Workers);
        using CancellationTokenSource enough = new();
        Task load = Task.WhenAll(Enumerable.Range(0, Loops).Select(loop => Task.Run(() => LoadAsync(network, new Random(loop), enough.Token))));
        Random random = new(Kills);
        int[] kills = new int[network.Nodes];
        for (int kill = 0; kill < Kills; kill++)
        {
            await Task.Delay(random.Next(150, 700), Stop);
            int node = random.Next(2) == 0 ? 0 : random.Next(1, network.Nodes);
            await network.KillAsync(node);
            await Task.Delay(random.Next(0, 200), Stop);
            await network.StartNodeAsync(node);
            kills[node]++;
        }

        // However slow the machine: more than the kills can have cut off.
        await Waiting.UntilAsync(() => failures.GetValueOrDefault("finished") > Kills);
        await enough.CancelAsync();
        await load;
        Assert.Equal(submitted, endings.Count);
        BalanceInfo balance = await AtRestAsync(network);
        string last = await network.StopProxyAsync();
        Assert.DoesNotContain("fail", last, StringComparison.Ordinal);
        (int code, string report) = await network.VerifyAsync();
        Assert.True(code == 0, report);
        Compare(network, balance);
        Tell(kills);
    }

    private async Task LoadAsync(KilledNetwork network, Random random, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            Interlocked.Increment(ref submitted);
            JobRequest request = JobRequest.Chat(KilledNetwork.Model, $"{random.Next()}", stream: true) with
            {
                MaxOutputTokens = 300,
                TimeLimit = TimeSpan.FromSeconds(30),
            };
            Ending ending = await RunAsync(network.Client, request, leaveAfter: random.Next(10) == 0 ? random.Next(1, 20) : int.MaxValue);
            endings.Add(ending);
            failures.AddOrUpdate(ending.Kind, 1, static (_, count) => count + 1);
        }
    }

    private static async Task<Ending> RunAsync(IJobClient client, JobRequest request, int leaveAfter)
    {
        try
        {
            await using IJob job = await client.SubmitAsync(request, Stop);
            await foreach (JobChunk _ in job.ReadAsync(Stop))
            {
                if (--leaveAfter == 0)
                    return new Ending("cancelled", job.Id, null, null);
            }

            JobResult result = await job.Result.WaitAsync(Waiting.Patience, Stop);
            return new Ending("finished", job.Id, result.Cost, result.Receipt);
        }
        catch (JobException failure)
        {
            return new Ending(failure.Failure.ToString(), failure.JobId, failure.Cost, failure.Receipt);
        }
    }

    /// <summary>Nothing is reserved and nothing runs once the load is over.</summary>
    private static async Task<BalanceInfo> AtRestAsync(KilledNetwork network)
    {
        BalanceInfo? balance = null;
        await Waiting.UntilAsync(
            async () =>
            {
                try
                {
                    balance = await network.Client.GetBalanceAsync(Stop);
                    IReadOnlyList<ModelInfo> models = await network.Client.GetModelsAsync(Stop);
                    return balance.Reserved == NanoTon.Zero && models.Sum(model => model.Workers) == Workers && models.All(model => model.Running == 0);
                }
                catch (Exception fault) when (fault is TimeoutException or JobException { Failure: JobFailure.Unreachable })
                {
                    // The proxy that was started last is not reached yet.
                    return false;
                }
            },
            () => $"still reserved: {balance}");
        return balance!;
    }

    private void Compare(KilledNetwork network, BalanceInfo balance)
    {
        Dictionary<string, Settlement> newest = new(StringComparer.Ordinal);
        HashSet<string> instalments = new(StringComparer.Ordinal);
        long charged = 0;
        using LedgerInspection ledger = LedgerInspection.Open(network.LedgerFile);
        LedgerAudit audit = new(ledger.Reader, LedgerKeyFile.Read(network.KeyFile))
        {
            Each = (_, _, ledgerEvent) =>
            {
                if (ledgerEvent.Settlement is not { } settled)
                    return;
                string job = $"{Convert.ToHexStringLower(settled.Account.Span)}/{settled.Session:x16}/{settled.Number}";
                Assert.True(instalments.Add($"{job} {settled.Instalment} {settled.Total}"), $"{job} was settled twice");
                charged += settled.Price;
                newest[job] = settled;
            },
        };
        foreach (StreamAudit stream in ledger.Streams.Select(audit.Read))
            Assert.Null(stream.Problem);
        Assert.Equal((KilledNetwork.FundsTon * NanoTon.PerTon) - charged, balance.Available.Value);
        foreach (Ending ending in endings)
        {
            if (ending.Job is null || !newest.TryGetValue(ending.Job, out Settlement? settled))
            {
                Assert.True(ending.Kind is not "finished" && ending.Receipt is null, $"{ending} is not in the journal");
                continue;
            }

            if (ending.Receipt is null)
                continue;
            ReceiptLeaf leaf = LeafOf(ending.Receipt);
            Assert.Equal((settled.Number, ending.Cost), (leaf.Number, leaf.Cost));
            Assert.Contains($"{ending.Job} {leaf.Instalment} {leaf.Cost.Value}", instalments);
            Assert.True(ending.Kind != "finished" || (settled.Final && ending.Receipt.Verified), $"{ending}: the receipt does not verify");
        }
    }

    private static ReceiptLeaf LeafOf(JobReceipt receipt)
    {
        Assert.True(ReceiptLeaf.TryRead(Receipt.Parser.ParseFrom(receipt.Bytes.Span).Leaf.Span, out ReceiptLeaf leaf));
        return leaf;
    }

    private void Tell(int[] kills)
    {
        string kinds = string.Join(", ", failures.OrderByDescending(kind => kind.Value).Select(kind => $"{kind.Value} {kind.Key}"));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{kills.Sum()} kills ({kills[0]} of the proxy), {endings.Count} jobs: {kinds}; {endings.Count(ending => ending.Receipt is not null)} receipts, each in the journal; the books balance");
    }

    private sealed record Ending(string Kind, string? Job, NanoTon? Cost, JobReceipt? Receipt);
}
