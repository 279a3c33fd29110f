using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Worker;

/// <summary>Makes attempts with what they all need.</summary>
internal sealed class AttemptFactory(IInferenceEngine engine, ActorRef<WorkerMessage> worker, WorkerSettings settings)
{
    /// <summary>An attempt that fails tells the proxy, which tries elsewhere: it is never restarted.</summary>
    public static readonly SpawnOptions Options = new(MailboxCapacity: 64, RestartPolicy.Never);

    public AttemptActor Create(ProxyLink link, uint stream, WorkOpen open) => new(engine, worker, settings, link, stream, open);
}
