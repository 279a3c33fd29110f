using Cocoon.Actors.Runtime;

namespace Cocoon.Tests.Simulation;

/// <summary>The wheel sleeps until the next timer is due: none may be slept through, whoever starts it while.</summary>
public sealed class ThreadPoolSchedulerTests
{
    [Fact]
    public async Task A_short_timer_does_not_wait_for_a_long_one_that_was_there_before()
    {
        using ThreadPoolScheduler scheduler = new();
        Note hour = new(scheduler);
        scheduler.Start(hour, TimeSpan.FromHours(1));
        Note soon = new(scheduler);
        scheduler.Start(soon, TimeSpan.FromMilliseconds(30));

        Assert.True(await soon.Fired.WaitAsync(Waiting.Patience, TestContext.Current.CancellationToken) >= TimeSpan.FromMilliseconds(30));
        Assert.True(scheduler.Cancel(hour));
    }

    [Fact]
    public async Task Timers_started_from_many_threads_all_fire_and_none_early()
    {
        using ThreadPoolScheduler scheduler = new();
        Random random = new(5);
        int[] delays = [.. Enumerable.Range(0, 4_000).Select(_ => random.Next(0, 60))];
        Task<TimeSpan>[] fired = await Task.WhenAll(delays.Chunk(500).Select(some => Task.Run(async () =>
        {
            List<Task<TimeSpan>> started = [];
            foreach (int delay in some)
            {
                Note note = new(scheduler);
                scheduler.Start(note, TimeSpan.FromMilliseconds(delay));
                started.Add(note.Fired);
                // Gaps in which the wheel goes to sleep and is woken again.
                if (delay == 7)
                    await Task.Delay(3);
            }

            return started.ToArray();
        }))).ContinueWith(static all => all.Result.SelectMany(some => some).ToArray(), TaskScheduler.Default);

        TimeSpan[] waited = await Task.WhenAll(fired).WaitAsync(Waiting.Patience, TestContext.Current.CancellationToken);
        Assert.All(waited.Zip(delays), pair => Assert.True(pair.First.TotalMilliseconds >= pair.Second, $"{pair.Second} ms fired after {pair.First}"));
    }

    [Fact]
    public void A_timer_started_after_the_end_never_fires_and_harms_nobody()
    {
        ThreadPoolScheduler scheduler = new();
        scheduler.Dispose();
        scheduler.Start(new Note(scheduler), TimeSpan.Zero);
    }

    private sealed class Note(ThreadPoolScheduler scheduler) : TimerNode
    {
        private readonly TimeSpan started = scheduler.Now;
        private readonly TaskCompletionSource<TimeSpan> fired = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<TimeSpan> Fired => fired.Task;

        protected internal override void Fire() => fired.SetResult(scheduler.Now - started);
    }
}
