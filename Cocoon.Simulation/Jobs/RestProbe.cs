using Cocoon.Actors.Proxy;
using Cocoon.Actors.Runtime;
using Cocoon.Actors.Worker;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation.Jobs;

/// <summary>
/// Looks into proxies and workers from outside, by the messages that people's screens use: nothing may be left of jobs that are over,
/// neither in flight nor waiting, and every slot must be somewhere.
/// </summary>
internal sealed class RestProbe(World world, IReadOnlyList<ProxyMachine> proxies, IReadOnlyList<WorkerMachine> workers)
{
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(1);
    private readonly SortedDictionary<int, FleetView> fleets = [];
    private readonly SortedDictionary<int, WorkerStatus> statuses = [];

    /// <summary>Begins to look at what proxies count on workers that are gone.</summary>
    public void Start() => world.Loop.Schedule("look", LookPeriod, Look);

    /// <summary>Judges the last answers and asks again: what is left of jobs, or null. To be called now and then.</summary>
    public string? Unrest()
    {
        string? found = Judge();
        Ask();
        return found;
    }

    private void Ask()
    {
        fleets.Clear();
        statuses.Clear();
        for (int i = 0; i < proxies.Count; i++)
        {
            int number = i;
            proxies[i].Node?.Fleet.TellControl(new DescribeFleet(new ReplyTo<FleetView>(new Sink<FleetView>(view => fleets[number] = view), 0)));
        }

        for (int i = 0; i < workers.Count; i++)
        {
            int number = i;
            workers[i].Worker?.TellControl(
                new WorkerMessage.AskStatus(new ReplyTo<WorkerStatus>(new Sink<WorkerStatus>(status => statuses[number] = status), 0)));
        }
    }

    private void Look()
    {
        TimeSpan asked = world.Loop.Now;
        for (int i = 0; i < proxies.Count; i++)
        {
            if (proxies[i] is { Node: { } node, Links: { } links })
                node.Fleet.TellControl(new DescribeFleet(new ReplyTo<FleetView>(new Sink<FleetView>(view => CheckGone(view, links, asked)), 0)));
        }

        world.Loop.Schedule("look", LookPeriod, Look);
    }

    /// <summary>The end of a link and what it ends are told in one go: there is no moment in which the one is known and the other counted.</summary>
    private void CheckGone(FleetView fleet, WatchedLinks links, TimeSpan asked)
    {
        foreach (WorkerView worker in fleet.Workers)
        {
            if (worker.InFlight > 0 && links.GoneFor(worker.Worker) is { } gone && gone > world.Loop.Now - asked)
                world.Violated($"{worker.InFlight} attempts are counted on a worker whose connection was lost {gone.TotalMilliseconds} ms ago");
        }
    }

    private string? Judge()
    {
        if (fleets.Count < proxies.Count || statuses.Count < workers.Count)
            return "somebody does not answer";
        foreach ((int number, FleetView fleet) in fleets)
        {
            if (fleet.Counts.Reclaimed > 0)
                world.Violated($"proxy {number} had to take {fleet.Counts.Reclaimed} attempts back that nobody released");
            if (fleet.Counts.InFlight > 0)
                return $"proxy {number} counts {fleet.Counts.InFlight} attempts in flight";
            if (fleet.Models.Any(model => model.Waiting > 0))
                return $"jobs wait at proxy {number}";
            if (proxies[number].Node is { Jobs: > 0 } node)
                return $"proxy {number} has {node.Jobs} jobs";
        }

        foreach ((int number, WorkerStatus status) in statuses)
        {
            if (status.Running > 0)
                return $"worker {number} counts {status.Running} jobs";
            int held = fleets.Values.Sum(fleet => fleet.Workers
                .Where(view => view.Worker == PeerIdentity.Worker(number).PublicKey).Sum(view => view.SlotsHeld));
            // One worker's frames are altered now and then: what it and its proxies count is its own affair.
            bool isLiar = number == 0 && world.Options.Faults.LyingPeers;
            if (status.Proxies.All(proxy => proxy.Connected) && held != status.Capacity && !isLiar)
                return $"of worker {number}'s {status.Capacity} slots {held} are at proxies";
            if (!status.Proxies.All(proxy => proxy.Connected))
                return $"worker {number} is not connected everywhere";
        }

        return null;
    }

    private sealed class Sink<TReply>(Action<TReply> take) : IReplySink<TReply>
    {
        public void Reply(long ticket, TReply reply) => take(reply);
    }
}
