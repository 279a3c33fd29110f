using Cocoon.Actors.Ledger;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <summary>What one node sees of its network, for people and for clients that ask.</summary>
/// <param name="Fleet">Workers, models, counters.</param>
/// <param name="Books">The figures of the streams that this node serves, by stream.</param>
/// <param name="Silent">Streams of this node that did not answer in time: just recovering, or stopped.</param>
/// <param name="Proxies">Live proxy nodes as of the last reading of the lease table.</param>
/// <param name="ClientLinks">Client connections of this node.</param>
/// <param name="Draining">Whether the node takes nothing new.</param>
public sealed record NetworkSurvey(FleetView Fleet, IReadOnlyList<BooksAnswer> Books, int Silent, int Proxies, int ClientLinks, bool Draining)
{
    /// <summary>Jobs that the node sent away since its start, by the reason that their clients heard: nothing was relayed, nothing paid.</summary>
    public required IReadOnlyDictionary<JobErrorCode, long> Refused { get; init; }

    /// <summary>Owed to clients and workers.</summary>
    public NanoTon ValueLocked => Sum(static books => books.Clients + books.Workers);

    /// <summary>Held back for running jobs.</summary>
    public NanoTon Reserved => Sum(static books => books.Reserved);

    /// <summary>Accounts with a balance.</summary>
    public long Accounts => Books.Sum(static books => books.Accounts);

    /// <summary>Jobs settled to their end.</summary>
    public long JobsSettled => Books.Sum(static books => books.JobsSettled);

    /// <summary>A sum over the streams.</summary>
    public NanoTon Sum(Func<BooksAnswer, NanoTon> figure)
    {
        NanoTon sum = NanoTon.Zero;
        foreach (BooksAnswer books in Books)
            sum += figure(books);
        return sum;
    }

    internal NetworkState ToState(ulong query)
    {
        NetworkState state = new()
        {
            Query = query,
            ValueLockedNanoTon = ValueLocked.Value,
            Proxies = (uint)Proxies,
            Workers = (uint)Fleet.Workers.Count,
            Clients = (ulong)Accounts,
            JobsRunning = (uint)Fleet.Counts.InFlight,
            JobsWaiting = (uint)Fleet.Models.Sum(static model => model.Waiting),
            JobsSettled = (ulong)JobsSettled,
        };
        state.Tiers.AddRange(Fleet.Workers.GroupBy(static worker => worker.Tier).OrderBy(static tier => tier.Key).Select(static tier => new TierState
        {
            Tier = tier.Key,
            Workers = (uint)tier.Count(),
            Slots = (uint)tier.Sum(static worker => worker.SlotsHeld + worker.InFlight),
            Running = (uint)tier.Sum(static worker => worker.InFlight),
        }));
        return state;
    }
}
