using Cocoon.Actors.Ledger;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;

namespace Cocoon.Simulation.Ledger;

/// <summary>
/// Something that has to be done in one stream, by whichever node owns it, and is tried until it is acknowledged: an operator's credit,
/// a client's transfer between its accounts, a sweep of earnings, a look at a balance. What changes money is idempotent by a reference or a
/// request number of its own.
/// </summary>
/// <param name="Stream">Where.</param>
/// <param name="DoAsync">Does it: the head it was told of, or null when it must be done again.</param>
internal sealed record Errand(StreamId Stream, Func<ActorRef<ProxyMessage>, ValueTask<LedgerHead?>> DoAsync)
{
    /// <summary>How long an errand waits for the ledger.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>Whether it was acknowledged.</summary>
    public bool IsDone { get; set; }

    /// <summary>An errand of one command.</summary>
    public static Errand Of(StreamId stream, Func<ReplyTo<LedgerAnswer>, LedgerCommand> command)
        => new(stream, async shard => (await AskAsync(shard, command)).Head);

    /// <summary>Asks the ledger behind a shard.</summary>
    public static ValueTask<TReply> AskAsync<TReply>(ActorRef<ProxyMessage> shard, Func<ReplyTo<TReply>, LedgerCommand> command)
        => shard.AskAsync<TReply>(reply => new ProxyMessage.ToLedger(command(reply)), Deadline);
}

/// <summary>The errands of a world, outside all nodes: whoever wants them done does not crash with a node.</summary>
internal sealed class Errands
{
    private readonly SortedDictionary<StreamId, Queue<Errand>> waiting = [];

    /// <summary>Errands that are not acknowledged.</summary>
    public int Count { get; private set; }

    public void Add(Errand errand)
    {
        if (!waiting.TryGetValue(errand.Stream, out Queue<Errand>? queue))
            waiting.Add(errand.Stream, queue = new Queue<Errand>());
        queue.Enqueue(errand);
        Count++;
    }

    /// <summary>The first errand of a stream, or null. Errands of one stream are done in order.</summary>
    public Errand? First(StreamId stream) => waiting.TryGetValue(stream, out Queue<Errand>? queue) && queue.Count > 0 ? queue.Peek() : null;

    /// <summary>Streams that have something to do.</summary>
    public IEnumerable<StreamId> Streams => waiting.Where(pair => pair.Value.Count > 0).Select(pair => pair.Key);

    public void Done(Errand errand)
    {
        if (errand.IsDone)
            return;
        errand.IsDone = true;
        waiting[errand.Stream].Dequeue();
        Count--;
    }
}
