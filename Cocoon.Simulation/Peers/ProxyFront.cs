using Cocoon.Actors.Cluster;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Worlds;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Simulation.Peers;

/// <summary>
/// The front of a simulated proxy: takes jobs, reserves, has a worker run them, settles, answers when that is durable. It stands where
/// ProxyActor, FleetActor and JobActor will, and does no more than the ledger's traffic needs.
/// </summary>
internal sealed class ProxyFront(
    World world,
    NodeLife life,
    int number,
    ShardDirectory<LedgerCommand> directory,
    NodeStanding standing,
    ProxyParts parts,
    SeededRandom chance) : Actor<PeerEvent>
{
    private static readonly TimeSpan LedgerDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WorkDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ErrandPeriod = TimeSpan.FromMilliseconds(700);
    private readonly JobTerms terms = new(PriceTable.DefaultRates, 1000, 500);
    private readonly List<PeerLink> workers = [];
    private readonly Dictionary<(PeerLink Link, uint Stream), TaskCompletionSource<JobFinal?>> attempts = [];
    private readonly HashSet<StreamId> errandsRunning = [];

    private sealed record ErrandsDue : PeerEvent
    {
        public static readonly ErrandsDue Now = new();
    }

    private sealed record AttemptLate(PeerLink Link, uint Stream) : PeerEvent;

    protected override void OnStart()
    {
        PeerIdentity.Listen(life.Transport, Self, PeerIdentity.ProxyName(number), PeerIdentity.Proxy(number));
        StartPeriodicTimer(ErrandPeriod, ErrandsDue.Now);
    }

    protected override void Receive(PeerEvent message)
    {
        switch (message)
        {
            case PeerEvent.Ready { Link.Peer.Role: Role.Worker } ready:
                workers.Add(ready.Link);
                break;
            case PeerEvent.Opened { Message: JobOpen open } opened:
                Admit(opened.Link, opened.Stream, open.Header);
                break;
            case PeerEvent.Got { Message: JobFinal final } got:
                EndAttempt(got.Link, got.Stream, final);
                break;
            case PeerEvent.StreamLost lost:
                EndAttempt(lost.Link, lost.Stream, null);
                break;
            case AttemptLate late:
                if (attempts.ContainsKey((late.Link, late.Stream)))
                    late.Link.Link.Reset(late.Stream, LinkReason.Abandoned, "too late");
                EndAttempt(late.Link, late.Stream, null);
                break;
            case PeerEvent.Closed closed:
                workers.Remove(closed.Link);
                foreach ((PeerLink link, uint stream) in attempts.Keys.Where(attempt => attempt.Link == closed.Link).ToArray())
                    EndAttempt(link, stream, null);
                break;
            case ErrandsDue:
                RunErrands();
                break;
        }
    }

    private void Admit(PeerLink link, uint stream, JobHeader header)
    {
        AccountId account = link.Peer!.Account;
        if (!header.Job.Account.Span.SequenceEqual(account.Value.AsSpan()))
        {
            Refuse(link, stream, JobErrorCode.BadRequest, "the job is of another account");
            return;
        }

        JobId job = new(account, new SessionId(header.Job.Session), (long)header.Job.Number);
        StreamId shard = StreamId.OfShard(account.Shard(world.Options.Shards));
        ShardPlace<LedgerCommand> place = directory.Find(shard);
        if (place.Here is null)
        {
            Moved moved = new() { Shard = (uint)shard.Number };
            if (place.Endpoint.Length > 0)
                moved.Endpoints.Add(new Endpoint { Host = place.Endpoint });
            link.Link.Send(stream, FrameKind.Moved, moved, end: true);
        }
        else if (!standing.MaySpeak(Now))
        {
            Refuse(link, stream, JobErrorCode.Draining, "this node's lease is in doubt");
        }
        else
        {
            Run(_ => RunJobAsync(link, stream, job, place.Here, header));
        }
    }

    private async ValueTask RunJobAsync(PeerLink link, uint stream, JobId job, ActorRef<LedgerCommand> ledger, JobHeader header)
    {
        try
        {
            ReserveAnswer reserved = await ledger.AskAsync<ReserveAnswer>(
                reply => new Reserve(
                    job, 0, header.Model, terms, (long)header.PromptBytesMax / 4, [], header.MaxOutputTokens, 1, WorkDeadline, reply),
                LedgerDeadline);
            if (reserved.Refusal == LedgerRefusal.JobSettled)
                await ConfirmAsync(link, stream, job, ledger);
            else if (reserved.Refusal != LedgerRefusal.None)
                Refuse(link, stream, Code(reserved.Refusal), reserved.Text);
            else
                await WorkAsync(link, stream, job, ledger, header);
        }
        catch (Exception failure) when (failure is AskTimeoutException or AskRefusedException)
        {
            Refuse(link, stream, JobErrorCode.Internal, failure.Message);
        }
    }

    /// <summary>The job was settled before: the client gets its answer again, once that is known to be durable.</summary>
    private async ValueTask ConfirmAsync(PeerLink link, uint stream, JobId job, ActorRef<LedgerCommand> ledger)
    {
        JobAnswer answer = await ledger.AskAsync<JobAnswer>(reply => new QueryJob(job, reply), LedgerDeadline);
        parts.Oracle.Told(answer.Head);
        if (answer.Standing == JobStanding.Closed)
            link.Link.Send(stream, FrameKind.JobFinal, new JobFinal { CostNanoTon = answer.Total.Value }, end: true);
        else if (answer.Standing == JobStanding.Open && !answer.Running)
            Refuse(link, stream, JobErrorCode.Interrupted, "settled in part before it was interrupted");
        else
            Refuse(link, stream, JobErrorCode.Internal, $"the job is {answer.Standing}");
    }

    private async ValueTask WorkAsync(PeerLink link, uint stream, JobId job, ActorRef<LedgerCommand> ledger, JobHeader header)
    {
        if (workers.Count == 0)
        {
            ledger.TellControl(new Release(job));
            Refuse(link, stream, JobErrorCode.NoWorker, "no worker is connected");
            return;
        }

        PeerLink worker = workers[chance.Below(workers.Count)];
        JobFinal? final = await AttemptAsync(worker, header);
        if (final is null)
        {
            ledger.TellControl(new Release(job));
            Refuse(link, stream, JobErrorCode.WorkerLost, "the worker did not answer");
            return;
        }

        UsageAmount[] usage = [.. final.Usage.Select(used => new UsageAmount((UsageClass)used.UsageClass, Bound(used, header)))];
        if (chance.Below(4) == 0)
            await SettleAsync(job, 1, false, worker, header, Half(usage), ledger);
        SettleAnswer settled = await SettleAsync(job, 2, true, worker, header, usage, ledger);
        if (settled.Refusal == LedgerRefusal.None)
            link.Link.Send(stream, FrameKind.JobFinal, new JobFinal { CostNanoTon = settled.Total.Value }, end: true);
        else if (settled.Refusal == LedgerRefusal.JobSettled)
            await ConfirmAsync(link, stream, job, ledger);
        else
            Refuse(link, stream, JobErrorCode.Internal, settled.Text);
    }

    private async ValueTask<SettleAnswer> SettleAsync(
        JobId job, int instalment, bool isFinal, PeerLink worker, JobHeader header, UsageAmount[] usage, ActorRef<LedgerCommand> ledger)
    {
        SettleAnswer answer = await ledger.AskAsync<SettleAnswer>(
            reply => new Settle(job, instalment, isFinal, worker.Peer!.Key, header.Model, terms, usage, reply) { End = JobEnd.Finished }, LedgerDeadline);
        parts.Oracle.Told(answer.Head);
        return answer;
    }

    private async ValueTask<JobFinal?> AttemptAsync(PeerLink worker, JobHeader header)
    {
        uint stream = worker.Link.Open(StreamKind.Work, new WorkOpen { Model = header.Model, MaxOutputTokens = header.MaxOutputTokens }, end: true);
        if (stream == 0)
            return null;
        TaskCompletionSource<JobFinal?> attempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
        attempts[(worker, stream)] = attempt;
        ActorTimer late = StartTimer(WorkDeadline, new AttemptLate(worker, stream));
        JobFinal? final = await attempt.Task;
        late.Cancel();
        return final;
    }

    private void EndAttempt(PeerLink link, uint stream, JobFinal? final)
    {
        if (attempts.Remove((link, stream), out TaskCompletionSource<JobFinal?>? attempt))
            attempt.SetResult(final);
    }

    private void RunErrands()
    {
        if (!standing.MaySpeak(Now))
            return;
        foreach (StreamId stream in parts.Errands.Streams.ToArray())
        {
            if (directory.Find(stream).Here is { } ledger && errandsRunning.Add(stream))
                Run(_ => RunErrandsAsync(stream, ledger));
        }
    }

    private async ValueTask RunErrandsAsync(StreamId stream, ActorRef<LedgerCommand> ledger)
    {
        try
        {
            while (parts.Errands.First(stream) is { } errand)
            {
                if (await errand.DoAsync(ledger) is not { } head)
                    break;
                parts.Oracle.Told(head);
                parts.Errands.Done(errand);
            }
        }
        catch (Exception failure) when (failure is AskTimeoutException or AskRefusedException)
        {
            // Whether it was done is unknown: it is tried again, here or by the next owner.
        }

        errandsRunning.Remove(stream);
    }

    private static long Bound(Usage used, JobHeader header)
        => (long)Math.Min(used.Amount, used.UsageClass == (uint)UsageClass.Prompt ? header.PromptBytesMax / 4 : header.MaxOutputTokens);

    private static UsageAmount[] Half(UsageAmount[] usage) => [.. usage.Select(used => used with { Amount = used.Amount / 2 })];

    private static JobErrorCode Code(LedgerRefusal refusal) => refusal switch
    {
        LedgerRefusal.InsufficientBalance or LedgerRefusal.UnknownAccount => JobErrorCode.Balance,
        LedgerRefusal.CeilingReached => JobErrorCode.Ceiling,
        LedgerRefusal.Malformed => JobErrorCode.BadRequest,
        _ => JobErrorCode.JobNumber,
    };

    private static void Refuse(PeerLink link, uint stream, JobErrorCode code, string reason)
        => link.Link.Send(stream, FrameKind.JobError, new JobError { Code = code, Reason = reason }, end: true);
}
