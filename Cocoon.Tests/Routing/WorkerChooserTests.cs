using Cocoon.Actors.Routing;
using Cocoon.Protocol.V1;

namespace Cocoon.Tests.Routing;

public class WorkerChooserTests
{
    [Fact]
    public void Nobody_among_nobody()
    {
        Choice choice = Candidates.Chooser().Choose(Candidates.Needs, [], Candidates.Now);
        Assert.False(choice.Found);
        Assert.False(choice.CanWait);
    }

    [Fact]
    public void Each_obstacle_is_seen_and_named()
    {
        (Ineligibility Obstacle, Func<Candidate, Candidate> Spoil)[] cases =
        [
            (Ineligibility.Kind, one => one with { Kinds = 0 }),
            (Ineligibility.Tier, one => one with { Tier = Tier.Unspecified }),
            (Ineligibility.Context, one => one with { ContextTokens = 10 }),
            (Ineligibility.Integrity, one => one with { Integrity = 0.49 }),
            (Ineligibility.Avoided, one => one with { Worker = 77 }),
            (Ineligibility.Draining, one => one with { Draining = true }),
            (Ineligibility.EvidenceStale, one => one with { EvidenceUntil = Candidates.Now }),
            (Ineligibility.Ejected, one => one with { Ejected = true }),
            (Ineligibility.Price, one => one with { Coefficient = 2001 }),
            (Ineligibility.Resting, one => one with { RestsUntil = Candidates.Now + TimeSpan.FromTicks(1) }),
            (Ineligibility.NoSlot, one => one with { FreeSlots = 0 }),
        ];
        JobNeeds needs = Candidates.Needs with { ContextTokens = 100, Avoid = [77], CoefficientCap = 2000 };
        foreach ((Ineligibility obstacle, Func<Candidate, Candidate> spoil) in cases)
        {
            Candidate[] one = [spoil(Candidates.One(0))];
            Choice choice = Candidates.Chooser().Choose(needs, one, Candidates.Now);
            Assert.False(choice.Found);
            Assert.Equal(1u << (int)obstacle, choice.Obstacles);
            Assert.Equal(obstacle is Ineligibility.Resting or Ineligibility.NoSlot, choice.CanWait);
            Assert.Equal(obstacle == Ineligibility.Price ? 2001 : 0, choice.CheapestBeyondCap);
            Assert.Equal(obstacle, Candidates.Chooser().Explain(needs, one, Candidates.Now).Candidates[0].Verdict);

            Candidate[] two = [spoil(Candidates.One(0)), Candidates.One(1)];
            Assert.Equal(1, Candidates.Chooser().Choose(needs, two, Candidates.Now).Index);
        }
    }

    [Fact]
    public void Faster_wins_and_reliability_counts_squared()
    {
        Candidate[] two = Candidates.Many(2);
        two[1].OutputSecondsPerToken = 0.01;
        Assert.Equal([0, 100], Candidates.Chooser().Draw(two, 100));
        two[1].Success = 0.45;
        Assert.Equal([100, 0], Candidates.Chooser().Draw(two, 100));
    }

    [Fact]
    public void A_hot_worker_is_chosen_only_when_no_cold_one_is_left()
    {
        Candidate[] two = Candidates.Many(2);
        two[0].Running = 7;
        two[0].OutputSecondsPerToken = 0.001;
        Assert.Equal([0, 100], Candidates.Chooser().Draw(two, 100));
        Assert.Equal(Ineligibility.Hot, Candidates.Chooser().Explain(Candidates.Needs, two, Candidates.Now).Candidates[0].Verdict);
        two[1].FreeSlots = 0;
        Assert.Equal([100, 0], Candidates.Chooser().Draw(two, 100));
        Assert.False(Candidates.Chooser().Choose(Candidates.Needs, two, Candidates.Now, coldOnly: true).Found);
    }

    [Fact]
    public void Equals_share_by_the_inverse_square_of_their_price()
    {
        Candidate[] three = Candidates.Many(3);
        three[1].Coefficient = 2000;
        three[2].OutputSecondsPerToken = 0.03;
        int[] counts = Candidates.Chooser().Draw(three, 10_000);
        Assert.InRange(counts[0], 7_800, 8_200);
        Assert.Equal(0, counts[2]);
    }

    [Fact]
    public void The_client_that_asks_for_cheap_gets_it()
    {
        Candidate[] two = Candidates.Many(2);
        two[0].Coefficient = 500;
        two[0].OutputSecondsPerToken = 0.03;
        Assert.Equal([0, 100], Candidates.Chooser().Draw(two, 100));
        Assert.Equal([100, 0], Candidates.Chooser().Draw(two, 100, Candidates.Needs with { PreferCheap = true }));
    }

    [Fact]
    public void Splitting_a_machine_into_many_workers_gains_nothing()
    {
        Candidate[] candidates = Candidates.Many(10);
        for (int i = 1; i < 10; i++)
            candidates[i].Machine = 1;
        foreach (double exploration in new[] { 0.0, 1.0 })
        {
            int[] counts = Candidates.Chooser(exploration).Draw(candidates, 10_000);
            Assert.InRange(counts[0], 4_700, 5_300);
            Assert.All(counts[1..], count => Assert.InRange(count, 400, 720));
        }
    }

    [Fact]
    public void About_one_choice_in_a_hundred_explores()
    {
        Candidate[] candidates = Candidates.Many(5);
        candidates[4].OutputSecondsPerToken = 1;
        int[] counts = Candidates.Chooser(exploration: 0.01).Draw(candidates, 100_000);
        Assert.InRange(counts[4], 120, 280);
        Choice retry = Candidates.Chooser(exploration: 1).Choose(Candidates.Needs, candidates, Candidates.Now, explore: false);
        Assert.NotEqual(4, retry.Index);
    }

    [Fact]
    public void A_half_open_worker_gets_its_probe_though_cost_would_not_choose_it()
    {
        Candidate[] two = Candidates.Many(2);
        two[1].Success = 0.3;
        two[1].ProbeDue = true;
        Assert.InRange(Candidates.Chooser().Draw(two, 1000)[1], 60, 140);
        two[0].FreeSlots = 0;
        Assert.Equal(1, Candidates.Chooser().Choose(Candidates.Needs, two, Candidates.Now).Index);
    }

    [Fact]
    public void A_newcomer_beyond_its_slow_start_helps_only_where_there_is_nobody_else()
    {
        Candidate[] two = Candidates.Many(2);
        two[1].Newcomer = two[1].NewcomerFull = true;
        two[1].OutputSecondsPerToken = 0.001;
        Assert.Equal([100, 0], Candidates.Chooser().Draw(two, 100));
        two[0].FreeSlots = 0;
        Choice waits = Candidates.Chooser().Choose(Candidates.Needs, two, Candidates.Now);
        Assert.False(waits.Found);
        Assert.True(waits.CanWait);
        two[0].Newcomer = true;
        Assert.Equal(1, Candidates.Chooser().Choose(Candidates.Needs, two, Candidates.Now).Index);
    }

    [Fact]
    public void A_cached_prefix_is_worth_the_time_it_saves_and_no_more()
    {
        JobNeeds needs = Candidates.Needs with { PromptTokens = 4000 };
        Candidate[] two = Candidates.Many(2);
        two[1].CachedTokens = 3900;
        Assert.Equal([0, 100], Candidates.Chooser().Draw(two, 100, needs));
        two[1].QueueSeconds = 5;
        Assert.Equal([100, 0], Candidates.Chooser().Draw(two, 100, needs));
    }

    [Fact]
    public void An_explanation_agrees_with_the_choice_and_its_shares_sum_to_one()
    {
        Candidate[] candidates = Candidates.Many(6);
        candidates[2].Coefficient = 1500;
        candidates[3].Draining = true;
        candidates[4].OutputSecondsPerToken = 0.5;
        WorkerChooser chooser = Candidates.Chooser();
        Choice choice = chooser.Choose(Candidates.Needs, candidates, Candidates.Now);
        RoutingDecision decision = chooser.Explain(Candidates.Needs, candidates, Candidates.Now, choice);
        Assert.Equal(candidates[choice.Index].Worker, decision.Chosen);
        Assert.Equal(1, decision.Candidates.Sum(one => one.Share), 9);
        Assert.Equal(0, decision.Candidates[3].Share + decision.Candidates[4].Share);
        Assert.Equal(choice.Seconds, decision.Candidates[choice.Index].Terms.Seconds);
    }

    [Fact]
    public void The_same_seed_makes_the_same_choices()
    {
        Candidate[] candidates = Candidates.Many(20);
        Assert.Equal(Candidates.Chooser(0.1, 5).Draw(candidates, 500), Candidates.Chooser(0.1, 5).Draw(candidates, 500));
        Assert.NotEqual(Candidates.Chooser(0.1, 5).Draw(candidates, 500), Candidates.Chooser(0.1, 6).Draw(candidates, 500));
    }
}
