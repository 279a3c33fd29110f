using System.Diagnostics.CodeAnalysis;
using Cocoon.Actors.Ledger;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Actors.Proxy;

/// <content>Clients that come back for a job, or ask what became of one.</content>
internal sealed partial class ProxyActor
{
    private const int ResumesMax = 1024;
    private const int AskingsMax = 30;
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1);
    private readonly Dictionary<JobId, Queue<ProxyMessage.Resume>> resumes = [];
    private readonly SortedDictionary<long, Question> questions = [];
    private readonly Dictionary<AccountId, int> askings = [];
    private long lastQuestion;

    /// <summary>A client may have come back for the job in the moment of its end: the books answer what the job did not hear.</summary>
    private void EndJob(ProxyMessage.JobOver over)
    {
        if (!byActor.Remove(over.Actor.Id))
            return;
        jobs.Remove(over.Job);
        CountOut(over.Job.Account);
        // What is left of its reservation, if anything: it may have ended in any way, even while it was being admitted.
        ledger.TellControl(new Release(over.Job));
        if (!resumes.Remove(over.Job, out Queue<ProxyMessage.Resume>? asked))
            return;
        foreach (ProxyMessage.Resume unheard in asked)
            Resume(unheard);
    }

    private void ForgetResume(ProxyMessage.ResumeHeard heard)
    {
        if (!byActor.ContainsKey(heard.Actor.Id) || !resumes.TryGetValue(heard.Job, out Queue<ProxyMessage.Resume>? asked))
            return;
        asked.Dequeue();
        if (asked.Count == 0)
            resumes.Remove(heard.Job);
    }

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
            if (!resumes.TryGetValue(id, out Queue<ProxyMessage.Resume>? earlier))
                resumes[id] = earlier = [];
            if (earlier.Count == ResumesMax)
            {
                link.Fail(resume.Stream, JobErrorCode.RateLimit, $"the job is asked for {ResumesMax} times at once");
                return;
            }

            earlier.Enqueue(resume);
            running.Job.TellControl(new JobMessage.Resumed(link, resume.Stream, (long)Math.Min(resume.Open.NextChunk, long.MaxValue), resume.Open.Run));
            return;
        }

        int asking = askings.GetValueOrDefault(link.Account);
        if (asking >= context.Settings.JobsPerAccountMax)
        {
            link.Fail(resume.Stream, JobErrorCode.RateLimit, $"this account asks for {asking} jobs at once, as many as it may have");
            return;
        }

        askings[link.Account] = asking + 1;
        Ask(++lastQuestion, new Question(link, resume.Stream, id, 0));
    }

    private static void Answer(Question question, JobAnswer known)
    {
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
                question.Link.Fail(
                    question.Stream,
                    JobErrorCode.JobNumber,
                    $"job {question.Job.Number} of session {question.Job.Session} is too long ago to be known here; it may have been paid: receipts and the operator's journal tell");
                return;
            default:
                answer.Unknown = new ResumeUnknown();
                break;
        }

        question.Link.Answer(question.Stream, answer);
    }

    private static JobFinal SettledOf(JobAnswer known)
    {
        JobFinal settled = new() { CostNanoTon = known.Total.Value, Receipt = known.Receipt };
        if (known.Receipt is null || !ReceiptLeaf.TryRead(known.Receipt.Leaf.Span, out ReceiptLeaf leaf))
            return settled;
        settled.Usage.AddRange(leaf.Usage.Select(priced => new Usage { UsageClass = (uint)priced.Usage.Class, Amount = (ulong)priced.Usage.Amount }));
        return settled;
    }

    /// <summary>A worker asks again until it is answered, so the question need not be kept.</summary>
    private void TellWorker(ProxyMessage.WorkAsked asked)
    {
        if (jobs.ContainsKey(asked.Job))
        {
            asked.Link.AnswerClaim(asked.Claim, WorkStanding.Running);
            return;
        }

        ledger.TellControl(new QueryJob(asked.Job, AccountRequests.Answer<JobAnswer>(known =>
        {
            // A receipt that is too far back is missing; that nothing was paid is not said.
            if (known.IsTooFar)
                return;
            WorkStanding standing = known.Standing switch
            {
                _ when known.Running => WorkStanding.Running,
                JobStanding.Closed => WorkStanding.Settled,
                JobStanding.Open => WorkStanding.Interrupted,
                _ => WorkStanding.Unpaid,
            };
            asked.Link.AnswerClaim(asked.Claim, standing, known);
        })));
    }

    /// <summary>A ledger that restarts forgets what it was asked: the question stays until it is answered.</summary>
    private void Ask(long number, Question question)
    {
        questions[number] = question with { Askings = question.Askings + 1 };
        ledger.TellControl(new QueryJob(question.Job, Self.Accept<JobAnswer>(answer => new ProxyMessage.Standing(number, answer))));
        StartTimer(AskAgainAfter, new ProxyMessage.AskAgain(number));
    }

    private void AskAgain(long number)
    {
        if (!questions.TryGetValue(number, out Question? question))
            return;
        if (question.Askings < AskingsMax)
        {
            Ask(number, question);
            return;
        }

        TryTakeQuestion(number, out _);
        question.Link.Fail(question.Stream, JobErrorCode.Internal, "the ledger does not answer: ask again");
    }

    /// <summary>
    /// A job unknown to a node whose lease is in doubt may be known to its successor: such a question waits, and is asked again.
    /// </summary>
    private void TakeStanding(ProxyMessage.Standing standing)
    {
        if (standing.Answer.Standing == JobStanding.Unknown && !context.Standing.MaySpeak(Now))
            return;
        if (TryTakeQuestion(standing.Question, out Question? question))
            Answer(question, standing.Answer);
    }

    private bool TryTakeQuestion(long number, [NotNullWhen(true)] out Question? question)
    {
        if (!questions.Remove(number, out question))
            return false;
        AccountId account = question.Link.Account;
        if (--askings[account] == 0)
            askings.Remove(account);
        return true;
    }

    /// <summary>
    /// The shard is not served here any more, and somebody else may have spoken for it by the time it is again: what runs ends without
    /// another settlement, and clients ask where it is served next.
    /// </summary>
    private void SendAway()
    {
        foreach (Question question in questions.Values)
            question.Link.SendMoved(question.Stream);
        questions.Clear();
        askings.Clear();
        foreach (ProxyMessage.Admit job in jobs.Values.OrderBy(job => job.Job.Id))
            job.Job.TellControl(new JobMessage.ShardGone());
    }

    private sealed record Question(ClientLink Link, uint Stream, JobId Job, int Askings);
}
