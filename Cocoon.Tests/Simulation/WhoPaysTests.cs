using Cocoon.Protocol.Money;
using Cocoon.Simulation.Jobs;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Tests.Simulation;

/// <summary>Who pays whom for how a job ended: one small world for each line.</summary>
public sealed class WhoPaysTests
{
    // 100 prompt tokens, then 20 chunks of 3 tokens, one every 100 ms.
    private static readonly JobOrder Order = new(100, 20, 3, 100, 100, TimeSpan.FromSeconds(20));

    [Fact]
    public void A_finished_job_costs_its_prompt_and_its_answer_and_the_worker_gets_that_less_commission()
    {
        ScriptedWorld world = new([Order]);
        Assert.Equal(1, world.Play().Acknowledged);
        AssertPaid(world, ScriptedWorld.Price(100, 60));
    }

    [Fact]
    public void Instalments_add_up_to_the_price_of_the_whole()
    {
        JobOrder slow = Order with { ChunkMs = 700 };
        ScriptedWorld world = new([slow]);
        WorldReport report = world.Play();
        Assert.True(report.Settlements > 2, $"{report.Settlements} settlements");
        AssertPaid(world, ScriptedWorld.Price(100, 60));
    }

    [Fact]
    public void An_attempt_that_fails_before_its_first_chunk_earns_nothing_and_the_next_is_paid()
    {
        ScriptedWorld world = new([Order], run => run == 0 ? new EngineMood(FailsAtChunk: 0) : EngineMood.Good, workers: 2);
        Assert.Equal((1, 2), (world.Play().Acknowledged, world.World.Book.Engines.Runs));
        AssertPaid(world, ScriptedWorld.Price(100, 60));
        Assert.Equal(NanoTon.Zero, world.Earned(world.Run(0).Worker));
        Assert.NotEqual(world.Run(0).Worker, world.Run(1).Worker);
    }

    [Fact]
    public void A_job_that_nobody_began_to_answer_costs_nothing()
    {
        ScriptedWorld world = new([Order], _ => new EngineMood(FailsAtChunk: 0), workers: 3);
        Assert.Equal(1, world.Play().Failed["WorkerFailed"]);
        Assert.Equal(3, world.World.Book.Engines.Runs);
        AssertPaid(world, NanoTon.Zero);
    }

    [Fact]
    public void A_job_cancelled_before_its_first_chunk_costs_nothing()
    {
        ScriptedWorld world = new([Order with { FirstMs = 5000, CancelAfter = TimeSpan.FromSeconds(1) }]);
        Assert.Equal(1, world.Play().Cancelled);
        AssertPaid(world, NanoTon.Zero);
        Assert.True(world.Run(0).Ended);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    public void A_job_cancelled_amid_its_body_costs_nothing_and_leaves_no_stream_open(int milliseconds)
    {
        ScriptedWorld world = new([Order with { BodyBytes = 1_000_000, CancelAfter = TimeSpan.FromMilliseconds(milliseconds) }]);
        Assert.Equal(1, world.Play().Cancelled);
        AssertPaid(world, NanoTon.Zero);
        Assert.Equal(0, world.World.Book.Engines.Runs);
    }

    [Fact]
    public void A_cancelled_job_costs_what_was_relayed_up_to_it()
    {
        ScriptedWorld world = new([Order with { CancelAfter = TimeSpan.FromSeconds(1), LooksUp = true }]);
        Assert.Equal(1, world.Play().Cancelled);
        AssertPaidForChunks(world, least: 5, most: 10);
    }

    [Fact]
    public void A_worker_that_breaks_down_amid_its_answer_is_paid_for_what_was_relayed()
    {
        ScriptedWorld world = new([Order], _ => new EngineMood(FailsAtChunk: 7), workers: 2);
        Assert.Equal(1, world.Play().Failed["WorkerFailed"]);
        AssertPaid(world, ScriptedWorld.Price(100, 21));
    }

    [Fact]
    public void A_worker_that_is_lost_amid_its_answer_is_paid_for_what_was_relayed()
    {
        ScriptedWorld world = new([Order]);
        world.At(3, () => world.World.Workers[0].Crash());
        WorldReport report = world.Play();
        Assert.Equal(1, report.Failed["WorkerLost"]);
        AssertPaidForChunks(world, least: 3, most: 19);
    }

    [Fact]
    public void A_job_whose_time_is_over_costs_what_was_relayed()
    {
        ScriptedWorld world = new([Order with { Limit = TimeSpan.FromSeconds(1) }]);
        Assert.Equal(1, world.Play().Failed["Deadline"]);
        AssertPaidForChunks(world, least: 5, most: 10);
    }

    [Fact]
    public void A_vanished_client_pays_what_was_relayed()
    {
        // Some clients vanish without a word: the proxy relays until the silence is too long.
        ScriptedWorld world = new([Order with { Chunks = 400, Limit = TimeSpan.FromSeconds(60) }]);
        world.At(4, () => world.World.Clients[0].Crash());
        world.Play();
        AssertPaidForChunks(world, least: 3, most: 300);
        Assert.False(world.Run(0).Finished);
    }

    [Fact]
    public void The_loser_of_a_hedge_gets_its_prompt_out_of_the_operators_pocket()
    {
        JobOrder[] orders = [.. Enumerable.Repeat(Order with { Chunks = 5 }, 8)];
        // The last job's first run is far too slow; its hedge answers at once.
        ScriptedWorld world = new(
            orders, run => run == 7 ? new EngineMood(Slowness: 50) : EngineMood.Good, workers: 2, setup => setup with { Fleet = ScriptedWorld.Hedging });
        WorldReport report = world.Play();
        Assert.Equal((8, 9), (report.Acknowledged, report.Runs));
        NanoTon price = ScriptedWorld.Price(100, 15);
        NanoTon paid = Times(price, 8);
        NanoTon prompt = ScriptedWorld.Share(ScriptedWorld.Price(100, 0));
        Assert.Equal(paid, world.Paid);
        Assert.Equal(Times(ScriptedWorld.Share(price), 8) + prompt, world.AllEarned);
        Assert.Equal(prompt, NanoTon.Max(world.Hedges, NanoTon.Zero - world.Hedges));
        Assert.NotEqual(world.Run(7).Worker, world.Run(8).Worker);
    }

    [Fact]
    public void A_proxys_crash_costs_the_worker_what_was_not_settled_yet()
    {
        ScriptedWorld world = new([Order with { Chunks = 100 }]);
        world.At(9, () => world.World.Proxies[0].Crash());
        world.At(10, () => world.World.Proxies[0].Start());
        WorldReport report = world.Play();
        Assert.Equal(1, report.Failed["Interrupted"]);
        // One instalment, after four seconds of the answer; what came in the seconds until the crash is nobody's to pay.
        Assert.Equal(1, report.Settlements);
        AssertPaidForChunks(world, least: 38, most: 41);
        Assert.True(world.Run(0).Given > 55, $"{world.Run(0).Given} chunks were given");
    }

    private static NanoTon Times(NanoTon amount, int times) => new(amount.Value * times);

    private static void AssertPaid(ScriptedWorld world, NanoTon price)
    {
        Assert.Equal(price, world.Paid);
        Assert.Equal(ScriptedWorld.Share(price), world.AllEarned);
        Assert.Equal(price - ScriptedWorld.Share(price), world.Commission);
    }

    /// <summary>The price of the prompt and of a whole number of chunks, all of which the engine gave.</summary>
    private static void AssertPaidForChunks(ScriptedWorld world, int least, int most)
    {
        int chunks = Enumerable.Range(0, 401).FirstOrDefault(count => ScriptedWorld.Price(100, 3 * count) == world.Paid, -1);
        Assert.InRange(chunks, least, Math.Min(most, world.Run(0).Given));
        AssertPaid(world, ScriptedWorld.Price(100, 3 * chunks));
    }
}
