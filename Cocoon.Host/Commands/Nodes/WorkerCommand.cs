using System.CommandLine;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Worker;
using Cocoon.Client.Keys;
using Cocoon.Host.Commands.Workers;
using Cocoon.Host.Configuration;
using Cocoon.Host.Nodes;
using Cocoon.Host.Status;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Cocoon.Wire;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Commands.Nodes;

/// <summary><c>cocoon worker</c>: serves an engine to the proxies of one or more operators.</summary>
internal static class WorkerCommand
{
    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        Command command = NodeRun.Command(
            "worker", "Run a worker: serves a model to proxies and earns for it.", WorkerOptions.Read, options => options.Node, RunAsync);
        command.Subcommands.Add(JoinCommand.Create());
        command.Subcommands.Add(StatementCommand.Create());
        command.Subcommands.Add(OwnerCommand.Create());
        return command;
    }

    private static async Task RunAsync(WorkerOptions options, ILoggerFactory loggers, CancellationToken stop)
    {
        if (options.Operators.Count == 0)
            throw new IOException("worker.operators names nobody to work for: join an operator with cocoon worker join ADDRESS, or add one with its seeds");
        Ed25519Verifier verifier = new();
        using Ed25519Signer key = NodeKeys.OpenOrCreate(options.KeyFile, KeyKind.Worker, Console.Error);
        IInferenceEngine engine = EngineFactory.Open(options.Engine);
        using IDisposable? disposable = engine as IDisposable;
        await using TlsTransport transport = new(verifier, TimeProvider.System);
        await using EarningsFolder? earnings = options.EarningsFolder is { } folder ? new EarningsFolder(folder) : null;
        IReadOnlyList<DialTarget> targets = await TargetsAsync(options, key, verifier, stop);
        (PublicKey owner, IReadOnlyDictionary<Scope, SignedStatement> payouts) = PayoutsOf(options, key, targets, verifier);
        WorkerSettings settings = new()
        {
            Owner = owner,
            CoefficientThousandths = options.Coefficient,
            Payouts = payouts,
            SlotsMax = options.Slots,
            Earnings = earnings,
            Awaited = earnings?.Awaited ?? [],
            Verifier = verifier,
            Heads = options.EarningsFolder is null ? [] : EarningsFolder.HeadsOf(options.EarningsFolder),
            Proxies = targets,
        };
        await using WorkerHost worker = new(settings, transport, engine, loggers.CreateLogger("Cocoon.Worker"));
        Console.WriteLine($"worker {key.PublicKey} dials {string.Join(", ", settings.Proxies.Select(proxy => $"{proxy.Host}:{proxy.Port}"))}");
        await using StatusServer? status = StatusServer.TryStart(
            options.Node.DataFolder,
            "worker",
            async () => NodeStatus.OfWorker(options.Node.Name, options.Node.NetworkId, key.PublicKey.ToString(), await worker.StatusAsync(), earnings),
            loggers.CreateLogger("Cocoon.Status"));
        try
        {
            PayWatch pay = new(options.Explorer, loggers.CreateLogger("Cocoon.Pay"));
            LinkWatch links = new(loggers.CreateLogger("Cocoon.Worker"));
            while (true)
            {
                WorkerStatus now = await worker.StatusAsync();
                links.Look(now);
                pay.Look(now);
                await Task.Delay(LookPeriod, stop);
            }
        }
        finally
        {
            await worker.DrainAsync(DrainPatience);
        }
    }

    /// <summary>Where pay goes: as an owner signed it elsewhere, or by this worker's own key.</summary>
    private static (PublicKey Owner, IReadOnlyDictionary<Scope, SignedStatement> Payouts) PayoutsOf(
        WorkerOptions options, Ed25519Signer key, IReadOnlyList<DialTarget> targets, ISignatureVerifier verifier)
    {
        Scope[] operators = [.. targets.Select(target => target.Identity.Scope).Distinct()];
        if (options.PayoutStatement is { } file)
            return OwnerStatements.Read(file).For(key.PublicKey, operators, verifier);
        return (key.PublicKey, PayoutAddressFile.Sign(options.PayoutAddress, operators, key, key.PublicKey, options.Node.DataFolder));
    }

    private static async Task<IReadOnlyList<DialTarget>> TargetsAsync(
        WorkerOptions options, Ed25519Signer key, Ed25519Verifier verifier, CancellationToken stop)
    {
        List<DialTarget> targets = [];
        foreach (OperatorOptions one in options.Operators)
        {
            LinkIdentity identity = new()
            {
                Role = Role.Worker,
                Scope = await OperatorScope.OfAsync(one, options.Node, verifier, Console.Error, stop),
                Signer = key,
                Software = "cocoon",
            };
            targets.AddRange(one.Seeds.Select(seed => new DialTarget(seed.Host, seed.Port, identity)));
        }

        return targets;
    }
}
