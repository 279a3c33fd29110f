using Cocoon.Actors.Ledger;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Actors.Proxy;

/// <summary>
/// One shard's accounts on this node: admits their jobs, knows which run, answers Resume. It owns the shard's ledger as a child and
/// lives and dies with it; the jobs do not: they go on relaying and settle wherever the shard is served next.
/// </summary>
internal sealed partial class ProxyActor(ProxyContext context, Func<Actor<LedgerCommand>> createLedger) : Actor<ProxyMessage>
{
    private static readonly SpawnOptions LedgerOptions = new(MailboxCapacity: 16_384, RestartPolicy.Always);
    private readonly Dictionary<JobId, ProxyMessage.Admit> jobs = [];
    private readonly Dictionary<long, JobId> byActor = [];
    private readonly Dictionary<AccountId, int> jobsByAccount = [];
    private readonly List<ClientLink> greeted = [];
    private ActorRef<LedgerCommand> ledger = null!;

    protected override void OnStart() => ledger = Spawn("ledger", createLedger, LedgerOptions);

    protected override void OnStop() => SendAway();

    /// <summary>A ledger that stopped for good (fenced, or corrupt) takes its shard along; the supervisor decides what is next.</summary>
    protected override void OnTerminated(Terminated terminated)
    {
        if (terminated.Actor == ledger && terminated.Failure is LedgerForkException fork)
        {
            context.NoteStopped(fork.Finding.Presented.Stream, fork.Message);
            foreach (ClientLink link in greeted)
                link.Link.Close(LinkReason.LedgerStopped, fork.Message);
        }

        if (terminated.Actor == ledger)
        {
            SendAway();
            throw terminated.Failure as ActorStopException ?? new ActorStopException("the shard's ledger stopped", terminated.Failure);
        }

        if (!byActor.Remove(terminated.Actor.Id, out JobId id) || !jobs.Remove(id, out ProxyMessage.Admit? job))
            return;
        CountOut(id.Account);
        // A job that says no goodbye has a bug, or stops with its node: what it held is freed.
        ledger.TellControl(new Release(id));
        resumes.Remove(id, out Queue<ProxyMessage.Resume>? asked);

        // Its node stops: the connection's end tells the client, who asks the next node what became of the job.
        if (terminated.Failure is null)
            return;
        const string reason = "the job failed inside the proxy; what was settled before stays settled";
        job.Link.Fail(job.Stream, JobErrorCode.Internal, reason);
        foreach (ProxyMessage.Resume resume in asked ?? new())
            resume.Link.Fail(resume.Stream, JobErrorCode.Internal, reason);
    }

    protected override void Receive(ProxyMessage message)
    {
        switch (message)
        {
            case ProxyMessage.ToLedger forward:
                ledger.TellControl(forward.Command);
                break;
            case ProxyMessage.Admit admit:
                Admit(admit);
                break;
            case ProxyMessage.JobOver over:
                EndJob(over);
                break;
            case ProxyMessage.Resume resume:
                Resume(resume);
                break;
            case ProxyMessage.ResumeHeard heard:
                ForgetResume(heard);
                break;
            case ProxyMessage.WorkAsked asked:
                TellWorker(asked);
                break;
            case ProxyMessage.Standing standing:
                TakeStanding(standing);
                break;
            case ProxyMessage.AskAgain again:
                AskAgain(again.Question);
                break;
            case ProxyMessage.ClientConnected connected:
                Greet(connected);
                break;
            case ProxyMessage.FromAccount fromAccount:
                AccountRequests.Handle(fromAccount, ledger, context);
                break;
            case ProxyMessage.EndJobs:
                foreach (ProxyMessage.Admit job in jobs.Values.OrderBy(job => job.Job.Id))
                    job.Job.TellControl(new JobMessage.NodeStops());
                break;
            case ProxyMessage.CountJobs count:
                count.ReplyTo.Reply(jobs.Count);
                break;
        }
    }

    private void Admit(ProxyMessage.Admit admit)
    {
        JobRequest request = admit.Request;
        if (context.Draining)
        {
            Refuse(admit.Job, JobErrorCode.Draining, "this node is draining: try another");
            return;
        }

        if (!jobs.TryAdd(request.Id, admit))
        {
            Refuse(admit.Job, JobErrorCode.JobNumber, "this job is running: ask for it with Resume");
            return;
        }

        if (!TryCountIn(request.Id.Account))
        {
            jobs.Remove(request.Id);
            Refuse(admit.Job, JobErrorCode.RateLimit, $"this account has {context.Settings.JobsPerAccountMax} jobs running and waiting, as many as it may");
            return;
        }

        byActor.Add(admit.Job.Id, request.Id);
        Watch(admit.Job);
        ledger.TellControl(new Reserve(
            request.Id,
            request.Purse,
            request.Model,
            context.Settings.Prices.Terms(request.Model, request.CoefficientCap)!,
            request.PromptBound,
            request.Media,
            request.OutputMax,
            request.Choices,
            request.TimeLeft,
            admit.Job.Accept<ReserveAnswer>(answer => new JobMessage.Admitted(answer))));
    }

    private bool TryCountIn(AccountId account)
    {
        int count = jobsByAccount.GetValueOrDefault(account);
        if (count >= context.Settings.JobsPerAccountMax)
            return false;
        jobsByAccount[account] = count + 1;
        return true;
    }

    private void CountOut(AccountId account)
    {
        int count = jobsByAccount.GetValueOrDefault(account) - 1;
        if (count > 0)
            jobsByAccount[account] = count;
        else
            jobsByAccount.Remove(account);
    }

    private static void Refuse(ActorRef<JobMessage> job, JobErrorCode code, string reason)
        => job.TellControl(new JobMessage.NotAdmitted(new JobError { Code = code, Reason = reason }));

    private void Greet(ProxyMessage.ClientConnected connected)
    {
        greeted.RemoveAll(static link => link.Ended);
        greeted.Add(connected.Link);
        ledger.TellControl(new OpenAccount(connected.Link.AccountKey, default));
        long now = System.Scheduler.UtcNow.ToUnixTimeSeconds();
        foreach (Head head in connected.Heads)
        {
            if (BatchRoot.TryVerify(head, context.Settings.Scope, now, context.Verifier, out BatchRoot root)
                && root.Stream == StreamId.OfShard(connected.Link.Account.Shard(context.Settings.ShardCount)))
            {
                ledger.TellControl(new PresentHead(new LedgerHead(root.Stream, root.LastSequence, root.ChainHash), default));
            }
        }
    }
}
