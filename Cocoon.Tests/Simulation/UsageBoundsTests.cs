using Cocoon.Actors.Proxy;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Jobs;

namespace Cocoon.Tests.Simulation;

/// <summary>Workers that lie about usage in whole jobs: the client pays by the bounds of its header, and the lie costs integrity.</summary>
public sealed class UsageBoundsTests
{
    private static readonly JobOrder Order = new(100, 20, 3, 100, 100, TimeSpan.FromSeconds(20)) { BodyBytes = 200 };

    [Fact]
    public void Too_many_tokens_are_cut_to_what_was_relayed_and_to_the_prompts_bound()
    {
        ScriptedWorld world = new([Order], _ => new EngineMood(Lie: 1_000_000_000));
        double integrity = 1;
        world.At(28, () => world.World.Proxies[0].Node!.Fleet.TellControl(
            new DescribeFleet(new ReplyTo<FleetView>(new Sink(view => integrity = view.Workers[0].Integrity), 0))));
        Assert.Equal(1, world.Play().Acknowledged);
        // The header bounds the prompt by its bytes, and the answer by its 60 tokens.
        NanoTon most = ScriptedWorld.Price(Order.PromptTokens + Order.BodyBytes + world.World.Book.TemplateTokens, 60);
        Assert.Equal(most, world.Paid);
        Assert.True(integrity < 0.9, $"integrity {integrity}");
    }

    [Fact]
    public void More_tokens_than_the_header_allows_are_not_billed()
    {
        ScriptedWorld world = new([Order with { OutputMax = 10 }]);
        world.Play();
        Assert.Equal(ScriptedWorld.Price(100, 10), world.Paid);
    }

    [Fact]
    public void Who_claims_nothing_is_paid_nothing()
    {
        ScriptedWorld world = new([Order], _ => new EngineMood(Lie: 0));
        Assert.Equal(1, world.Play().Acknowledged);
        Assert.Equal((NanoTon.Zero, NanoTon.Zero), (world.Paid, world.AllEarned));
    }

    [Fact]
    public void A_lie_is_worth_no_more_than_the_truth_to_the_next_worker()
    {
        ScriptedWorld world = new([Order, Order], run => run == 0 ? new EngineMood(Lie: 1_000_000_000, FailsAtChunk: 2) : EngineMood.Good);
        world.Play();
        NanoTon lied = ScriptedWorld.Price(Order.PromptTokens + Order.BodyBytes + world.World.Book.TemplateTokens, 60);
        Assert.True(world.Paid < lied + ScriptedWorld.Price(100, 60), $"{world.Paid} was paid");
    }

    private sealed class Sink(Action<FleetView> take) : IReplySink<FleetView>
    {
        public void Reply(long ticket, FleetView reply) => take(reply);
    }
}
