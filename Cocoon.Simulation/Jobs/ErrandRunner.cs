using Cocoon.Actors.Proxy;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Simulation.Ledger;

namespace Cocoon.Simulation.Jobs;

/// <summary>Does the operator's errands in the streams that its node serves.</summary>
internal sealed class ErrandRunner(ProxyNode node, Errands errands, LedgerOracle oracle) : Actor<ErrandRunner.Due>
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);
    private readonly HashSet<StreamId> running = [];

    /// <summary>Time to look.</summary>
    internal readonly record struct Due;

    protected override void OnStart() => StartPeriodicTimer(Period, default);

    protected override void Receive(Due message)
    {
        if (!node.Standing.MaySpeak(Now))
            return;
        foreach (StreamId stream in errands.Streams.ToArray())
        {
            if (node.Shards.Find(stream).Here is { } shard && running.Add(stream))
                Run(_ => RunAsync(stream, shard));
        }
    }

    private async ValueTask RunAsync(StreamId stream, ActorRef<ProxyMessage> shard)
    {
        try
        {
            while (errands.First(stream) is { } errand)
            {
                if (await errand.DoAsync(shard) is not { } head)
                    break;
                oracle.Told(head);
                errands.Done(errand);
            }
        }
        catch (Exception failure) when (failure is AskTimeoutException or AskRefusedException)
        {
            // Whether it was done is unknown: it is tried again, here or by the next owner.
        }

        running.Remove(stream);
    }
}
