using Cocoon.Actors.Routing;
using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Proxy;

/// <content>Workers: connections, offers, slots, load, records.</content>
internal sealed partial class Fleet
{
    private const int SlotsMax = 1 << 20;
    private const int CoefficientMax = 1_000_000;

    // Losing a connection with attempts on it is one event, however many they were.
    private const int LossWeight = 3;

    private void Connect(WorkerConnected connected, TimeSpan now)
    {
        if (workers.ContainsKey(connected.Link))
            return;
        FleetWorkerRecord record = RecordOf(connected, now);
        // The newer one may be the dead one: what a worker said before it crashed can come late. The one that lives connects again.
        if (record.Connection is { } older)
        {
            Disconnect(older.Connected.Link, now);
            older.Connected.Sink.EndReplaced();
        }

        FleetWorker worker = new(connected, record);
        record.Connection = worker;
        workers.Add(connected.Link, worker);
    }

    private void Disconnect(WorkerLinkId link, TimeSpan now)
    {
        if (!workers.Remove(link, out FleetWorker? worker))
            return;
        FleetWorkerRecord record = worker.Record;
        record.Connection = null;
        if (worker.Attempts.Count > 0)
        {
            foreach (FleetAttempt attempt in worker.Attempts)
            {
                attempts.Remove(attempt.Token);
                assigned.Remove(attempt.Request.Request);
                if (attempt.Probe)
                    record.Breaker.ProbeVoid();
            }

            record.Machine.InFlight -= worker.Attempts.Count;
            bool probed = worker.Attempts.Exists(static attempt => attempt.Probe);
            worker.Attempts.Clear();
            Blame(record, now, probed, LossWeight);
        }

        foreach (FleetServed served in worker.Served)
        {
            Withdraw(served);
            if (served.Model.Served.Count == 0)
                Await(served.Model.Name, now);
        }

        foreach (FleetWorkerRecord sharing in record.Machine.Workers)
            Refresh(sharing.Connection, now);
        foreach (FleetServed served in worker.Served)
            GiveUpHopeless(served.Model, now);
        foreach (FleetServed served in worker.Served)
            ForgetIfUnused(served.Model);
        record.Departures++;
        departed.Enqueue((record, record.Departures));
        ForgetDeparted();
    }

    private void HandleWorker(FleetMessage message, TimeSpan now)
    {
        WorkerLinkId link = message switch
        {
            WorkerOffered offered => offered.Link,
            EvidenceRefreshed refreshed => refreshed.Link,
            SlotsGranted granted => granted.Link,
            SlotsReclaimed reclaimed => reclaimed.Link,
            LoadReported reported => reported.Link,
            WorkerDraining drainingWorker => drainingWorker.Link,
            _ => throw new ArgumentException($"the fleet does not know {message.GetType().Name}", nameof(message)),
        };
        // Its last words may come after it is gone.
        if (!workers.TryGetValue(link, out FleetWorker? worker))
            return;
        bool less = false;
        switch (message)
        {
            case WorkerOffered offered:
                Offer(worker, offered, now);
                less = true;
                break;
            case EvidenceRefreshed evidence:
                worker.EvidenceUntil = now + evidence.FreshFor;
                break;
            case SlotsGranted granted:
                worker.SlotsHeld = Math.Min(SlotsMax, worker.SlotsHeld + Math.Clamp(granted.Slots, 0, SlotsMax));
                worker.SlotSequence = granted.Sequence;
                break;
            case SlotsReclaimed reclaimed:
                GiveBack(worker, Math.Clamp(reclaimed.Slots, 0, worker.SlotsHeld));
                break;
            case LoadReported reported:
                worker.Reported(reported.Running, reported.RunningMax);
                break;
            default:
                worker.Draining = less = true;
                break;
        }

        Refresh(worker, now);
        foreach (FleetServed served in worker.Served)
            Serve(served.Model, now);
        if (less)
            GiveUpHopeless(worker, now);
    }

    private void Offer(FleetWorker worker, WorkerOffered offered, TimeSpan now)
    {
        worker.Tier = offered.Tier;
        worker.EvidenceUntil = offered.EvidenceFreshFor is { } fresh ? now + fresh : TimeSpan.MaxValue;
        List<FleetServed> before = [.. worker.Served];
        worker.Served.Clear();
        foreach (ServedModel offer in offered.Models)
        {
            if (worker.Served.Count >= FleetWorker.ModelsMax || worker.Served.Exists(one => SameName(one, offer)))
                continue;
            ServedModel checkedOffer = offer with
            {
                MaxConcurrent = Math.Clamp(offer.MaxConcurrent, 1, SlotsMax),
                Coefficient = Math.Clamp(offer.Coefficient, 0, CoefficientMax),
            };
            FleetServed? known = before.Find(one => SameName(one, offer));
            if (known is not null)
            {
                known.Offer = checkedOffer;
                before.Remove(known);
            }
            else
            {
                if (!models.TryGetValue(offer.Name, out FleetModel? model))
                    models[offer.Name] = model = NewModel(offer.Name);
                PrefixShelf shelf = new(options.Routing.PrefixesPerWorkerMax);
                known = new FleetServed(worker, model, checkedOffer, worker.Record.Speed(offer.Name), shelf);
                model.Add(known);
                Arrived(offer.Name);
            }

            worker.Served.Add(known);
        }

        worker.Record.KeepSpeeds(worker.Served);
        foreach (FleetServed dropped in before)
            Withdraw(dropped);
        foreach (FleetServed dropped in before)
        {
            GiveUpHopeless(dropped.Model, now);
            ForgetIfUnused(dropped.Model);
        }
    }

    private FleetModel NewModel(string name)
        => new(name, options) { ReferenceCoefficient = referenceCoefficients.GetValueOrDefault(name, 1000) };

    private static bool SameName(FleetServed served, ServedModel offer) => string.Equals(served.Model.Name, offer.Name, StringComparison.Ordinal);

    private static void Withdraw(FleetServed served) => served.Model.Remove(served);

    private void ForgetIfUnused(FleetModel model)
    {
        if (model.Served.Count == 0 && model.Queue.Count == 0)
            models.Remove(model.Name);
    }

    private static void GiveBack(FleetWorker worker, int slots)
    {
        worker.SlotsHeld -= slots;
        if (slots > 0)
            worker.Connected.Sink.ReturnSlots(worker.SlotSequence, slots);
    }

    /// <summary>
    /// Both sides may count differently: the worker answered Busy, or a job's actor died and may not have sent the job. Everything goes
    /// back, and one more for the slot in doubt; the worker takes no more than it has counted for this link, and grants anew.
    /// </summary>
    private static void RecountSlots(FleetWorker worker)
    {
        int slots = worker.SlotsHeld + 1;
        worker.SlotsHeld = 0;
        worker.Connected.Sink.ReturnSlots(worker.SlotSequence, slots);
    }

    private static void Refresh(FleetWorker? worker, TimeSpan now)
    {
        if (worker is null)
            return;
        worker.RefreshOverdue(now);
        foreach (FleetServed served in worker.Served)
            Refresh(served, now);
    }

    private static void Refresh(FleetServed served, TimeSpan now)
    {
        if (served.Shelf.CandidateIndex < 0)
            return;
        FleetWorker worker = served.Worker;
        FleetModel model = served.Model;
        FleetWorkerRecord record = worker.Record;
        BreakerState breaker = record.Breaker.State(now);
        int free = Math.Min(worker.SlotsHeld, served.Offer.MaxConcurrent - served.InFlight);
        int runningMax = worker.RunningMax;
        model.Candidates[served.Shelf.CandidateIndex] = new Candidate
        {
            Worker = record.Number,
            Machine = record.Machine.Index,
            Tier = worker.Tier,
            Kinds = served.Offer.Kinds,
            ContextTokens = served.Offer.ContextTokens,
            Coefficient = served.Offer.Coefficient > 0 ? served.Offer.Coefficient : model.ReferenceCoefficient,
            FreeSlots = Math.Max(0, free),
            Running = worker.Running,
            RunningMax = runningMax,
            Draining = worker.Draining,
            Ejected = breaker is BreakerState.Open or BreakerState.Probing,
            ProbeDue = breaker == BreakerState.HalfOpen,
            Newcomer = record.Machine.SlowStart.IsNewcomer,
            NewcomerFull = record.Machine.IsFull,
            EvidenceUntil = worker.EvidenceUntil,
            RestsUntil = worker.RestsUntil,
            QueueSeconds = worker.OverdueSeconds,
            PromptSecondsPerToken = served.Speed.PromptSecondsPerToken(model.MedianPromptSeconds),
            OutputSecondsPerToken = served.Speed.OutputSecondsPerToken(worker.Running + 1, model.MedianOutputSeconds),
            Success = record.Availability.LowerBound(now),
            Integrity = record.Integrity.Value(now),
        };
    }

    private FleetWorkerRecord RecordOf(WorkerConnected connected, TimeSpan now)
    {
        bool founder = now - started < options.Routing.FoundingPeriod;
        if (records.TryGetValue(connected.Worker, out FleetWorkerRecord? record))
            return record;
        (PublicKey, Bytes32) key = (connected.Owner, connected.Machine ?? default);
        if (machines.TryGetValue(key, out FleetMachine? machine))
        {
            // A new identity on a known machine is a newcomer again: else a machine could shed its record by changing keys.
            if (!founder)
                machine.SlowStart = new SlowStart(options.Routing, founder: false);
        }
        else
        {
            int index = freeMachineIndexes.Count > 0 ? freeMachineIndexes.Min : machines.Count;
            freeMachineIndexes.Remove(index);
            machines[key] = machine = new FleetMachine(index, new SlowStart(options.Routing, founder));
        }

        records[connected.Worker] = record = new FleetWorkerRecord(connected.Worker, ++lastWorkerNumber, machine, options);
        machine.Workers.Add(record);
        return record;
    }

    private void ForgetDeparted()
    {
        while (departed.Count > options.DepartedMax)
        {
            (FleetWorkerRecord record, int departure) = departed.Dequeue();
            if (record.Connection is not null || record.Departures != departure)
                continue;
            records.Remove(record.Key);
            record.Machine.Workers.Remove(record);
            if (record.Machine.Workers.Count > 0)
                continue;
            foreach (((PublicKey, Bytes32) key, FleetMachine machine) in machines)
            {
                if (!ReferenceEquals(machine, record.Machine))
                    continue;
                machines.Remove(key);
                break;
            }

            freeMachineIndexes.Add(record.Machine.Index);
        }
    }
}
