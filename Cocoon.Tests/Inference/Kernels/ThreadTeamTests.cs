using Cocoon.Inference.Kernels;

namespace Cocoon.Tests.Inference.Kernels;

public sealed class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Every_item_is_done_once_in_every_round(int threads)
    {
        using ThreadTeam team = new(threads);
        for (int round = 0; round < 2000; round++)
        {
            CountingWork work = new(round % 23);
            team.Run(work);
            Assert.All(work.Done, count => Assert.Equal(1, count));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_share_is_done_by_the_others_too(int owner)
    {
        using ThreadTeam team = new(3);
        for (int round = 0; round < 500; round++)
        {
            CountingWork work = new(40) { Owner = owner };
            team.Run(work);
            Assert.All(work.Done, count => Assert.Equal(1, count));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Items_are_taken_together_but_never_more_than_the_work_allows(int threads)
    {
        using ThreadTeam team = new(threads);
        for (int round = 0; round < 500; round++)
        {
            CountingWork work = new(round % 97) { Most = 1 + (round % 11) };
            team.Run(work);
            Assert.All(work.Done, count => Assert.Equal(1, count));
            Assert.True(work.Largest <= work.Most);
        }
    }

    [Fact]
    public void A_failure_reaches_the_caller_and_the_team_goes_on()
    {
        using ThreadTeam team = new(3);
        Assert.Throws<InvalidDataException>(() => team.Run(new FailingWork()));
        CountingWork work = new(100);
        team.Run(work);
        Assert.All(work.Done, count => Assert.Equal(1, count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_lost_its_core_and_was_waited_for_rests_and_comes_back(bool lostCore)
    {
        long interruptions = 0;
        using ThreadTeam team = new(2, () => lostCore ? Interlocked.Increment(ref interruptions) : 0);
        bool rested = SpinWait.SpinUntil(
            () =>
            {
                // The helper holds an item for far longer than it is waited for with patience.
                team.Run(new SleepingWork(helperMs: 6));
                return team.Rests > 0;
            },
            lostCore ? Waiting.Patience : TimeSpan.FromMilliseconds(200));

        Assert.Equal(lostCore, rested);
        Assert.True(SpinWait.SpinUntil(() => Helps(team), Waiting.Patience), "the helper never came back");
    }

    [Fact]
    public void A_thread_beside_another_on_every_core_is_interrupted()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("only Linux counts for threads");
        using CancellationTokenSource stop = new();
        Thread[] others = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() => SpinWait.SpinUntil(() => stop.IsCancellationRequested)))];
        Array.ForEach(others, thread => thread.Start());
        long before = ThreadInterruptions.Count();
        bool counted = SpinWait.SpinUntil(() => ThreadInterruptions.Count() > before, Waiting.Patience);
        stop.Cancel();
        Array.ForEach(others, thread => thread.Join());
        Assert.True(counted);
    }

    private static bool Helps(ThreadTeam team)
    {
        SleepingWork work = new(helperMs: 0);
        team.Run(work);
        return work.Helped;
    }

    [Fact]
    public void Parked_threads_wake_up()
    {
        using ThreadTeam team = new(3);
        for (int round = 0; round < 3; round++)
        {
            // Longer than a thread spins before it parks.
            SpinWait.SpinUntil(() => false, TimeSpan.FromMilliseconds(60));
            CountingWork work = new(50);
            team.Run(work);
            Assert.All(work.Done, count => Assert.Equal(1, count));
        }
    }

    private sealed class CountingWork(int items) : ParallelWork
    {
        public int[] Done { get; } = new int[items];

        /// <summary>The thread that all items belong to; null for equal shares.</summary>
        public int? Owner { get; init; }

        public int Most { get; init; } = 1;

        /// <summary>The most items that were taken at once.</summary>
        public int Largest { get; private set; }

        public override int Items => Done.Length;

        public override int MostAtOnce => Most;

        public override int ShareStart(int thread, int threads) =>
            Owner is { } owner ? (thread <= owner ? 0 : Items) : base.ShareStart(thread, threads);

        public override void Run(int item, int thread) => Interlocked.Increment(ref Done[item]);

        public override void Run(int first, int end, int thread)
        {
            if (end - first > Largest)
                Largest = end - first;
            base.Run(first, end, thread);
        }
    }

    /// <summary>Eight items of a millisecond, for the helper of more.</summary>
    private sealed class SleepingWork(int helperMs) : ParallelWork
    {
        public bool Helped { get; private set; }

        public override int Items => 8;

        public override void Run(int item, int thread)
        {
            Helped |= thread > 0;
            // A core that somebody else has: the thread stands still in the middle of its item.
            using ManualResetEvent taken = new(false);
            taken.WaitOne(thread > 0 ? 1 + (helperMs * 2) : 1);
        }
    }

    private sealed class FailingWork : ParallelWork
    {
        public override int Items => 40;

        public override void Run(int item, int thread)
        {
            if (item == 20)
                throw new InvalidDataException("no");
        }
    }
}
