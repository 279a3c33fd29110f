using System.CommandLine;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Routing;
using Cocoon.Client.Keys;
using Cocoon.Host.Commands.Ledger;
using Cocoon.Host.Configuration;
using Cocoon.Host.Nodes;
using Cocoon.Host.Status;
using Cocoon.Host.Treasury;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Wire;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Commands.Nodes;

/// <summary><c>cocoon proxy</c>: a proxy node on SQLite.</summary>
internal static class ProxyCommand
{
    public const string Name = "proxy";

    public static Command Create()
        => NodeRun.Command(Name, "Run a proxy node: takes jobs, chooses workers, keeps the ledger.", ProxyOptions.Read, options => options.Node, RunAsync);

    private static async Task RunAsync(ProxyOptions options, ILoggerFactory loggers, CancellationToken stop)
    {
        Ed25519Verifier verifier = new();
        using Ed25519Signer operatorKey = NodeKeys.OpenOrCreate(options.OperatorKeyFile, KeyKind.Operator, Console.Error);
        using Ed25519Signer nodeKey = NodeKeys.OpenOrCreate(options.NodeKeyFile, KeyKind.Node, Console.Error);
        using TreasuryRuntime? treasury = TreasuryRuntime.Open(options.Treasury, options.Shards);
        ProxySetup setup = new()
        {
            Network = options.Node.NetworkId,
            Operator = operatorKey,
            Node = nodeKey,
            LedgerKey = LedgerKeyFile.ReadOrCreate(options.LedgerKeyFile, options.StorageFile),
            LedgerFile = options.StorageFile,
            Listen = options.Listen[0],
            ListenToo = [.. options.Listen.Skip(1)],
            Advertise = options.Advertise,
            Link = LinkOf(options.PeerTimeout),
            Prices = PricesOf(options.Prices),
            Shards = options.Shards,
            ExpectedModels = [.. options.Prices.Models.Keys],
            OutputMin = options.Jobs.MinMaxOutput,
            Fleet = FleetOf(options.Jobs),
            Jobs = settings => SettingsOf(settings, options),
            Treasury = treasury,
        };
        await using TlsTransport transport = new(verifier, TimeProvider.System);
        await using ProxyHost proxy = await ProxyHost.StartAsync(setup, transport, verifier, loggers.CreateLogger("Cocoon.Proxy"), stop);
        Console.WriteLine($"proxy of operator {operatorKey.PublicKey}, listening on port {proxy.Port}. Workers and clients name it like this:");
        Console.WriteLine($"  operators.NAME {{ seeds = [\"{options.Advertise}\"], key = \"{operatorKey.PublicKey}\" }}");
        TreasuryWatch? watch = treasury is null ? null : new TreasuryWatch(new ProxyTreasury(proxy.Node), loggers.CreateLogger("Cocoon.Treasury"));
        await using StatusServer? status = StatusServer.TryStart(
            options.Node.DataFolder,
            "proxy",
            async () => NodeStatus.OfProxy(options.Node.Name, proxy, await proxy.SurveyAsync(), watch?.Seen),
            loggers.CreateLogger("Cocoon.Status"));
        try
        {
            if (watch is not null)
                await watch.RunAsync(stop);
            await Task.Delay(Timeout.Infinite, stop);
        }
        finally
        {
            await proxy.DrainAsync(options.DrainTimeout);
        }
    }

    /// <summary>A ping after a third of the silence that counts as the peer's end: two of them may be lost.</summary>
    internal static LinkOptions LinkOf(TimeSpan peerTimeout)
    {
        long timeoutMs = (long)peerTimeout.TotalMilliseconds;
        return new LinkOptions { PingAfterMs = timeoutMs / 3, IdleTimeoutMs = timeoutMs };
    }

    internal static ProxySettings SettingsOf(ProxySettings settings, ProxyOptions options) => settings with
    {
        DefaultOutputTokens = options.Prices.Default.DefaultMaxOutput,
        DefaultOutputTokensByModel = options.Prices.Models.ToDictionary(model => model.Key, model => model.Value.DefaultMaxOutput, StringComparer.Ordinal),
        RequestBytesMax = options.Jobs.MaxRequestBytes,
        AnswerBytesMax = options.Jobs.MaxAnswerBytes,
        JobsPerAccountMax = options.Jobs.MaxPerAccount,
        DefaultTimeLeft = options.Jobs.DefaultTime,
        TimeLeftMax = options.Jobs.MaxTime,
        RetriesMax = options.Jobs.Retry.Attempts,
        InstalmentPeriod = options.Jobs.Instalment.After,
        InstalmentAmount = options.Jobs.Instalment.Amount,
    };

    internal static FleetOptions FleetOf(JobOptions jobs) => new()
    {
        AwaitWorker = jobs.Queue.AwaitWorker,
        Queue = new Actors.Routing.QueueOptions
        {
            JobsMax = jobs.Queue.MaxJobs,
            JobsPerAccountMax = jobs.MaxPerAccount,
            WaitMax = jobs.Queue.MaxWait,
        },
        Budgets = new BudgetOptions
        {
            RetryShare = jobs.Retry.BudgetBasisPoints / 10_000.0,
            RetriesSavedMax = jobs.Retry.BudgetMinimum,
            HedgingEnabled = jobs.Hedge.Enabled,
            HedgeShare = jobs.Hedge.BudgetBasisPoints / 10_000.0,
            HedgeDelayMin = jobs.Hedge.After,
        },
        Breaker = new Actors.Routing.BreakerOptions
        {
            ConsecutiveFailures = jobs.Breaker.Failures,
            FailureRateMax = jobs.Breaker.FailureRateBasisPoints / 10_000.0,
            Window = jobs.Breaker.Window,
            WindowOutcomesMin = jobs.Breaker.MinimumJobs,
            BackOffMin = jobs.Breaker.OpenTime,
        },
    };

    private static PriceTable PricesOf(PriceOptions options)
    {
        PriceTable table = new(options.CommissionBasisPoints) { AnyModel = RatesOf(options.Default) };
        foreach ((string model, ModelPriceOptions price) in options.Models)
            table = table.With(model, RatesOf(price));
        return table;
    }

    private static Rate[] RatesOf(ModelPriceOptions price) =>
    [
        new(UsageClass.Prompt, price.Prompt),
        new(UsageClass.Cached, price.Cached),
        new(UsageClass.Completion, price.Completion),
        new(UsageClass.Reasoning, price.Reasoning),
    ];
}
