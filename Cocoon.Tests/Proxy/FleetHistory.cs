using Cocoon.Actors.Proxy;
using Cocoon.Actors.Routing;

namespace Cocoon.Tests.Proxy;

/// <summary>One thing that happens to a fleet: what, to whom, how much.</summary>
internal sealed record FleetStep(int Kind, int Which, int Amount);

/// <summary>Plays a history on a small fleet and, beside it, on the plainest book-keeping there is.</summary>
internal sealed class FleetHistory
{
    private const int Workers = 4;

    private readonly FleetHarness fleet = new(
        new FleetOptions { Queue = new QueueOptions { JobsMax = 12, JobsPerAccountMax = 6 }, AttemptGrace = TimeSpan.FromHours(10) });

    private readonly FleetHarness.Link?[] links = new FleetHarness.Link?[Workers];
    private readonly Dictionary<AttemptToken, Assigned> open = [];
    private readonly List<Assigned> over = [];
    private readonly HashSet<long> taken = [];
    private readonly List<(long Ticket, RequestId Request)> asked = [];

    public bool Play(FleetStep[] history)
    {
        foreach (FleetStep step in history)
        {
            Act(step);
            Gather();
            Check();
        }

        foreach (Assigned assigned in open.Values.ToArray())
            Finish(assigned, new AttemptCompleted(10, 0, 10, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(1)));
        Gather();
        fleet.Pass(TimeSpan.FromHours(1));
        Gather();
        foreach ((long ticket, _) in asked)
            Assert.False(fleet.Waits(ticket), "every asking is answered by its deadline");
        foreach (Assigned assigned in open.Values.ToArray())
            Finish(assigned, new AttemptCancelled(Dispatch.Sent));
        Check();
        Assert.Equal(0, fleet.View().Counts.InFlight);
        return true;
    }

    private void Act(FleetStep step)
    {
        int worker = step.Which % Workers;
        switch (step.Kind)
        {
            case 0:
                Forget(links[worker]);
                links[worker] = fleet.Connect(worker, slots: step.Amount, owner: worker / 2, machine: worker / 2);
                break;
            case 1 when links[worker] is { } link:
                fleet.Grant(link, step.Amount);
                break;
            case 2 when links[worker] is { } link:
                fleet.Tell(new SlotsReclaimed(link.Id, step.Amount));
                break;
            case 3 when links[worker] is { } link:
                Forget(link);
                links[worker] = null;
                fleet.Tell(new WorkerGone(link.Id));
                break;
            case 4 when links[worker] is { } link:
                fleet.Tell(step.Amount == 0 ? new WorkerDraining(link.Id) : new LoadReported(link.Id, step.Amount, 4));
                break;
            case 5:
                fleet.Pass(TimeSpan.FromSeconds(step.Amount * step.Amount));
                break;
            case 6 when asked.Count > 0:
                Cancel(asked[step.Which % asked.Count].Request);
                break;
            case 7 when over.Count > 0:
                fleet.Tell(new ReleaseAttempt(over[step.Which % over.Count].Token, new AttemptLost()));
                break;
            case 8 or 9 or 10 or 11 when open.Count > 0:
                Finish(open.Values.ElementAt(step.Which % open.Count), Outcome(step));
                break;
            default:
                Ask(step);
                break;
        }
    }

    private static AttemptOutcome Outcome(FleetStep step) => (step.Kind, step.Amount) switch
    {
        (8, _) => FleetHarness.Completed(step.Amount, step.Amount),
        (9, < 3) => new AttemptFailed(FailureKind.Engine, step.Amount == 1),
        (9, _) => new AttemptFailed(FailureKind.BadRequest, false),
        (10, _) => new AttemptBusy(step.Amount, 4),
        (_, < 2) => new AttemptCancelled(Dispatch.Unknown),
        (_, < 4) => new AttemptCancelled(Dispatch.Sent),
        _ => new AttemptLost(),
    };

    private void Ask(FleetStep step)
    {
        AttemptKind kind = step.Which % 10 == 0 ? AttemptKind.Retry : AttemptKind.First;
        RequestId request = new(asked.Count + 1, 1);
        asked.Add((fleet.Ask(FleetHarness.Needs(account: step.Which % 3), seconds: 1 + (step.Amount * 20), kind, request), request));
    }

    private void Finish(Assigned assigned, AttemptOutcome outcome)
    {
        open.Remove(assigned.Token);
        over.Add(assigned);
        fleet.End(assigned, outcome);
    }

    private void Cancel(RequestId request)
    {
        Assigned? running = open.Values.FirstOrDefault(one => one.Request == request);
        if (running is not null)
        {
            open.Remove(running.Token);
            over.Add(running);
        }

        fleet.Tell(new CancelAcquire(request));
    }

    private void Forget(FleetHarness.Link? link)
    {
        foreach (Assigned lost in open.Values.Where(one => one.Link == link?.Id).ToArray())
        {
            open.Remove(lost.Token);
            over.Add(lost);
        }
    }

    private void Gather()
    {
        foreach ((long ticket, _) in asked)
        {
            if (fleet.Answers.GetValueOrDefault(ticket) is Assigned assigned && taken.Add(ticket))
                open.Add(assigned.Token, assigned);
        }
    }

    private void Check()
    {
        FleetView view = fleet.View();
        Assert.Equal(open.Count, view.Counts.InFlight);
        foreach (WorkerView worker in view.Workers)
        {
            Assert.Equal(open.Values.Count(one => one.Link == worker.Link), worker.InFlight);
            Assert.True(worker.SlotsHeld >= 0);
        }

        Assert.Equal(asked.Count(one => fleet.Waits(one.Ticket)), view.Models.Sum(model => model.Waiting));
    }
}
