using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Scheduling;

namespace Cocoon.Simulation.Storage;

/// <summary>Hears what the database really holds, before any node does.</summary>
internal interface IDatabaseWatcher
{
    /// <summary>A batch is durable; <paramref name="writer"/> sent it at step <paramref name="sentAtStep"/>.</summary>
    void Landed(JournalBatch batch, SimulatedScheduler writer, long sentAtStep);

    /// <summary>A node has read a stream to its end, and builds on it.</summary>
    void ReadToEnd(StreamId stream, SimulatedScheduler reader);

    /// <summary>An older copy took the place of the database.</summary>
    void Restored();
}

/// <summary>
/// The database of a world: journal, snapshots and lease table that all its nodes share, behind latency and faults. A request is carried
/// out atomically when it lands, whatever its sender believes by then.
/// </summary>
internal sealed class SimulatedDatabase
{
    private readonly WorldLoop loop;
    private readonly SeededRandom chance;
    private readonly HashSet<int> cutOff = [];
    private readonly List<IDatabaseWatcher> watchers = [];
    private int restores;

    /// <param name="loop">The world's loop.</param>
    /// <param name="chance">Where its faults are drawn from.</param>
    /// <param name="streams">The streams of the cluster.</param>
    /// <param name="term">Length of a node's lease.</param>
    /// <param name="isPrivate">
    /// True: it lives in its one node's process, as SQLite does. Nothing comes between the two, and a crash of the node takes what is under way.
    /// </param>
    /// <param name="checksEpoch">False only to show what a store without a fence leads to.</param>
    public SimulatedDatabase(
        WorldLoop loop, SeededRandom chance, IEnumerable<StreamId> streams, TimeSpan term, bool isPrivate, bool checksEpoch)
    {
        this.loop = loop;
        this.chance = chance;
        IsPrivate = isPrivate;
        Tables = new MemoryJournal(streams, () => loop.Now, term) { ChecksEpoch = checksEpoch };
    }

    /// <summary>Whether it lives in its node's process.</summary>
    public bool IsPrivate { get; }

    /// <summary>What is durable now.</summary>
    public MemoryJournal Tables { get; private set; }

    /// <summary>How it behaves from now on.</summary>
    public DatabaseFaults Faults { get; set; } = DatabaseFaults.None;

    /// <summary>False while it is down: whatever arrives is lost, and so are the answers under way.</summary>
    public bool IsUp { get; private set; } = true;

    /// <summary>Counts crashes and restores: a request of an earlier life never lands.</summary>
    public int Life { get; private set; }

    public FaultCounts Counts { get; } = new();

    public void Watch(IDatabaseWatcher watcher) => watchers.Add(watcher);

    /// <summary>A node's way to the database, for one life of the node.</summary>
    public DatabaseConnection Connect(SimulatedScheduler node) => new(this, node);

    /// <summary>Cuts a node off, or connects it again.</summary>
    public void SetReachable(int node, bool reachable)
    {
        if (reachable)
            cutOff.Remove(node);
        else if (!IsPrivate)
            cutOff.Add(node);
    }

    /// <summary>The server's process dies: what landed stays, what is under way is gone.</summary>
    public void Crash()
    {
        IsUp = false;
        Life++;
    }

    public void Start() => IsUp = true;

    /// <summary>Puts an older copy in place, as an operator would: the server was down, epochs jump.</summary>
    public void Restore(MemoryJournal backup)
    {
        Life++;
        restores++;
        Tables = backup.Copy();
        // More at every restore: the backup may be older than the one before.
        Tables.Reopen(1_000_000L * restores);
        IsUp = true;
        foreach (IDatabaseWatcher watcher in watchers)
            watcher.Restored();
    }

    internal bool Reaches(int node) => IsUp && !cutOff.Contains(node);

    /// <summary>Draws what will become of one request.</summary>
    internal (RequestFate Fate, TimeSpan Latency) Draw()
    {
        DatabaseFaults faults = Faults;
        TimeSpan latency = chance.Between(faults.LatencyMin, faults.LatencyMax);
        int roll = chance.Below(1_000_000);
        if ((roll -= faults.LostRequest) < 0)
            return (RequestFate.LostRequest, latency);
        if ((roll -= faults.LostAnswer) < 0)
            return (RequestFate.LostAnswer, latency);
        if ((roll -= faults.Hang) < 0)
            return (RequestFate.Hang, chance.Between(faults.Timeout, faults.HangMax));
        if ((roll -= faults.Refused) < 0)
            return (RequestFate.Refused, latency);
        return (RequestFate.Answered, (roll -= faults.Slow) < 0 ? latency * (1 + chance.Below(50)) : latency);
    }

    internal TimeSpan DrawLatency() => chance.Between(Faults.LatencyMin, Faults.LatencyMax);

    internal void Schedule(WorldEvent happening, TimeSpan delay) => loop.Schedule(happening, delay);

    internal long Step => loop.Step;

    internal void Landed(JournalBatch batch, SimulatedScheduler writer, long sentAtStep)
    {
        loop.Trail.Mix((ulong)batch.Chain.GetHashCode(), (ulong)batch.LastSequence);
        foreach (IDatabaseWatcher watcher in watchers)
            watcher.Landed(batch, writer, sentAtStep);
    }

    internal void WasReadToEnd(StreamId stream, SimulatedScheduler reader)
    {
        foreach (IDatabaseWatcher watcher in watchers)
            watcher.ReadToEnd(stream, reader);
    }
}

/// <summary>What becomes of one request.</summary>
internal enum RequestFate
{
    Answered,
    LostRequest,
    LostAnswer,
    Hang,
    Refused,
}
