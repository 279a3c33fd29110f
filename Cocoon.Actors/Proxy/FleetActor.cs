using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;

namespace Cocoon.Actors.Proxy;

/// <summary>
/// A node's workers and the jobs that want them: one actor, so that choosing a worker and counting the job on it is one message.
/// Its counts live and die with the connections: spawn it with <see cref="RestartPolicy.Never"/>, and let its death take the node's
/// connections with it.
/// </summary>
public sealed class FleetActor : Actor<FleetMessage>
{
    private readonly FleetOptions options;
    private readonly IModelMemory? memory;
    private readonly Dictionary<ActorRef, WorkerLinkId> links = [];
    private readonly HashSet<ActorRef> jobs = [];
    private Fleet? fleet;
    private long remembered;
    private ActorTimer? timer;
    private TimeSpan? armed;

    /// <summary>A fleet without workers, which awaits the models that <paramref name="memory"/> recalls.</summary>
    public FleetActor(FleetOptions? options = null, IModelMemory? memory = null)
    {
        this.options = options ?? new FleetOptions();
        this.memory = memory;
    }

    /// <inheritdoc/>
    protected override void OnStart()
    {
        fleet = new Fleet(options, SeededBits.From(System.Entropy), Now);
        foreach (string model in memory?.Recall() ?? [])
            fleet.Await(model, Now);
        remembered = fleet.KnownVersion;
        Arm();
    }

    /// <inheritdoc/>
    protected override void Receive(FleetMessage message)
    {
        switch (message)
        {
            case WorkerConnected { Actor: { } link } connected:
                links[link] = connected.Link;
                Watch(link);
                break;
            case AcquireWorker { Actor: { } job } when jobs.Add(job):
                Watch(job);
                break;
            case FleetTick:
                armed = null;
                break;
        }

        fleet!.Handle(message, Now);
        Arm();
    }

    /// <inheritdoc/>
    protected override void OnTurnEnd()
    {
        if (memory is null || remembered == fleet!.KnownVersion)
            return;
        remembered = fleet.KnownVersion;
        memory.Remember(fleet.KnownModels);
    }

    /// <inheritdoc/>
    protected override void OnTerminated(Terminated terminated)
    {
        if (links.Remove(terminated.Actor, out WorkerLinkId link))
            fleet!.Handle(new WorkerGone(link), Now);
        if (jobs.Remove(terminated.Actor))
            fleet!.JobStopped(terminated.Actor.Id, Now);
        Arm();
    }

    /// <summary>One timer, moved only when something is due earlier; when it fires early there is nothing to do and it is set again.</summary>
    private void Arm()
    {
        if (fleet!.NextTick is not { } next || armed <= next)
            return;
        timer?.Cancel();
        armed = next;
        TimeSpan wait = next - Now;
        timer = StartTimer(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, FleetTick.Instance);
    }
}
