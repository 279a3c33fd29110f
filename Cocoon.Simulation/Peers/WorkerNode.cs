using System.Globalization;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation.Peers;

/// <summary>A worker that answers each attempt after a while with some usage; now and then it lies, is slow, or never answers.</summary>
internal sealed class WorkerNode(World world, int id, int number)
    : WorldNode(world, id, string.Create(CultureInfo.InvariantCulture, $"worker-{number}"))
{
    protected override void Boot(NodeLife life)
        => life.System.Spawn("worker", () => new WorkerPeer(World, life, number, new SeededRandom(World.Options.Seed, ((ulong)Id << 24) + (ulong)Lives)));

    protected override bool IsExpected(Exception failure) => false;
}

internal sealed class WorkerPeer(World world, NodeLife life, int number, SeededRandom chance) : Actor<PeerEvent>
{
    private readonly LinkIdentity identity = PeerIdentity.Worker(number);
    private readonly Dictionary<string, Backoff> backoffs = [];

    private sealed record Dial(string Host) : PeerEvent;

    private sealed record Finish(PeerLink Link, uint Stream, bool Lies) : PeerEvent;

    protected override void OnStart()
    {
        for (int i = 0; i < world.Options.Proxies; i++)
        {
            string host = PeerIdentity.ProxyName(i);
            backoffs.Add(host, new Backoff(chance.NextBits()));
            PeerIdentity.Dial(life.Transport, Self, host, identity);
        }
    }

    protected override void Receive(PeerEvent message)
    {
        switch (message)
        {
            case PeerEvent.Ready ready:
                backoffs[ready.Link.Remote].Reset();
                break;
            case PeerEvent.Closed closed:
                StartTimer(TimeSpan.FromMilliseconds(backoffs[closed.Link.Remote].NextMs(closed.End.RetryAfterMs)), new Dial(closed.Link.Remote));
                break;
            case Dial dial:
                PeerIdentity.Dial(life.Transport, Self, dial.Host, identity);
                break;
            case PeerEvent.Opened { Message: WorkOpen } opened:
                Work(opened);
                break;
            case Finish finish:
                Answer(finish);
                break;
        }
    }

    private void Work(PeerEvent.Opened opened)
    {
        bool faulty = world.Options.Faults.LyingWorkers;
        if (faulty && chance.Below(200) == 0)
            return;
        TimeSpan time = faulty && chance.Below(50) == 0
            ? chance.Between(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(8))
            : chance.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));
        StartTimer(time, new Finish(opened.Link, opened.Stream, faulty && chance.Below(100) == 0));
    }

    private void Answer(Finish finish)
    {
        JobFinal final = new() { Chunks = 1 };
        final.Usage.Add(new Usage { UsageClass = (uint)UsageClass.Prompt, Amount = (ulong)chance.Between(1, 400) });
        final.Usage.Add(new Usage
        {
            UsageClass = (uint)UsageClass.Completion,
            Amount = finish.Lies ? (ulong)JobTerms.AmountMax : (ulong)chance.Between(1, 600),
        });
        finish.Link.Link.Send(finish.Stream, FrameKind.JobFinal, final, end: true);
    }
}
