using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Actors.Worker;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Nodes;

/// <summary>A worker of one process: its engine and its links to proxies.</summary>
internal sealed class WorkerHost : IAsyncDisposable
{
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(5);
    private readonly ThreadPoolScheduler scheduler = new();
    private readonly ActorSystem system;
    private readonly ActorRef<WorkerMessage> worker;

    public WorkerHost(WorkerSettings settings, ITransport transport, IInferenceEngine engine, ILogger logger)
    {
        system = new ActorSystem("worker", scheduler, SystemEntropy.Instance, new LoggedActorEvents(logger));
        worker = system.Spawn("worker", () => new WorkerActor(settings, transport, engine), new SpawnOptions(MailboxCapacity: 16_384));
    }

    public ValueTask<WorkerStatus> StatusAsync()
        => worker.AskAsync<WorkerStatus>(reply => new WorkerMessage.AskStatus(reply), AskTimeout);

    /// <summary>Takes no new jobs, and completes when those that run are done or the patience is over.</summary>
    public async Task DrainAsync(TimeSpan patience)
    {
        try
        {
            await worker.AskAsync<bool>(reply => new WorkerMessage.Drain(reply), patience);
        }
        catch (AskTimeoutException)
        {
            // What still runs is cut: its proxy settles what was relayed.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await system.StopAsync();
        scheduler.Dispose();
    }
}
