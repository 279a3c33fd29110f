using System.CommandLine;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Worker;
using Cocoon.Host.Configuration;
using Cocoon.Host.Keys;
using Cocoon.Host.Nodes;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Cocoon.Wire;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Commands.Nodes;

/// <summary><c>cocoon worker</c>: serves an engine to the proxies of one or more operators.</summary>
internal static class WorkerCommand
{
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(30);

    public static Command Create()
        => NodeRun.Command("worker", "Run a worker: serves a model to proxies and earns for it.", WorkerOptions.Read, options => options.Node, RunAsync);

    private static async Task RunAsync(WorkerOptions options, ILoggerFactory loggers, CancellationToken stop)
    {
        if (options.Operators.Count == 0)
            throw new IOException("worker.operators names nobody to work for: add an operator with its seeds and key");
        Ed25519Verifier verifier = new();
        using Ed25519Signer key = NodeKeys.OpenOrCreate(options.KeyFile, KeyKind.Worker, Console.Error);
        IInferenceEngine engine = EngineFactory.Open(options.Engine);
        using IDisposable? disposable = engine as IDisposable;
        await using TlsTransport transport = new(verifier, TimeProvider.System);
        WorkerSettings settings = new()
        {
            Owner = key.PublicKey,
            CoefficientThousandths = options.Coefficient,
            Payouts = PayoutAddressFile.Sign(
                options.PayoutAddress, options.Operators.Select(one => OperatorScope.Of(one, options.Node.NetworkId, "worker")), key, key.PublicKey, options.Node.DataFolder),
            Proxies =
            [
                .. options.Operators.SelectMany(one => one.Seeds.Select(seed => new DialTarget(seed.Host, seed.Port, new LinkIdentity
                {
                    Role = Role.Worker,
                    Scope = OperatorScope.Of(one, options.Node.NetworkId, "worker"),
                    Signer = key,
                    Software = "cocoon",
                }))),
            ],
        };
        await using WorkerHost worker = new(settings, transport, engine, loggers.CreateLogger("Cocoon.Worker"));
        Console.WriteLine($"worker {key.PublicKey} dials {string.Join(", ", settings.Proxies.Select(proxy => $"{proxy.Host}:{proxy.Port}"))}");
        try
        {
            PayWatch watch = new(options.Explorer, loggers.CreateLogger("Cocoon.Pay"));
            while (true)
            {
                watch.Look(await worker.StatusAsync());
                await Task.Delay(LookPeriod, stop);
            }
        }
        finally
        {
            await worker.DrainAsync(DrainPatience);
        }
    }
}
