using Cocoon.Actors.Routing;

namespace Cocoon.Actors.Proxy;

/// <content>Askings: choosing, waiting, refusing.</content>
internal sealed partial class Fleet
{
    private void Acquire(AcquireWorker request, TimeSpan now)
    {
        bool known = waiting.ContainsKey(request.Request) || assigned.ContainsKey(request.Request);
        if (known || request.Request.Number is < 1 or > RequestId.NumberMax || request.Needs.Kind is < 1 or > 31)
        {
            Refuse(request, RefusalReason.BadRequest, keep: true);
            return;
        }

        if (draining && request.Kind == AttemptKind.First)
        {
            Refuse(request, RefusalReason.Draining, retryAfter: options.Queue.RetryAfterMin);
            return;
        }

        if (!models.TryGetValue(request.Needs.Model, out FleetModel? model))
        {
            if (!awaited.ContainsKey(request.Needs.Model))
            {
                Refuse(request, RefusalReason.UnknownModel);
                return;
            }

            models[request.Needs.Model] = model = NewModel(request.Needs.Model);
        }

        if (request.Kind == AttemptKind.First)
        {
            // A job that asks once more, because its worker was busy, is still one job.
            if (request.Request.Number == 1)
            {
                retries.PayIn();
                hedges.PayIn();
            }
        }
        else if (!TakeFromBudget(request, model, now))
        {
            return;
        }

        Choice choice = TryAssign(model, request, now);
        if (choice.Found)
            return;
        if (request.Kind == AttemptKind.Hedge)
        {
            hedges.GiveBack();
            tally.Hedges--;
            Refuse(request, RefusalReason.HedgeBudget, decision: ExplainIfAsked(model, request, now));
        }
        else if (choice.CanWait || IsAwaited(model))
        {
            Enqueue(model, request, now);
        }
        else
        {
            RefuseFor(model, request, choice, now);
        }
    }

    private bool TakeFromBudget(AcquireWorker request, FleetModel model, TimeSpan now)
    {
        if (request.Kind == AttemptKind.Retry && retries.TryTake())
        {
            tally.Retries++;
            return true;
        }

        if (request.Kind == AttemptKind.Hedge && options.Budgets.HedgingEnabled && hedges.TryTake())
        {
            tally.Hedges++;
            return true;
        }

        bool retry = request.Kind == AttemptKind.Retry;
        Refuse(request, retry ? RefusalReason.RetryBudget : RefusalReason.HedgeBudget, retryAfter: retry ? RetryAfter(model, now) : null);
        return false;
    }

    private void Enqueue(FleetModel model, AcquireWorker request, TimeSpan now)
    {
        TimeSpan wait = model.EstimateWait(now, model.Queue.Ahead(request.Needs.Account));
        if (wait > request.TimeLeft)
        {
            Refuse(request, RefusalReason.WouldMissDeadline, retryAfter: RetryAfter(model, now), decision: ExplainIfAsked(model, request, now));
            return;
        }

        long cost = request.Kind == AttemptKind.Retry ? 0 : request.Needs.FairCost;
        TimeSpan patience = request.TimeLeft < options.Queue.WaitMax ? request.TimeLeft : options.Queue.WaitMax;
        FleetWaiting job = new(request, now + patience, now + request.TimeLeft) { FairCost = cost };
        JobQueue.Admission admission = model.Queue.Add(job);
        if (admission != JobQueue.Admission.Added)
        {
            RefusalReason reason = admission == JobQueue.Admission.Full ? RefusalReason.QueueFull : RefusalReason.AccountQueueFull;
            Refuse(request, reason, retryAfter: RetryAfter(model, now));
            return;
        }

        waiting.Add(request.Request, job);
    }

    private Choice TryAssign(FleetModel model, AcquireWorker request, TimeSpan now)
    {
        bool first = request.Kind == AttemptKind.First;
        IReadOnlyList<PrefixTag> prefixes = request.Needs.Prefixes;
        if (prefixes.Count > 0)
            model.Prefixes.Credit(prefixes, model.Candidates, now);
        Choice choice = chooser.Choose(request.Needs, model.Candidates, now, explore: first, coldOnly: request.Kind == AttemptKind.Hedge);
        int cached = choice.Found ? model.Candidates[choice.Index].CachedTokens : 0;
        RoutingDecision? decision = choice.Found && request.Explain
            ? chooser.Explain(request.Needs, model.Candidates, now, choice)
            : null;
        if (prefixes.Count > 0)
            model.Prefixes.TakeBack(prefixes, model.Candidates, now);
        if (choice.Found)
            Assign(model, request, choice, cached, decision, now);
        return choice;
    }

    private void Assign(FleetModel model, AcquireWorker request, Choice choice, int cached, RoutingDecision? decision, TimeSpan now)
    {
        FleetServed served = model.Served[choice.Index];
        FleetWorker worker = served.Worker;
        int coefficient = model.Candidates[choice.Index].Coefficient;
        FleetAttempt attempt = new(new AttemptToken(++lastToken), request, served)
        {
            Probe = worker.Record.Breaker.Sent(now),
            Sent = now,
            LeashEnds = now + request.TimeLeft + options.AttemptGrace,
            RunningWhenSent = worker.Running + 1,
            ExpectedFirstTokenSeconds = choice.FirstTokenSeconds,
            ExpectedSeconds = choice.Seconds,
        };
        attempts.Add(attempt.Token, attempt);
        assigned.Add(request.Request, attempt);
        worker.Attempts.Add(attempt);
        worker.SlotsHeld--;
        served.InFlight++;
        worker.Record.Machine.InFlight++;
        if (request.Needs.Prefixes.Count > 0)
            model.Prefixes.Remember(served.Shelf, request.Needs.Prefixes, now);
        RefreshAround(worker, now);
        request.ReplyTo.Reply(new Assigned(
            request.Request,
            attempt.Token,
            worker.Connected.Link,
            worker.Connected.Sink,
            worker.Record.Key,
            worker.Record.Number,
            worker.Tier,
            coefficient,
            worker.SlotSequence,
            cached,
            TimeSpan.FromSeconds(choice.FirstTokenSeconds),
            TimeSpan.FromSeconds(choice.Seconds),
            HedgePolicy.Delay(options.Budgets, model.FirstTokens, choice.FirstTokenSeconds),
            decision));
    }

    /// <summary>A machine in slow start counts over all its workers, so they change together.</summary>
    private static void RefreshAround(FleetWorker worker, TimeSpan now)
    {
        FleetMachine machine = worker.Record.Machine;
        if (!machine.SlowStart.IsNewcomer || machine.Workers.Count == 1)
        {
            Refresh(worker, now);
            return;
        }

        foreach (FleetWorkerRecord record in machine.Workers)
            Refresh(record.Connection, now);
    }

    /// <summary>Gives free slots to those who wait.</summary>
    private void Serve(FleetModel model, TimeSpan now)
    {
        if (model.Queue.Count == 0)
            return;
        while (model.FindFree() && model.Queue.TryTakeFirst(job => TryAssignWaiting(model, (FleetWaiting)job, now), out _))
        {
        }
    }

    private bool TryAssignWaiting(FleetModel model, FleetWaiting job, TimeSpan now)
    {
        // Most that wait cannot use what is free: asked of the few free workers before all are weighed.
        if (job.Deadline <= now || !model.AnyFreeFor(job.Needs, chooser, now))
            return false;
        AcquireWorker request = job.Request with { TimeLeft = job.JobDeadline - now };
        if (!TryAssign(model, request, now).Found)
            return false;
        waiting.Remove(request.Request);
        return true;
    }

    private void GiveUpHopeless(FleetWorker? worker, TimeSpan now)
    {
        if (worker is null)
            return;
        foreach (FleetServed served in worker.Served)
            GiveUpHopeless(served.Model, now);
    }

    /// <summary>Refuses those for whom waiting cannot help any more.</summary>
    private void GiveUpHopeless(FleetModel model, TimeSpan now)
    {
        if (model.Queue.Count == 0 || IsAwaited(model))
            return;
        foreach (QueuedJob job in model.Queue.ToArray())
        {
            Choice choice = chooser.Judge(job.Needs, model.Candidates, now);
            if (choice.CanWait || choice.Found)
                continue;
            model.Queue.Remove(job);
            RefuseFor(model, ((FleetWaiting)job).Request, choice, now);
        }
    }

    private void Cancel(RequestId request, TimeSpan now)
    {
        if (waiting.TryGetValue(request, out FleetWaiting? job))
        {
            models[job.Needs.Model].Queue.Remove(job);
            Refuse(job.Request, RefusalReason.Cancelled);
        }
        else if (assigned.TryGetValue(request, out FleetAttempt? attempt))
        {
            Release(attempt.Token, new AttemptCancelled(Dispatch.Unknown), now);
        }
    }

    /// <summary>The job's actor has stopped: all it holds is released.</summary>
    public void JobStopped(long job, TimeSpan now)
    {
        for (int number = 1; number <= RequestId.NumberMax; number++)
            Cancel(new RequestId(job, number), now);
    }

    private void RefuseFor(FleetModel model, AcquireWorker request, Choice choice, TimeSpan now)
    {
        RefusalReason reason = model.Served.Count == 0 ? RefusalReason.UnknownModel : ReasonOf(choice);
        TimeSpan? retryAfter = reason is RefusalReason.NoWorker or RefusalReason.PriceCap ? RetryAfter(model, now) : null;
        Refuse(request, reason, choice.CheapestBeyondCap, retryAfter, ExplainIfAsked(model, request, now));
    }

    private static RefusalReason ReasonOf(Choice choice)
        => choice.Met(Ineligibility.Price) ? RefusalReason.PriceCap
            : choice.Met(Ineligibility.Avoided) || choice.Met(Ineligibility.Draining) || choice.Met(Ineligibility.EvidenceStale)
                || choice.Met(Ineligibility.Ejected) ? RefusalReason.NoWorker
            : choice.Met(Ineligibility.Context) ? RefusalReason.ContextExceeded
            : choice.Met(Ineligibility.Tier) ? RefusalReason.Tier
            : choice.Met(Ineligibility.Kind) ? RefusalReason.Kind
            : RefusalReason.NoWorker;

    private void Refuse(
        AcquireWorker request,
        RefusalReason reason,
        int wouldRunAt = 0,
        TimeSpan? retryAfter = null,
        RoutingDecision? decision = null,
        bool keep = false)
    {
        if (!keep)
            waiting.Remove(request.Request);
        tally.Refused[(int)reason]++;
        request.ReplyTo.Reply(new Refused(request.Request, reason, wouldRunAt, retryAfter, decision));
    }

    private TimeSpan RetryAfter(FleetModel model, TimeSpan now)
    {
        TimeSpan wait = model.EstimateWait(now, model.Queue.Count);
        return wait < options.Queue.RetryAfterMin ? options.Queue.RetryAfterMin
            : wait > options.Queue.RetryAfterMax ? options.Queue.RetryAfterMax
            : wait;
    }

    private RoutingDecision? ExplainIfAsked(FleetModel model, AcquireWorker request, TimeSpan now)
        => request.Explain ? Describe(request.Needs, now) : null;
}
