using Cocoon.Protocol;
using Cocoon.Protocol.Identity;

namespace Cocoon.Simulation.Peers;

/// <summary>What the clients of a world know about their jobs: the yardstick that the journal is held to.</summary>
internal sealed class JobBook(Action<JobId> acknowledged)
{
    private readonly SortedDictionary<AccountId, HashSet<JobId>> open = [];

    /// <summary>Jobs sent for the first time.</summary>
    public long Submitted { get; private set; }

    /// <summary>Jobs whose settlement reached the client.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Times that a job was sent again.</summary>
    public long Retried { get; private set; }

    /// <summary>Jobs refused for good: balance, ceiling.</summary>
    public long Refused { get; private set; }

    /// <summary>Jobs that ended after their first instalment: the client keeps what was relayed and pays no more.</summary>
    public long Interrupted { get; private set; }

    /// <summary>Jobs under way.</summary>
    public int OpenCount => open.Values.Sum(jobs => jobs.Count);

    /// <summary>False when the world comes to rest: no new jobs.</summary>
    public bool TakesJobs { get; set; } = true;

    public void Submit(JobId job)
    {
        Submitted++;
        if (!open.TryGetValue(job.Account, out HashSet<JobId>? jobs))
            open.Add(job.Account, jobs = []);
        jobs.Add(job);
    }

    public void Retry() => Retried++;

    public void Acknowledge(JobId job)
    {
        if (!Close(job))
            return;
        Acknowledged++;
        acknowledged(job);
    }

    public void Refuse(JobId job)
    {
        if (Close(job))
            Refused++;
    }

    public void Interrupt(JobId job)
    {
        if (Close(job))
            Interrupted++;
    }

    /// <summary>The client crashed: it will not ask for these jobs again.</summary>
    public void ForgetOpen(AccountId account) => open.Remove(account);

    private bool Close(JobId job) => open.TryGetValue(job.Account, out HashSet<JobId>? jobs) && jobs.Remove(job);
}
