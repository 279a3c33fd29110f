using System.Collections.Concurrent;
using Cocoon.Actors.Runtime;

namespace Cocoon.Tests.Simulation;

/// <summary>What the runtime promises, under the simulated scheduler (true) and on real threads (false).</summary>
public sealed class RuntimeTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Long = Waiting.Patience;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AFullMailboxSaysSoAndTheControlLaneStillTakes(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        using ManualResetEventSlim hold = new(simulated);
        using ManualResetEventSlim holding = new();
        ConcurrentQueue<string> seen = new();
        ActorRef<string> actor = harness.System.Spawn(
            "full",
            () => new Puppet((_, message) =>
            {
                if (message == "first")
                {
                    holding.Set();
                    hold.Wait(TestContext.Current.CancellationToken);
                }

                seen.Enqueue(message);
            }),
            new SpawnOptions(MailboxCapacity: 3));
        actor.Tell("first");
        if (!simulated)
            await harness.UntilAsync(() => holding.IsSet);

        // The message in progress has left the mailbox on real threads; in the simulator no turn has run yet.
        int fits = simulated ? 2 : 3;
        for (int i = 0; i < fits; i++)
            Assert.Equal(Delivery.Accepted, actor.Tell($"fits {i}"));
        Assert.Equal(Delivery.Full, actor.Tell("too many"));
        Assert.Equal(Delivery.Accepted, actor.TellControl("control"));
        hold.Set();
        await harness.UntilAsync(() => seen.Count == fits + 2);
        Assert.DoesNotContain("too many", seen);
        Assert.Equal(simulated ? 0 : 1, seen.ToList().IndexOf("control"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RestartsBackOffAndEndWithTheirBudget(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        int instances = 0;
        Terminated? told = null;
        RestartPolicy policy = new(3, TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(25));
        harness.System.Spawn("parent", () => new Puppet((_, _) => { })
        {
            Starting = parent => parent.Spawn(
                "child",
                () => new Puppet((_, _) => throw new InvalidOperationException("dies"))
                {
                    Starting = child =>
                    {
                        Interlocked.Increment(ref instances);
                        child.Self.Tell("die");
                    },
                },
                new SpawnOptions(Restart: policy)),
            Told = (_, terminated) => told = terminated,
        });
        await harness.UntilAsync(() => told is not null);
        Assert.Equal(4, instances);
        Assert.Equal("dies", told!.Value.Failure!.Message);
        TimeSpan?[] waits = [.. harness.Failures.Select(failure => failure.RestartAfter)];
        Assert.Equal([TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(25), null], waits);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnExceptionThatNoRestartMendsStopsAtOnce(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        Terminated? told = null;
        ActorRef<string> broken = harness.System.Spawn("broken", () => new Puppet((_, _) => throw new ActorStopException("for good")));
        harness.System.Spawn("watcher", () => new Puppet((_, _) => { })
        {
            Starting = self => self.Watch(broken),
            Told = (_, terminated) => told = terminated,
        });
        broken.Tell("now");
        await harness.UntilAsync(() => told is not null);
        Assert.Equal("for good", told!.Value.Failure!.Message);
        Assert.Equal(Delivery.Stopped, broken.Tell("anybody?"));
        Assert.Null(Assert.Single(harness.Failures).RestartAfter);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WatchingWhatHasStoppedTellsAtOnce(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        int ended = 0;
        Terminated? told = null;
        ActorRef<string> gone = harness.System.Spawn("gone", () => new Puppet((_, _) => { }) { Ending = _ => ended++ });
        gone.Stop();
        await harness.UntilAsync(() => ended == 1);
        harness.System.Spawn("late", () => new Puppet((_, _) => { })
        {
            Starting = self => self.Watch(gone),
            Told = (_, terminated) => told = terminated,
        });
        await harness.UntilAsync(() => told is not null);
        Assert.Null(told!.Value.Failure);
        Assert.Same(gone, told.Value.Actor);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ACancelledTimerIsNeverReceivedEvenWhenItWasDue(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        ConcurrentQueue<string> seen = new();
        harness.System.Spawn("timers", () => new Puppet((_, message) => seen.Enqueue(message))
        {
            Starting = self =>
            {
                ActorTimer early = self.StartTimer(TimeSpan.Zero, "cancelled when due");
                ActorTimer late = self.StartTimer(Short, "cancelled before");
                self.StartTimer(2 * Short, "kept");
                self.Run(async _ =>
                {
                    await Task.Yield();
                    early.Cancel();
                    late.Cancel();
                    seen.Enqueue("cancelled");
                });
            },
        });
        await harness.UntilAsync(() => seen.Contains("kept") && seen.Contains("cancelled"));
        await harness.PassAsync(Short);

        // On real threads either may have been received before it was cancelled, however late that was.
        if (simulated)
            Assert.Equal(["cancelled", "kept"], seen);
        else
            Assert.All(seen.SkipWhile(message => message != "cancelled").Skip(1), message => Assert.Equal("kept", message));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TimersOfAnInstanceDieWithIt(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        ConcurrentQueue<string> seen = new();
        int instances = 0;
        ActorRef<string> actor = harness.System.Spawn("mortal", () => new Puppet((_, message) =>
        {
            seen.Enqueue(message);
            if (message == "die")
                throw new InvalidOperationException("dies");
        })
        {
            Starting = self =>
            {
                if (++instances == 1)
                    self.StartPeriodicTimer(Short, "tick of the dead");
            },
        });
        actor.Tell("die");
        await harness.PassAsync(4 * Short);
        actor.Tell("alive");
        await harness.UntilAsync(() => seen.Contains("alive"));
        Assert.DoesNotContain("tick of the dead", seen.SkipWhile(message => message != "die"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnAskEndsAtItsDeadlineAndALateAnswerReachesNobody(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        ConcurrentQueue<string> results = new();
        ActorRef<Question> slow = harness.System.Spawn("slow", () => new Answerer());
        harness.System.Spawn("asker", () => new Puppet((_, _) => { })
        {
            Starting = self => self.Run(async _ =>
            {
                try
                {
                    await slow.AskAsync<int>(reply => new Question(1, reply, Wait: 3 * Short), Short);
                    results.Enqueue("answered");
                }
                catch (AskTimeoutException)
                {
                    results.Enqueue("timeout");
                }

                // The late answer to the first question comes while this one waits: it must not be taken for its answer.
                results.Enqueue($"second: {await slow.AskAsync<int>(reply => new Question(2, reply, Wait: 5 * Short), Long)}");
            }),
        });
        await harness.UntilAsync(() => results.Count == 2);
        Assert.Equal(["timeout", "second: 2"], results);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AskingTheStoppedIsRefused(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        AskRefusedException? refused = null;
        int ended = 0;
        ActorRef<string> gone = harness.System.Spawn("gone", () => new Puppet((_, _) => { }) { Ending = _ => ended++ });
        gone.Stop();
        await harness.UntilAsync(() => ended == 1);
        harness.System.Spawn("asker", () => new Puppet((_, _) => { })
        {
            Starting = self => self.Run(async _ =>
            {
                try
                {
                    await gone.AskAsync<int>(_ => "anybody?", Long);
                }
                catch (AskRefusedException exception)
                {
                    refused = exception;
                }
            }),
        });
        await harness.UntilAsync(() => refused is not null);
        Assert.Equal(Delivery.Stopped, refused!.Delivery);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ChildrenStopBeforeTheirParent(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        ConcurrentQueue<string> order = new();
        ActorRef<string> grandparent = harness.System.Spawn("a", () => Nested("a", "b", "c"));
        await harness.UntilAsync(() => order.Count == 3);
        order.Clear();
        grandparent.Stop();
        await harness.UntilAsync(() => order.Count == 3);
        Assert.Equal(["c ends", "b ends", "a ends"], order);

        Puppet Nested(string name, params string[] below) => new((_, _) => { })
        {
            Starting = self =>
            {
                order.Enqueue($"{name} starts");
                if (below.Length > 0)
                    self.Spawn(below[0], () => Nested(below[0], below[1..]));
            },
            Ending = _ => order.Enqueue($"{name} ends"),
        };
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ContinuationsAreTurnsInTheOrderOfTheirCompletion(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        ConcurrentQueue<string> order = new();
        int inside = 0;
        bool overlapped = false;
        TaskCompletionSource[] gates = [.. Enumerable.Range(0, 3).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
        ActorRef<string> actor = harness.System.Spawn("waits", () => new Puppet((_, message) => Enter(message))
        {
            Starting = self =>
            {
                for (int i = 0; i < gates.Length; i++)
                {
                    int which = i;
                    self.Run(async _ =>
                    {
                        await gates[which].Task;
                        Enter($"after {which}");
                    });
                }

                Enter("started");
            },
        });
        await harness.UntilAsync(() => order.Contains("started"));
        harness.System.Spawn("opens", () => new Puppet((_, _) => { })
        {
            Starting = _ =>
            {
                foreach (int which in (int[])[2, 0, 1])
                    gates[which].SetResult();
                actor.Tell("message");
            },
        });
        await harness.UntilAsync(() => order.Count == 5);
        Assert.False(overlapped);
        Assert.Equal(["after 2", "after 0", "after 1"], order.Where(line => line.StartsWith("after", StringComparison.Ordinal)));

        void Enter(string line)
        {
            overlapped |= Interlocked.Increment(ref inside) != 1;
            order.Enqueue(line);
            Interlocked.Decrement(ref inside);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StoppingTheSystemStopsEveryActorAndCountsWhatWasDropped(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        int ended = 0;
        for (int i = 0; i < 5; i++)
            harness.System.Spawn($"actor {i}", () => new Puppet((_, _) => { }) { Ending = _ => Interlocked.Increment(ref ended) });
        Task stopped = harness.System.StopAsync();
        await harness.UntilAsync(() => stopped.IsCompleted);
        Assert.Equal(5, ended);
    }

    public sealed record Question(int Number, ReplyTo<int> Reply, TimeSpan Wait, bool Due = false);

    private sealed class Answerer : Actor<Question>
    {
        protected override void Receive(Question message)
        {
            if (message.Due)
                message.Reply.Reply(message.Number);
            else
                StartTimer(message.Wait, message with { Due = true });
        }
    }
}
