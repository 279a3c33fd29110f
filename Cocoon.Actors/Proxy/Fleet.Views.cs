using Cocoon.Actors.Routing;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <content>What people see.</content>
internal sealed partial class Fleet
{
    private FleetView View(TimeSpan now)
        => new(
            [.. workers.Values.OrderBy(static worker => worker.Connected.Link.Value).Select(worker => ViewOf(worker, now))],
            [.. models.Values.Select(ViewOf)],
            tally.ToCounts(attempts.Count));

    private RoutingDecision? Describe(JobNeeds needs, TimeSpan now)
    {
        if (!models.TryGetValue(needs.Model, out FleetModel? model))
            return null;
        model.Prefixes.Credit(needs.Prefixes, model.Candidates, now);
        RoutingDecision decision = chooser.Explain(needs, model.Candidates, now);
        model.Prefixes.TakeBack(needs.Prefixes, model.Candidates, now);
        return decision;
    }

    private static WorkerView ViewOf(FleetWorker worker, TimeSpan now)
        => new(
            worker.Connected.Link,
            worker.Record.Key,
            worker.Connected.Owner,
            worker.Record.Number,
            worker.Record.Machine.Index,
            worker.Tier,
            worker.Draining,
            worker.Record.Breaker.State(now),
            worker.SlotsHeld,
            worker.Attempts.Count,
            worker.Running,
            worker.RunningMax,
            worker.Record.Availability.LowerBound(now),
            worker.Record.Integrity.Value(now),
            worker.Record.Machine.SlowStart.IsNewcomer,
            worker.Completed,
            worker.Failed,
            [.. worker.Served.Select(static served => new WorkerModelView(
                served.Model.Name,
                served.Offer.Coefficient > 0 ? served.Offer.Coefficient : served.Model.ReferenceCoefficient,
                served.Offer.ContextTokens,
                served.Speed.PromptSecondsPerToken(served.Model.MedianPromptSeconds),
                served.Speed.OutputSecondsPerToken(served.Worker.Running + 1, served.Model.MedianOutputSeconds)))]);

    private static ModelView ViewOf(FleetModel model)
    {
        Tier tier = Tier.Open;
        int free = 0;
        int running = 0;
        foreach (FleetServed served in model.Served)
            running += served.InFlight;
        int context = 0;
        int cheapest = 0;
        foreach (ref readonly Candidate candidate in model.Candidates)
        {
            if (candidate.Draining || candidate.Ejected)
                continue;
            tier = candidate.Tier > tier ? candidate.Tier : tier;
            free += candidate.FreeSlots;
            context = Math.Max(context, candidate.ContextTokens);
            cheapest = cheapest == 0 ? candidate.Coefficient : Math.Min(cheapest, candidate.Coefficient);
        }

        return new ModelView(model.Name, tier, model.Served.Count, model.Slots, free, running, model.Queue.Count, context, cheapest);
    }
}
