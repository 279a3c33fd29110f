using Cocoon.Actors.Ledger;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Simulation.Jobs;

/// <summary>What the clients of a world know about their jobs: the yardstick that the journal is held to.</summary>
internal sealed class JobBook(EngineBook engines, IJobWatcher watcher)
{
    /// <summary>What a client says that gave a job up by itself.</summary>
    public const string PatienceOver = "the client's patience is over";

    // With the machine of the client that waits for it.
    private readonly Dictionary<JobId, int> open = [];
    private readonly SortedDictionary<JobErrorCode, long> failures = [];

    /// <summary>What engines did.</summary>
    public EngineBook Engines => engines;

    /// <summary>Tokens that a template may add to a prompt.</summary>
    public int TemplateTokens { get; init; }

    /// <summary>Keys of clients and workers that alter what they send.</summary>
    public IReadOnlySet<PublicKey> Liars { get; init; } = new HashSet<PublicKey>();

    /// <summary>Jobs sent for the first time.</summary>
    public long Submitted { get; private set; }

    /// <summary>Jobs whose whole answer and settlement reached the client.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Times that a job was asked for again after a reconnect.</summary>
    public long Resumed { get; private set; }

    /// <summary>Jobs that the user cancelled.</summary>
    public long Cancelled { get; private set; }

    /// <summary>Jobs that ended with an error, by its code.</summary>
    public IReadOnlyDictionary<JobErrorCode, long> Failures => failures;

    /// <summary>Jobs that their client gave up, long after their time.</summary>
    public long GivenUp { get; private set; }

    /// <summary>Jobs under way.</summary>
    public int OpenCount => open.Count;

    /// <summary>One of them.</summary>
    public JobId FirstOpen => open.Keys.First();

    /// <summary>False when the world comes to rest: no new jobs.</summary>
    public bool TakesJobs { get; set; } = true;

    public void Violated(string what) => watcher.Violated(what);

    public void Submit(JobId job, int machine)
    {
        Submitted++;
        open.Add(job, machine);
    }

    public void Resume() => Resumed++;

    /// <summary>A job came to its end; the journal must have it, unless it is not <paramref name="isThisJob"/> that ended.</summary>
    public void Acknowledge(JobId job, Receipt? receipt, bool isThisJob)
    {
        if (!Close(job))
            return;
        Acknowledged++;
        if (isThisJob)
            watcher.Acknowledged(job);
        Hold(receipt);
    }

    public void Fail(JobId job, JobError error, Receipt? receipt)
    {
        if (!Close(job))
            return;
        failures[error.Code] = failures.GetValueOrDefault(error.Code) + 1;
        Hold(receipt);
        if (error.Reason != PatienceOver)
            return;
        GivenUp++;
        watcher.GivenUp(job);
    }

    public void Cancel(JobId job)
    {
        if (Close(job))
            Cancelled++;
    }

    /// <summary>A cancelled job's fate was asked for: it was charged.</summary>
    public void LookedUp(JobId job, Receipt? receipt) => Hold(receipt);

    /// <summary>A cancelled job's fate was asked for: nobody has heard of it, so it can never cost anything.</summary>
    public void ToldUnknown(JobId job) => watcher.ToldUnknown(job);

    /// <summary>A job that was settled and sent again was run again.</summary>
    public void RanAgain(JobId job) => watcher.RanAgain(job);

    /// <summary>The client crashed: it will not ask for these jobs again.</summary>
    public void ForgetOpen(int machine)
    {
        foreach (JobId job in open.Keys.ToArray())
        {
            if (open[job] == machine)
                open.Remove(job);
        }
    }

    /// <summary>
    /// A client has held the head that it was told against the one that it keeps; whether what it keeps is gone from the journal.
    /// </summary>
    public bool Compared(LedgerHead told, LedgerHead? kept, bool isContradiction) => watcher.Compared(told, kept, isContradiction);

    private bool Close(JobId job) => open.Remove(job);

    private void Hold(Receipt? receipt)
    {
        if (receipt is not null && BatchRoot.TryRead(receipt.Root.Statement.Span, out BatchRoot root))
            watcher.HoldsReceipt(root);
    }
}

/// <summary>Who holds what clients know against what the journal says.</summary>
internal interface IJobWatcher
{
    void Violated(string what);

    void Acknowledged(JobId job);

    void GivenUp(JobId job);

    void ToldUnknown(JobId job);

    void RanAgain(JobId job);

    void HoldsReceipt(BatchRoot root);

    bool Compared(LedgerHead told, LedgerHead? kept, bool isContradiction);
}
