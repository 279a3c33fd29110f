using Cocoon.Actors.Proxy;
using Cocoon.Actors.Routing;
using Cocoon.Protocol.V1;

namespace Cocoon.Tests.Proxy;

/// <summary>Each refusal for its reason, with what the client can do about it.</summary>
public class FleetRefusalTests
{
    private readonly FleetHarness fleet = new();

    [Fact]
    public void Nobody_serves_the_model()
        => Assert.Equal(RefusalReason.UnknownModel, fleet.Refuse().Reason);

    [Fact]
    public void Nobody_has_the_tier_the_context_or_the_kind()
    {
        fleet.Connect(1);
        Assert.Equal(RefusalReason.Tier, fleet.Refuse(FleetHarness.Needs() with { Tier = Tier.Attested }).Reason);
        Assert.Equal(RefusalReason.ContextExceeded, fleet.Refuse(FleetHarness.Needs() with { ContextTokens = 8193 }).Reason);
        fleet.Tell(new WorkerOffered(new WorkerLinkId(1), Tier.Open, [new ServedModel(FleetHarness.Model, 8192, 4, 1000, Kinds: 1u << 3)]));
        Assert.Equal(RefusalReason.Kind, fleet.Refuse().Reason);
        Assert.Null(fleet.Refuse().RetryAfter);
    }

    [Fact]
    public void A_refusal_for_the_price_names_what_would_have_run()
    {
        fleet.Connect(1, coefficient: 2000);
        fleet.Connect(2, coefficient: 1500);
        fleet.Connect(3, slots: 0, coefficient: 1400);
        Refused refused = fleet.Refuse(FleetHarness.Needs() with { CoefficientCap = 1000 });
        Assert.Equal(RefusalReason.PriceCap, refused.Reason);
        Assert.Equal(1400, refused.WouldRunAt);
        Assert.NotNull(refused.RetryAfter);
    }

    [Fact]
    public void An_attested_worker_serves_open_jobs_until_its_evidence_goes_stale()
    {
        FleetHarness.Link link = fleet.Connect(1, tier: Tier.Attested);
        fleet.Tell(new EvidenceRefreshed(link.Id, TimeSpan.FromSeconds(5)));
        fleet.Assign();
        fleet.Assign(FleetHarness.Needs() with { Tier = Tier.Attested });
        fleet.Pass(TimeSpan.FromSeconds(6));
        Assert.Equal(RefusalReason.NoWorker, fleet.Refuse().Reason);
        fleet.Tell(new EvidenceRefreshed(link.Id, TimeSpan.FromSeconds(5)));
        fleet.Assign();
    }

    [Fact]
    public void The_only_worker_was_tried_before()
    {
        fleet.Connect(1);
        Assigned first = fleet.Assign();
        Refused refused = fleet.Refuse(FleetHarness.Needs() with { Avoid = [first.WorkerNumber] }, kind: AttemptKind.Retry);
        Assert.Equal(RefusalReason.NoWorker, refused.Reason);
    }

    [Fact]
    public void A_waiting_job_is_told_at_its_deadline_not_before()
    {
        fleet.Connect(1, slots: 1);
        fleet.Assign();
        long ticket = fleet.Ask(seconds: 2.5);
        fleet.Pass(TimeSpan.FromSeconds(2.4));
        Assert.True(fleet.Waits(ticket));
        fleet.Pass(TimeSpan.FromSeconds(0.1));
        Refused refused = Assert.IsType<Refused>(fleet.Answers[ticket]);
        Assert.Equal(RefusalReason.Expired, refused.Reason);
        Assert.True(refused.RetryAfter >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void What_cannot_start_in_time_is_refused_at_once()
    {
        fleet.Connect(1, slots: 1);
        for (int i = 0; i < 20; i++)
            fleet.Complete(fleet.Assign(), seconds: 10);
        fleet.Assign();
        Assert.True(fleet.Waits(fleet.Ask(seconds: 15)));
        Refused refused = fleet.Refuse(seconds: 15);
        Assert.Equal(RefusalReason.WouldMissDeadline, refused.Reason);
        Assert.InRange(refused.RetryAfter!.Value.TotalSeconds, 15, 25);
    }

    [Fact]
    public void Queues_are_bounded_in_all_and_for_each_account()
    {
        FleetHarness small = new(FleetHarness.Settled with { Queue = new QueueOptions { JobsMax = 5, JobsPerAccountMax = 3 } });
        small.Connect(1, slots: 1);
        small.Assign();
        for (int i = 0; i < 3; i++)
            Assert.True(small.Waits(small.Ask(FleetHarness.Needs(account: 1))));
        Assert.Equal(RefusalReason.AccountQueueFull, small.Refuse(FleetHarness.Needs(account: 1)).Reason);
        for (int i = 0; i < 2; i++)
            Assert.True(small.Waits(small.Ask(FleetHarness.Needs(account: 2))));
        Refused full = small.Refuse(FleetHarness.Needs(account: 3));
        Assert.Equal(RefusalReason.QueueFull, full.Reason);
        Assert.NotNull(full.RetryAfter);
    }

    [Fact]
    public void Those_that_wait_hear_at_once_when_waiting_cannot_help_any_more()
    {
        FleetHarness.Link cheap = fleet.Connect(1, slots: 1, coefficient: 500);
        FleetHarness.Link dear = fleet.Connect(2, slots: 1, coefficient: 2000);
        fleet.Assign();
        fleet.Assign();
        long capped = fleet.Ask(FleetHarness.Needs() with { CoefficientCap = 1000 });
        long any = fleet.Ask();
        fleet.Tell(new WorkerGone(cheap.Id));
        Refused refused = Assert.IsType<Refused>(fleet.Answers[capped]);
        Assert.Equal((RefusalReason.PriceCap, 2000), (refused.Reason, refused.WouldRunAt));
        Assert.True(fleet.Waits(any));
        fleet.Tell(new WorkerGone(dear.Id));
        Assert.Equal(RefusalReason.UnknownModel, Assert.IsType<Refused>(fleet.Answers[any]).Reason);
    }

    [Fact]
    public void Retries_and_hedges_stay_within_the_nodes_budgets()
    {
        BudgetOptions budgets = new() { RetriesSavedMax = 2, RetryShare = 0.5, HedgingEnabled = true, HedgeShare = 0.5 };
        FleetHarness node = new(FleetHarness.Settled with { Budgets = budgets });
        node.Connect(1, slots: 100);
        node.Connect(2, slots: 100);
        Assert.Equal(RefusalReason.HedgeBudget, node.Refuse(kind: AttemptKind.Hedge).Reason);
        node.Assign(kind: AttemptKind.Retry);
        node.Assign(kind: AttemptKind.Retry);
        Assert.Equal(RefusalReason.RetryBudget, node.Refuse(kind: AttemptKind.Retry).Reason);
        node.Assign();
        node.Assign();
        node.Assign(kind: AttemptKind.Retry);
        node.Assign(kind: AttemptKind.Hedge);
        Assert.Equal(RefusalReason.HedgeBudget, node.Refuse(kind: AttemptKind.Hedge).Reason);
        FleetCounts counts = node.View().Counts;
        Assert.Equal((3, 1), (counts.Retries, counts.Hedges));
    }

    [Fact]
    public void A_job_that_asks_once_more_after_busy_pays_into_no_budget()
    {
        FleetHarness node = new(FleetHarness.Settled with { Budgets = new BudgetOptions { RetriesSavedMax = 1, RetryShare = 0.5 } });
        node.Connect(1, slots: 100);
        node.Assign(kind: AttemptKind.Retry);
        for (int asking = 2; asking <= RequestId.NumberMax; asking++)
            node.AssignedTo(node.Ask(request: new RequestId(77, asking)));
        Assert.Equal(RefusalReason.RetryBudget, node.Refuse(kind: AttemptKind.Retry).Reason);
    }

    [Fact]
    public void A_hedge_never_waits_and_costs_no_budget_when_there_is_no_room()
    {
        BudgetOptions budgets = new() { HedgingEnabled = true, HedgeShare = 1 };
        FleetHarness node = new(FleetHarness.Settled with { Budgets = budgets });
        node.Connect(1, slots: 1);
        node.Assign();
        Assert.Equal(RefusalReason.HedgeBudget, node.Refuse(kind: AttemptKind.Hedge).Reason);
        node.Connect(2, slots: 1);
        node.Assign(kind: AttemptKind.Hedge);
    }

    [Fact]
    public void Hedging_is_off_by_default()
    {
        fleet.Connect(1);
        Assert.Null(fleet.Assign().HedgeAfter);
        Assert.Equal(RefusalReason.HedgeBudget, fleet.Refuse(kind: AttemptKind.Hedge).Reason);
    }
}
