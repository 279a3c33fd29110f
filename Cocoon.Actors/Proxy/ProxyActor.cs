using Cocoon.Actors.Ledger;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Actors.Proxy;

/// <summary>
/// One shard's accounts on this node: admits their jobs, knows which run, answers Resume. It owns the shard's ledger as a child and
/// lives and dies with it; the jobs do not: they go on relaying and settle wherever the shard is served next.
/// </summary>
internal sealed class ProxyActor(ProxyContext context, Func<Actor<LedgerCommand>> createLedger) : Actor<ProxyMessage>
{
    private const int ResumesMax = 1024;
    private static readonly SpawnOptions LedgerOptions = new(MailboxCapacity: 16_384, RestartPolicy.Always);
    private readonly Dictionary<JobId, ProxyMessage.Admit> jobs = [];
    private readonly Dictionary<long, JobId> byActor = [];
    private readonly Dictionary<JobId, List<ProxyMessage.Resume>> resumes = [];
    private ActorRef<LedgerCommand> ledger = null!;
    private bool draining;

    protected override void OnStart() => ledger = Spawn("ledger", createLedger, LedgerOptions);

    /// <summary>A ledger that stopped for good (fenced, or corrupt) takes its shard along; the supervisor decides what is next.</summary>
    protected override void OnTerminated(Terminated terminated)
    {
        if (terminated.Actor == ledger)
            throw terminated.Failure as ActorStopException ?? new ActorStopException("the shard's ledger stopped", terminated.Failure);
        if (!byActor.Remove(terminated.Actor.Id, out JobId id) || !jobs.Remove(id, out ProxyMessage.Admit? job))
            return;
        // Only a bug ends a job without its own goodbye: what it held is freed, and the client hears of it.
        ledger.TellControl(new Release(id));
        const string reason = "the job failed inside the proxy; what was settled before stays settled";
        job.Link.Fail(job.Stream, JobErrorCode.Internal, reason);
        if (!resumes.Remove(id, out List<ProxyMessage.Resume>? asked))
            return;
        foreach (ProxyMessage.Resume resume in asked)
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
            case ProxyMessage.Standing standing:
                AnswerStanding(standing);
                break;
            case ProxyMessage.ClientConnected connected:
                Greet(connected);
                break;
            case ProxyMessage.FromAccount fromAccount:
                AccountRequests.Handle(fromAccount, ledger, context);
                break;
            case ProxyMessage.CountJobs count:
                count.ReplyTo.Reply(jobs.Count);
                break;
            case ProxyMessage.Drain:
                draining = true;
                break;
        }
    }

    private void Admit(ProxyMessage.Admit admit)
    {
        JobRequest request = admit.Request;
        if (draining || context.Draining)
        {
            Refuse(admit.Job, JobErrorCode.Draining, "this node is draining: try another");
            return;
        }

        if (!jobs.TryAdd(request.Id, admit))
        {
            Refuse(admit.Job, JobErrorCode.JobNumber, "this job is running: ask for it with Resume");
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

    /// <summary>A client may have come back for the job in the moment of its end: the books answer what the job did not hear.</summary>
    private void EndJob(ProxyMessage.JobOver over)
    {
        if (!byActor.Remove(over.Actor.Id))
            return;
        jobs.Remove(over.Job);
        // What is left of its reservation, if anything: it may have ended in any way, even while it was being admitted.
        ledger.TellControl(new Release(over.Job));
        if (!resumes.Remove(over.Job, out List<ProxyMessage.Resume>? asked))
            return;
        foreach (ProxyMessage.Resume unheard in asked.Skip(over.ResumesHeard))
            Resume(unheard);
    }

    private static void Refuse(ActorRef<JobMessage> job, JobErrorCode code, string reason)
        => job.TellControl(new JobMessage.NotAdmitted(new JobError { Code = code, Reason = reason }));

    /// <summary>Running here: the job takes the new stream. Else the books know: settled, interrupted, or never heard of.</summary>
    private void Resume(ProxyMessage.Resume resume)
    {
        ClientLink link = resume.Link;
        if (resume.Open.Job is not { } asked || !asked.Account.Span.SequenceEqual(link.Account.Value.AsSpan()) || asked.Number > long.MaxValue)
        {
            link.Fail(resume.Stream, JobErrorCode.BadRequest, "a client can resume its own account's jobs only");
            return;
        }

        JobId id = new(link.Account, new SessionId(asked.Session), (long)asked.Number);
        if (jobs.TryGetValue(id, out ProxyMessage.Admit? running))
        {
            if (!resumes.TryGetValue(id, out List<ProxyMessage.Resume>? earlier))
                resumes[id] = earlier = [];
            if (earlier.Count == ResumesMax)
            {
                link.Fail(resume.Stream, JobErrorCode.RateLimit, $"the job was asked for {ResumesMax} times while it ran");
                return;
            }

            earlier.Add(resume);
            running.Job.TellControl(new JobMessage.Resumed(link, resume.Stream, (long)Math.Min(resume.Open.NextChunk, long.MaxValue)));
            return;
        }

        ledger.TellControl(new QueryJob(id, Self.Accept<JobAnswer>(answer => new ProxyMessage.Standing(link, resume.Stream, answer))));
    }

    private static void AnswerStanding(ProxyMessage.Standing standing)
    {
        JobAnswer known = standing.Answer;
        ResumeAnswer answer = new();
        switch (known.Standing)
        {
            case JobStanding.Closed:
                answer.Settled = SettledOf(known);
                break;
            case JobStanding.Open:
                answer.Interrupted = new ResumeInterrupted { CostNanoTon = known.Total.Value, Receipt = known.Receipt };
                break;
            case JobStanding.TooOld:
                standing.Link.Fail(standing.Stream, JobErrorCode.JobNumber, "the session no longer remembers so old a job");
                return;
            default:
                answer.Unknown = new ResumeUnknown();
                break;
        }

        standing.Link.Link.Send(standing.Stream, FrameKind.ResumeAnswer, answer, end: true);
    }

    /// <summary>The state keeps the totals of open jobs only; what a closed one cost stands in its receipt.</summary>
    private static JobFinal SettledOf(JobAnswer known)
    {
        JobFinal settled = new() { CostNanoTon = known.Total.Value, Receipt = known.Receipt };
        if (known.Receipt is null || !ReceiptLeaf.TryRead(known.Receipt.Leaf.Span, out ReceiptLeaf leaf))
            return settled;
        settled.CostNanoTon = leaf.Cost.Value;
        settled.Usage.AddRange(leaf.Usage.Select(priced => new Usage { UsageClass = (uint)priced.Usage.Class, Amount = (ulong)priced.Usage.Amount }));
        return settled;
    }

    private void Greet(ProxyMessage.ClientConnected connected)
    {
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
