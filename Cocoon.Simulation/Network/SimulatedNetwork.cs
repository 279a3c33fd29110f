using Cocoon.Actors.Ports;
using Cocoon.Protocol.Link;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Scheduling;

namespace Cocoon.Simulation.Network;

/// <summary>
/// The network of a world. Between two hosts run the encoded bytes of two production <see cref="Link"/> state machines, over connections
/// that behave as TCP's do.
/// </summary>
internal sealed class SimulatedNetwork(WorldLoop loop, SeededRandom chance)
{
    private readonly SortedDictionary<string, Listening> listeners = new(StringComparer.Ordinal);
    private readonly HashSet<(int, int)> parted = [];
    private readonly Dictionary<int, List<ConnectionEnd>> endsOfHost = [];
    private readonly HashSet<int> liars = [];
    private readonly List<ConnectionEnd> touched = [];
    private readonly SortedDictionary<string, long> counts = new(StringComparer.Ordinal);

    /// <summary>How it behaves from now on.</summary>
    public NetworkFaults Faults { get; set; } = NetworkFaults.None;

    /// <summary>What went wrong, by kind.</summary>
    public IReadOnlyDictionary<string, long> Counts => counts;

    internal WorldLoop Loop => loop;

    internal SeededRandom Chance => chance;

    /// <summary>A host's transport for one life of it.</summary>
    public ITransport Attach(SimulatedScheduler host, string name) => new SimulatedTransport(this, host, name);

    /// <summary>A host whose deliveries may be altered.</summary>
    public void MakeLiar(int host) => liars.Add(host);

    /// <summary>Parts two hosts, or joins them again: nothing passes, nothing is lost yet.</summary>
    public void SetParted(int one, int other, bool value)
    {
        (int, int) pair = (Math.Min(one, other), Math.Max(one, other));
        if (value)
        {
            parted.Add(pair);
            return;
        }

        parted.Remove(pair);
        Drain(one);
        Drain(other);
    }

    /// <summary>Everything is joined again.</summary>
    public void Heal()
    {
        Faults = NetworkFaults.None;
        parted.Clear();
        liars.Clear();
        foreach (int host in endsOfHost.Keys.Order().ToArray())
            Drain(host);
        Flush();
    }

    /// <summary>A host's process is gone. Most peers are told by a reset; some only by silence.</summary>
    public void Crashed(int host)
    {
        foreach ((string name, Listening listener) in listeners.ToArray())
        {
            if (listener.Host.Node == host)
                listeners.Remove(name);
        }

        if (!endsOfHost.Remove(host, out List<ConnectionEnd>? ends))
            return;
        bool silent = chance.Below(4) == 0;
        foreach (ConnectionEnd end in ends)
            end.OwnerCrashed(silent);
    }

    /// <summary>What was sent in this step leaves, in the order of the first message on each connection.</summary>
    public void Flush()
    {
        for (int i = 0; i < touched.Count; i++)
            touched[i].Flush();
        touched.Clear();
    }

    /// <summary>A paused host runs again: what arrived meanwhile is read.</summary>
    public void Woken(int host) => Drain(host);

    /// <summary>A host loses its connections; the other ends are told nothing and find out by silence.</summary>
    public void LoseConnections(int host)
    {
        foreach (ConnectionEnd end in endsOfHost.GetValueOrDefault(host) ?? [])
            end.CutLater("the host lost its connections");
    }

    /// <summary>Cuts one connection somewhere. False when there is none.</summary>
    public bool CutAny()
    {
        ConnectionEnd[] ends = [.. endsOfHost.OrderBy(pair => pair.Key).SelectMany(pair => pair.Value)];
        if (ends.Length == 0)
            return false;
        ends[chance.Below(ends.Length)].CutBoth("the connection was reset");
        return true;
    }

    /// <summary>A stream that is open somewhere, or null: one that nobody ends takes its link's room for ever.</summary>
    public string? FindOpenStream()
    {
        foreach ((int host, List<ConnectionEnd> ends) in endsOfHost.OrderBy(pair => pair.Key))
        {
            if (ends.Find(end => end.StreamCount > 0) is { } end)
                return $"{end.StreamCount} streams are open on a connection of node {host}";
        }

        return null;
    }

    internal void Touched(ConnectionEnd end) => touched.Add(end);

    internal bool IsParted(int one, int other) => parted.Count > 0 && parted.Contains((Math.Min(one, other), Math.Max(one, other)));

    internal bool IsLiar(int host) => liars.Contains(host);

    internal void Count(string fault) => counts[fault] = counts.GetValueOrDefault(fault) + 1;

    internal void Register(ConnectionEnd end)
    {
        if (!endsOfHost.TryGetValue(end.Host.Node, out List<ConnectionEnd>? ends))
            endsOfHost.Add(end.Host.Node, ends = []);
        ends.Add(end);
    }

    internal void Forget(ConnectionEnd end)
    {
        if (endsOfHost.TryGetValue(end.Host.Node, out List<ConnectionEnd>? ends))
            ends.Remove(end);
    }

    internal void Listen(string name, Listening listening)
    {
        if (!listeners.TryAdd(name, listening))
            throw new TransportException($"{name} listens already: stop it first");
    }

    internal void StopListening(string name) => listeners.Remove(name);

    internal Listening? Listener(string name) => listeners.GetValueOrDefault(name);

    /// <summary>One way between two hosts: the pair's own base, and up to a quarter of it more.</summary>
    internal TimeSpan Latency(int one, int other)
    {
        long span = (Faults.LatencyMax - Faults.LatencyMin).Ticks;
        ulong pair = (ulong)Math.Min(one, other) << 32 | (uint)Math.Max(one, other);
        long own = Faults.LatencyMin.Ticks + (long)((pair * 0x9E3779B97F4A7C15 >> 40) * (ulong)span >> 24);
        return new TimeSpan(own + chance.Between(0, own / 4));
    }

    private void Drain(int host)
    {
        if (!endsOfHost.TryGetValue(host, out List<ConnectionEnd>? ends))
            return;
        foreach (ConnectionEnd end in ends.ToArray())
            end.DrainBoth();
    }

    internal sealed record Listening(SimulatedScheduler Host, ListenTarget Target, Func<ILink, ILinkHandler> Accept);

    private sealed class SimulatedTransport(SimulatedNetwork network, SimulatedScheduler host, string name) : ITransport
    {
        public ILink Dial(DialTarget target, Func<ILink, ILinkHandler> owner) => SimulatedConnection.Dial(network, host, target, owner);

        public IListening Listen(ListenTarget target, Func<ILink, ILinkHandler> accept)
        {
            network.Listen(name, new Listening(host, target, accept));
            return new Open(network, name, target.Port);
        }
    }

    private sealed class Open(SimulatedNetwork network, string name, int port) : IListening
    {
        public string Host => name;

        public int Port => port;

        public ValueTask DisposeAsync()
        {
            network.StopListening(name);
            return default;
        }
    }
}
