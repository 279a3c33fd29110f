using Cocoon.Actors.Runtime;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Scheduling;

namespace Cocoon.Tests.Simulation;

public sealed class SimulatedSchedulerTests
{
    [Fact]
    public void TheSameSeedGivesTheSameOrderAndAnotherSeedAnother()
    {
        Assert.Equal(Run(7), Run(7));
        Assert.NotEqual(Run(7), Run(8));

        static string Run(ulong seed)
        {
            Trail trail = new(8);
            WorldLoop loop = new(new SeededRandom(seed, 1), trail);
            SimulatedScheduler scheduler = new(loop, 0, new NodeClock(0, 0));
            ActorSystem system = new("test", scheduler, new SeededRandom(seed, 2), new Deaf());
            for (int i = 0; i < 4; i++)
            {
                ActorRef<string> actor = system.Spawn($"actor {i}", () => new Puppet((self, message) =>
                {
                    if (message.Length < 40)
                        self.Self.Tell(message + "x");
                }));
                actor.Tell("x");
            }

            loop.RunUntil(TimeSpan.FromSeconds(1), () => true);
            return trail.Hash;
        }
    }

    [Fact]
    public async Task NothingOfACrashedNodeRunsAgain()
    {
        using RuntimeHarness harness = new(simulated: true);
        List<string> ran = [];
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ActorRef<string> actor = harness.System.Spawn("doomed", () => new Puppet((_, message) => ran.Add(message))
        {
            Starting = self =>
            {
                self.StartTimer(TimeSpan.FromMilliseconds(50), "timer");
                self.Run(async _ =>
                {
                    try
                    {
                        await answer.Task;
                        ran.Add("continuation");
                    }
                    finally
                    {
                        ran.Add("finally");
                    }
                });
            },
            Ending = _ => ran.Add("end"),
        });
        await harness.PassAsync(TimeSpan.FromMilliseconds(1));
        actor.Tell("queued");
        harness.Simulated!.Crash();
        answer.SetResult();
        actor.Tell("afterwards");
        actor.Stop();
        await harness.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Empty(ran);
    }

    [Fact]
    public async Task APausedNodeCatchesUpWhenItWakes()
    {
        using RuntimeHarness harness = new(simulated: true);
        List<string> ran = [];
        ActorRef<string> actor = harness.System.Spawn("sleeper", () => new Puppet((_, message) => ran.Add(message))
        {
            Starting = self => self.StartTimer(TimeSpan.FromMilliseconds(50), "timer"),
        });
        await harness.PassAsync(TimeSpan.FromMilliseconds(1));
        harness.Simulated!.Pause();
        actor.Tell("while asleep");
        await harness.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Empty(ran);
        harness.Simulated.Wake();
        await harness.PassAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["timer", "while asleep"], ran.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task AClockThatStandsStillDelaysTimersAndADriftingOneScalesThem()
    {
        NodeClock fast = new(0, 100_000);
        Assert.Equal(TimeSpan.FromSeconds(1.1).Ticks, fast.Monotonic(TimeSpan.FromSeconds(1).Ticks));
        using RuntimeHarness harness = new(simulated: true);
        List<string> ran = [];
        harness.System.Spawn("timed", () => new Puppet((_, message) => ran.Add(message))
        {
            Starting = self => self.StartTimer(TimeSpan.FromMilliseconds(50), "timer"),
        });
        await harness.PassAsync(TimeSpan.FromMilliseconds(1));
        harness.Simulated!.Clock.StandStill(true, harness.Loop.Ticks);
        await harness.PassAsync(TimeSpan.FromSeconds(5));
        Assert.Empty(ran);
        harness.Simulated.Clock.StandStill(false, harness.Loop.Ticks);
        await harness.PassAsync(TimeSpan.FromMilliseconds(70));
        Assert.Equal(["timer"], ran);
    }

    [Fact]
    public void AnAwaitOutsideAnyTurnIsReported()
    {
        WorldLoop loop = new(new SeededRandom(1, 1), new Trail(8));
        TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Schedule("stray", TimeSpan.Zero, () => _ = StrayAsync());
        loop.Schedule("completes", TimeSpan.FromSeconds(1), source.SetResult);
        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => loop.RunUntil(TimeSpan.FromSeconds(2), () => true));
        Assert.Contains("outside any actor's turn", thrown.Message, StringComparison.Ordinal);

        async Task StrayAsync() => await source.Task;
    }

    [Fact]
    public async Task AStepFromAnotherThreadIsReported()
    {
        using RuntimeHarness harness = new(simulated: true);
        ActorRef<string> actor = harness.System.Spawn("private", () => new Puppet((_, _) => { }));
        await harness.PassAsync(TimeSpan.FromMilliseconds(1));
        InvalidOperationException? thrown = null;
        Thread other = new(() => thrown = Assert.Throws<InvalidOperationException>(() => actor.Tell("from elsewhere")));
        other.Start();
        other.Join();
        Assert.Contains("left the world's thread", thrown!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheHeapKeepsOrderUnderRandomRemovals()
    {
        SeededRandom chance = new(5, 5);
        TimerHeap heap = new();
        List<(long Due, int Order, PlannedEvent Timer)> expected = [];
        for (int i = 0; i < 2000; i++)
        {
            PlannedEvent timer = new("t", 0, () => { });
            long due = chance.Below(300);
            heap.Add(due, timer, null);
            expected.Add((due, i, timer));
            if (chance.Below(3) == 0)
            {
                int pick = chance.Below(expected.Count);
                Assert.True(heap.Remove(expected[pick].Timer));
                Assert.False(heap.Remove(expected[pick].Timer));
                expected.RemoveAt(pick);
            }
        }

        foreach ((_, _, PlannedEvent timer) in expected.OrderBy(entry => entry.Due).ThenBy(entry => entry.Order))
            Assert.Same(timer, heap.TakeFirst(out _));
        Assert.Equal(0, heap.Count);
    }

    private sealed class Deaf : IActorEvents
    {
        public void Failed(ActorRef actor, Exception failure, TimeSpan? restartAfter)
        {
        }

        public void Dropped(ActorRef actor, int count)
        {
        }
    }
}
