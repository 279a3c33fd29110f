using Cocoon.Protocol.Identity;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Actors.Ledger;

/// <content>
/// Settlements whose place the state does not keep any more. Anybody can ask for any job of its own at any time, so what it costs is bounded:
/// one search at a time goes back so far and no further, for all that one account has asked for meanwhile; accounts take turns; after
/// a search there is a rest; and what was found, or not, is remembered.
/// </content>
public partial class LedgerActor
{
    private const int SoughtMax = 16_384;
    private const int FoundMax = 4096;

    // A search may take a fifth of the time.
    private const int RestShare = 4;

    // More than clocks of clients and nodes are apart.
    private static readonly TimeSpan SearchMargin = TimeSpan.FromHours(1);

    private readonly Queue<AccountId> seeking = new();
    private readonly Dictionary<AccountId, Dictionary<JobId, List<Action<SettledBefore>>>> sought = [];
    private readonly Dictionary<JobId, long> found = [];
    private readonly Queue<JobId> foundInOrder = new();
    private int soughtCount;
    private bool isSearching;
    private TimeSpan searchNotBefore;

    /// <summary>Who is not answered, because too much is asked for, asks again.</summary>
    private void Seek(JobId job, Action<SettledBefore> tell)
    {
        if (StandingOf(job) is JobStanding.Closed or JobStanding.TooOld && found.TryGetValue(job, out long known))
        {
            Run(async _ => tell(await ReadFoundAsync(known)));
            return;
        }

        if (soughtCount >= SoughtMax)
            return;
        soughtCount++;
        if (!sought.TryGetValue(job.Account, out Dictionary<JobId, List<Action<SettledBefore>>>? jobs))
        {
            sought[job.Account] = jobs = [];
            seeking.Enqueue(job.Account);
        }

        if (!jobs.TryGetValue(job, out List<Action<SettledBefore>>? waiting))
            jobs[job] = waiting = [];
        waiting.Add(tell);
        Search();
    }

    private void Search()
    {
        if (isSearching || seeking.Count == 0)
            return;
        isSearching = true;
        if (searchNotBefore > Now)
            StartTimer(searchNotBefore - Now, SearchDue.Instance);
        else
            Run(SearchAsync);
    }

    private async ValueTask SearchAsync(CancellationToken ended)
    {
        TimeSpan began = Now;
        sought.Remove(seeking.Dequeue(), out Dictionary<JobId, List<Action<SettledBefore>>>? jobs);
        soughtCount -= jobs!.Values.Sum(static waiting => waiting.Count);
        Dictionary<JobId, long> oldest = jobs.Keys.ToDictionary(static job => job, OldestOf);
        SettlementSearch search = new(persistence.Journal, Stream, options.SearchEventsMax);
        IReadOnlyDictionary<JobId, long> places = await search.FindAsync(oldest, DurableSequence);
        ended.ThrowIfCancellationRequested();
        foreach (JobId job in jobs.Keys.OrderBy(static job => job.Session).ThenBy(static job => job.Number))
        {
            bool isLacking = places[job] == SettlementSearch.None && oldest[job] == 0;
            SettledBefore before = isLacking ? await ReadSettledAsync(0) : await ReadFoundAsync(places[job]);
            ended.ThrowIfCancellationRequested();
            Remember(job, places[job]);
            foreach (Action<SettledBefore> tell in jobs[job])
                tell(before);
        }

        searchNotBefore = Now + ((Now - began) * RestShare);
        isSearching = false;
        Search();
    }

    /// <summary>
    /// What the books call settled must be in the journal. One that is too old to be told from a settled one may never have been settled: it
    /// was not before its session was opened.
    /// </summary>
    private long OldestOf(JobId job)
        => StandingOf(job) is JobStanding.Open or JobStanding.Closed
            ? 0
            : (job.Session.OpenedUnixSeconds * 1000) - (long)SearchMargin.TotalMilliseconds;

    private async ValueTask<SettledBefore> ReadFoundAsync(long place) => place switch
    {
        SettlementSearch.TooFar => new SettledBefore(0, default, null, null, IsTooFar: true),
        SettlementSearch.None => default,
        _ => await ReadSettledAsync(place),
    };

    /// <summary>Of jobs whose newest settlement stays their newest.</summary>
    private void Remember(JobId job, long place)
    {
        if (StandingOf(job) is not (JobStanding.Closed or JobStanding.TooOld) || !found.TryAdd(job, place))
            return;
        foundInOrder.Enqueue(job);
        if (foundInOrder.Count > FoundMax)
            found.Remove(foundInOrder.Dequeue());
    }
}
