using Cocoon.Actors.Routing;

namespace Cocoon.Actors.Proxy;

/// <content>Ends of attempts: counts first, then what is learned.</content>
internal sealed partial class Fleet
{
    private void Release(AttemptToken token, AttemptOutcome outcome, TimeSpan now)
    {
        if (!attempts.Remove(token, out FleetAttempt? attempt))
        {
            tally.LateReleases++;
            return;
        }

        FleetServed served = attempt.Served;
        FleetWorker worker = served.Worker;
        assigned.Remove(attempt.Request.Request);
        worker.Attempts.Remove(attempt);
        served.InFlight--;
        worker.Record.Machine.InFlight--;

        Learn(attempt, outcome, now);
        RefreshAround(worker, now);
        foreach (FleetServed one in worker.Served)
            Serve(one.Model, now);
    }

    private void Learn(FleetAttempt attempt, AttemptOutcome outcome, TimeSpan now)
    {
        FleetWorker worker = attempt.Served.Worker;
        FleetWorkerRecord record = worker.Record;
        if (outcome is not AttemptBusy)
            worker.BusyStreak = 0;
        switch (outcome)
        {
            case AttemptCompleted completed:
                worker.Completed++;
                record.Availability.Record(now, succeeded: true);
                record.Breaker.Succeeded(now, attempt.Probe);
                record.Machine.SlowStart.Succeeded();
                Measure(attempt, completed, now);
                break;
            case AttemptFailed { Kind: FailureKind.BadRequest or FailureKind.ContextExceeded or FailureKind.UnknownModel }:
                VoidProbe(attempt);
                break;
            case AttemptCancelled cancelled:
                VoidProbe(attempt);
                if (cancelled.Dispatch == Dispatch.Never)
                    worker.SlotsHeld++;
                else if (cancelled.Dispatch == Dispatch.Unknown)
                    RecountSlots(worker);
                break;
            case AttemptFailed failed:
                worker.Failed++;
                Blame(record, now, attempt.Probe, failed.AfterFirstChunk ? 2 : 1);
                break;
            case AttemptLost:
                worker.Failed++;
                Blame(record, now, attempt.Probe, 1);
                break;
            case AttemptBusy busy:
                VoidProbe(attempt);
                Rest(worker, busy, now);
                RecountSlots(worker);
                break;
            default:
                throw new ArgumentException($"the fleet does not know {outcome.GetType().Name}", nameof(outcome));
        }
    }

    private void Rest(FleetWorker worker, AttemptBusy busy, TimeSpan now)
    {
        if (busy.RunningMax > 0)
            worker.Reported(busy.Running, busy.RunningMax);
        TimeSpan rest = options.BusyRestMin;
        for (int i = 0; i < worker.BusyStreak && rest < options.BusyRestMax; i++)
            rest *= 2;
        worker.BusyStreak++;
        worker.RestsUntil = now + (rest < options.BusyRestMax ? rest : options.BusyRestMax);
        WakeAt(worker.RestsUntil);
    }

    private static void VoidProbe(FleetAttempt attempt)
    {
        if (attempt.Probe)
            attempt.Served.Worker.Record.Breaker.ProbeVoid();
    }

    /// <summary>A failure of the worker's own, and the breaker's answer to it, within the cap on ejections.</summary>
    private void Blame(FleetWorkerRecord record, TimeSpan now, bool probe, int weight)
    {
        record.Availability.Record(now, succeeded: false, weight);
        record.Machine.SlowStart.Failed();
        bool wasOpen = record.Breaker.IsOpen;
        bool shouldOpen = record.Breaker.Failed(now, probe, weight);
        if (wasOpen)
            WakeAt(record.Breaker.ProbeAt);
        if (wasOpen || !shouldOpen)
            return;
        if (MayEject(record))
        {
            record.Breaker.Open(now);
            WakeAt(record.Breaker.ProbeAt);
        }
        else
        {
            tally.EjectionsWithheld++;
        }
    }

    private bool MayEject(FleetWorkerRecord record)
    {
        // Nobody is taken away by ejecting who is not there.
        if (record.Connection is not { } worker)
            return true;
        foreach (FleetServed served in worker.Served)
        {
            if (!EjectionCap.Allows(served.Model.Candidates, record.Machine.Index, options.Breaker.EjectedShareMax))
                return false;
        }

        return true;
    }

    private static void Measure(FleetAttempt attempt, AttemptCompleted completed, TimeSpan now)
    {
        FleetServed served = attempt.Served;
        double total = Math.Max(0, completed.Duration.TotalSeconds);
        double first = Math.Clamp(completed.FirstToken.TotalSeconds, 0, total);
        int running = Math.Max(1, (attempt.RunningWhenSent + served.Worker.Running + 1) / 2);
        int uncached = (int)Math.Clamp(completed.PromptTokens - completed.CachedTokens, 0, int.MaxValue / 2);
        served.Model.Completed(now, completed.Duration);
        if (first < total)
        {
            served.Speed.AddPrompt(now, uncached, first);
            served.Model.FirstTokens.Add(first, attempt.ExpectedFirstTokenSeconds);
            if (completed.OutputTokens >= 2)
                served.Speed.AddOutput(now, running, (total - first) / (completed.OutputTokens - 1));
        }
        else if (completed.OutputTokens > 0)
        {
            // The answer came in one piece: what was expected of prompt and output is scaled alike.
            double promptRate = served.Speed.PromptSecondsPerToken(served.Model.MedianPromptSeconds);
            double outputRate = served.Speed.OutputSecondsPerToken(running, served.Model.MedianOutputSeconds);
            double promptSeconds = (uncached + CostTerms.FixedPromptTokens) * promptRate;
            double outputSeconds = completed.OutputTokens * outputRate;
            double ratio = total / Math.Max(1e-9, promptSeconds + outputSeconds);
            served.Speed.AddPrompt(now, uncached, promptSeconds * ratio);
            served.Speed.AddOutput(now, running, outputRate * ratio);
        }
    }

    /// <summary>The last net: an attempt that its job's actor neither released nor died with.</summary>
    private void ReclaimForgotten(TimeSpan now)
    {
        AttemptToken[] forgotten = [.. attempts.Values.Where(attempt => attempt.LeashEnds <= now).Select(attempt => attempt.Token)];
        Array.Sort(forgotten, static (a, b) => a.Value.CompareTo(b.Value));
        foreach (AttemptToken token in forgotten)
        {
            tally.Reclaimed++;
            Release(token, new AttemptCancelled(Dispatch.Unknown), now);
        }
    }
}
