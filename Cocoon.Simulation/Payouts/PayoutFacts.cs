using Cocoon.Actors.Ledger;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Simulation.Scheduling;
using Cocoon.Simulation.Storage;

namespace Cocoon.Simulation.Payouts;

/// <summary>
/// Something that is true outside the ledger (a job was done, a client signed a withdrawal) and is told to one stream until it is
/// acknowledged. After a restored backup it is told again: whoever knows it did not forget it.
/// </summary>
/// <param name="Stream">Where.</param>
/// <param name="Group">Facts of one group are told in order; empty: on its own.</param>
/// <param name="TellAsync">Tells it; whether it is known now. Idempotent.</param>
internal sealed record PayoutFact(StreamId Stream, string Group, Func<ActorRef<LedgerCommand>, ValueTask<bool>> TellAsync)
{
    public bool IsKnown { get; set; }
}

/// <summary>All facts of a world, outside its nodes.</summary>
internal sealed class PayoutFacts : IDatabaseWatcher
{
    /// <summary>What else an operator does when a backup is restored.</summary>
    public Action? Restored { get; set; }

    private readonly List<PayoutFact> facts = [];

    /// <summary>Rises with every restored backup: an acknowledgement of before says nothing.</summary>
    public int Generation { get; private set; }

    public int UnknownCount { get; private set; }

    public void Add(PayoutFact fact)
    {
        facts.Add(fact);
        UnknownCount++;
    }

    /// <summary>What a stream has not acknowledged, the first of each group.</summary>
    public IReadOnlyList<PayoutFact> Unknown(StreamId stream)
    {
        List<PayoutFact> unknown = [];
        HashSet<string> groups = new(StringComparer.Ordinal);
        foreach (PayoutFact fact in facts)
        {
            if (!fact.IsKnown && fact.Stream == stream && (fact.Group.Length == 0 || groups.Add(fact.Group)))
                unknown.Add(fact);
        }

        return unknown;
    }

    public void Known(PayoutFact fact, int generation)
    {
        if (fact.IsKnown || generation != Generation)
            return;
        fact.IsKnown = true;
        UnknownCount--;
    }

    void IDatabaseWatcher.Landed(JournalBatch batch, SimulatedScheduler writer, long sentAtStep)
    {
    }

    void IDatabaseWatcher.ReadToEnd(StreamId stream, SimulatedScheduler reader)
    {
    }

    void IDatabaseWatcher.Restored()
    {
        Generation++;
        foreach (PayoutFact fact in facts)
            fact.IsKnown = false;
        UnknownCount = facts.Count;
        Restored?.Invoke();
    }
}
