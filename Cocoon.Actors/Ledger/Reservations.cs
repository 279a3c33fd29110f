using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ledger;

/// <summary>Money held back for one job.</summary>
/// <param name="Purse">The purse it spends from; 0: none.</param>
/// <param name="Amount">Most that the job may cost in all.</param>
/// <param name="Held">What of it is still held: the amount less what was settled.</param>
/// <param name="Deadline">When the job must be over, by the monotonic clock.</param>
public readonly record struct Reservation(ulong Purse, NanoTon Amount, NanoTon Held, TimeSpan Deadline);

/// <summary>What is reserved, by job, account and purse. Memory only: a crash forgets it together with the jobs.</summary>
public sealed class Reservations
{
    private readonly Dictionary<JobId, Reservation> jobs = [];
    private readonly Dictionary<AccountId, NanoTon> accounts = [];
    private readonly Dictionary<(AccountId, ulong), (NanoTon Held, int Jobs)> purses = [];

    /// <summary>Number of jobs with a reservation.</summary>
    public int Count => jobs.Count;

    /// <summary>The sum of what is held.</summary>
    public NanoTon Total { get; private set; }

    /// <summary>Everything reserved, sorted by job.</summary>
    public IEnumerable<KeyValuePair<JobId, Reservation>> Sorted => Sort(jobs);

    /// <summary>The job's reservation.</summary>
    public bool TryGet(JobId job, out Reservation reservation) => jobs.TryGetValue(job, out reservation);

    /// <summary>What is held of an account.</summary>
    public NanoTon HeldOf(AccountId account) => accounts.GetValueOrDefault(account);

    /// <summary>What is held of a purse, and for how many jobs.</summary>
    public (NanoTon Held, int Jobs) HeldOf(AccountId account, ulong purse) => purses.GetValueOrDefault((account, purse));

    /// <summary>Adds a reservation. The job has none.</summary>
    public void Add(JobId job, Reservation reservation)
    {
        jobs.Add(job, reservation);
        Change(job.Account, reservation.Purse, reservation.Held, 1);
    }

    /// <summary>Settles a part: it is no longer held, but still counts toward the amount.</summary>
    public void Use(JobId job, NanoTon price)
    {
        Reservation reservation = jobs[job];
        NanoTon used = NanoTon.Min(price, reservation.Held);
        jobs[job] = reservation with { Held = reservation.Held - used };
        Change(job.Account, reservation.Purse, -used, 0);
    }

    /// <summary>Lowers the amount; never raises it, and never below what was settled.</summary>
    public void Lower(JobId job, NanoTon amount)
    {
        if (!jobs.TryGetValue(job, out Reservation reservation) || amount >= reservation.Amount)
            return;
        NanoTon less = NanoTon.Min(reservation.Amount - amount, reservation.Held);
        jobs[job] = reservation with { Amount = reservation.Amount - less, Held = reservation.Held - less };
        Change(job.Account, reservation.Purse, -less, 0);
    }

    /// <summary>Frees what is left, if there is a reservation.</summary>
    public void Remove(JobId job)
    {
        if (jobs.Remove(job, out Reservation reservation))
            Change(job.Account, reservation.Purse, -reservation.Held, -1);
    }

    /// <summary>The jobs whose deadline lies before <paramref name="instant"/>, sorted.</summary>
    public IReadOnlyList<JobId> OverdueAt(TimeSpan instant) =>
        [.. Sort(jobs.Where(entry => entry.Value.Deadline < instant)).Select(entry => entry.Key)];

    private static IOrderedEnumerable<KeyValuePair<JobId, Reservation>> Sort(IEnumerable<KeyValuePair<JobId, Reservation>> entries) =>
        entries.OrderBy(entry => entry.Key.Account).ThenBy(entry => entry.Key.Session).ThenBy(entry => entry.Key.Number);

    private void Change(AccountId account, ulong purse, NanoTon amount, int count)
    {
        Total += amount;
        NanoTon held = accounts.GetValueOrDefault(account) + amount;
        if (held == NanoTon.Zero)
            accounts.Remove(account);
        else
            accounts[account] = held;
        if (purse == 0)
            return;
        (NanoTon of, int running) = purses.GetValueOrDefault((account, purse));
        if (running + count == 0)
            purses.Remove((account, purse));
        else
            purses[(account, purse)] = (of + amount, running + count);
    }
}
