using Cocoon.Actors.Routing;
using Cocoon.Tests.Proxy;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Tests.Routing;

public class JobQueueTests
{
    private readonly JobQueue queue = new(new QueueOptions());

    [Fact]
    public void Within_an_account_the_earliest_deadline_comes_first()
    {
        Add(0, deadline: 30);
        Add(0, deadline: 10);
        Add(0, deadline: 20);
        Assert.Equal([10, 20, 30], Take(3).Select(job => job.Deadline.TotalSeconds));
    }

    [Fact]
    public void A_small_account_beside_a_flooding_one_does_not_starve()
    {
        for (int i = 0; i < 200; i++)
            Add(1, deadline: 100);
        foreach (Job _ in Take(50))
            Add(1, deadline: 100);
        Add(2, deadline: 1000);
        Assert.Contains(Take(2), job => job.Account == 2);
    }

    [Fact]
    public void Shares_are_by_cost_and_not_by_number()
    {
        for (int i = 0; i < 100; i++)
        {
            Add(1, output: 1000);
            Add(2, output: 100);
        }

        Job[] first = [.. Take(66)];
        Assert.InRange(first.Count(job => job.Account == 1), 5, 8);
    }

    [Fact]
    public void Leaving_and_coming_back_earns_no_turn()
    {
        for (int i = 0; i < 20; i++)
            Add(2);
        Add(1);
        int served = 0;
        for (int i = 0; i < 10; i++)
        {
            Job job = Take(1).Single();
            if (job.Account != 1)
                continue;
            served++;
            Add(1);
        }

        Assert.Equal(5, served);
    }

    [Fact]
    public void What_cannot_run_is_passed_over_and_keeps_its_place()
    {
        Job first = Add(1);
        Job second = Add(2);
        Assert.True(queue.TryTakeFirst(job => job != first, out QueuedJob taken));
        Assert.Same(second, taken);
        Assert.Same(first, Take(1).Single());
        Assert.False(queue.TryTakeFirst(_ => true, out _));
    }

    [Fact]
    public void Nothing_is_remembered_of_accounts_once_the_queue_is_empty()
    {
        for (int i = 0; i < 100; i++)
            Add(i);
        Assert.Equal(100, Take(100).Count());
        Assert.Equal((0, 0), (queue.Count, queue.Lanes));
    }

    [Fact]
    public void Jobs_ahead_are_counted_as_turns()
    {
        for (int i = 0; i < 50; i++)
            Add(1);
        Add(2);
        Assert.Equal(2, queue.Ahead(FleetHarness.Account(3)));
        Assert.Equal(3, queue.Ahead(FleetHarness.Account(2)));
        Assert.Equal(51, queue.Ahead(FleetHarness.Account(1)));
    }

    [Fact]
    public void Whatever_the_order_of_adding_taking_and_leaving_every_job_leaves_once()
        => Prop.ForAll(ArbMap.Default.ArbFor<(byte What, byte Which)[]>(), steps =>
        {
            JobQueue one = new(new QueueOptions { JobsMax = 20, JobsPerAccountMax = 8 });
            List<Job> inside = [];
            foreach ((byte what, byte which) in steps)
            {
                Job job = new(which % 4, which, 1 + which);
                if (what % 4 < 2)
                {
                    int own = inside.Count(other => other.Account == job.Account);
                    JobQueue.Admission expected = inside.Count >= 20 ? JobQueue.Admission.Full
                        : own >= 8 ? JobQueue.Admission.AccountFull
                        : JobQueue.Admission.Added;
                    Assert.Equal(expected, one.Add(job));
                    if (expected == JobQueue.Admission.Added)
                        inside.Add(job);
                }
                else if (what % 4 == 2 && inside.Count > 0)
                {
                    Job leaving = inside[which % inside.Count];
                    Assert.True(one.Remove(leaving));
                    Assert.False(one.Remove(leaving));
                    inside.Remove(leaving);
                }
                else if (one.TryTakeFirst(candidate => ((Job)candidate).Account != which % 4, out QueuedJob taken))
                {
                    Job expected = inside.Where(other => other.Account == ((Job)taken).Account).OrderBy(other => other.Deadline)
                        .ThenBy(other => other.Sequence).First();
                    Assert.Same(expected, taken);
                    inside.Remove(expected);
                }
                else
                {
                    Assert.DoesNotContain(inside, other => other.Account != which % 4);
                }

                Assert.Equal(inside.Count, one.Count);
                Assert.Equal(inside.Count == 0 ? null : inside.Min(other => other.Deadline), one.NextDeadline);
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(200));

    private Job Add(int account, double deadline = 60, int output = 100)
    {
        Job job = new(account, deadline, output);
        Assert.Equal(JobQueue.Admission.Added, queue.Add(job));
        return job;
    }

    private IEnumerable<Job> Take(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(queue.TryTakeFirst(_ => true, out QueuedJob job));
            yield return (Job)job;
        }
    }

    private sealed class Job(int account, double deadline, int output)
        : QueuedJob(FleetHarness.Needs(account, prompt: 0, output: output), TimeSpan.FromSeconds(deadline))
    {
        public int Account => account;
    }
}
