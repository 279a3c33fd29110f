using Cocoon.Actors.Ledger;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;

namespace Cocoon.Simulation.Ledger;

/// <summary>
/// Something that has to be done in one stream, by whichever node owns it, and is tried until it is acknowledged: an operator's credit,
/// a client's transfer between its accounts, a sweep of earnings. Each is idempotent by a reference or a request number of its own.
/// </summary>
/// <param name="Stream">Where.</param>
/// <param name="Command">Makes the command that does it.</param>
internal sealed record Errand(StreamId Stream, Func<ReplyTo<LedgerAnswer>, LedgerCommand> Command)
{
    /// <summary>Whether it was acknowledged.</summary>
    public bool IsDone { get; set; }
}

/// <summary>The errands of a world, outside all nodes: whoever wants them done does not crash with a node.</summary>
internal sealed class Errands
{
    private readonly SortedDictionary<StreamId, List<Errand>> waiting = [];

    /// <summary>Errands that are not acknowledged.</summary>
    public int Count { get; private set; }

    public void Add(Errand errand)
    {
        if (!waiting.TryGetValue(errand.Stream, out List<Errand>? list))
            waiting.Add(errand.Stream, list = []);
        list.Add(errand);
        Count++;
    }

    /// <summary>The first errand of a stream, or null. Errands of one stream are done in order.</summary>
    public Errand? First(StreamId stream) => waiting.TryGetValue(stream, out List<Errand>? list) && list.Count > 0 ? list[0] : null;

    /// <summary>Streams that have something to do.</summary>
    public IEnumerable<StreamId> Streams => waiting.Where(pair => pair.Value.Count > 0).Select(pair => pair.Key);

    public void Done(Errand errand)
    {
        if (errand.IsDone)
            return;
        errand.IsDone = true;
        waiting[errand.Stream].Remove(errand);
        Count--;
    }
}
