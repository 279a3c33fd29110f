using Cocoon.Protocol.Link;

namespace Cocoon.Tests.Protocol.Link;

public class BackoffTests
{
    [Fact]
    public void Waits_double_within_half_to_whole_up_to_the_longest()
    {
        Backoff backoff = new(7);
        for (int attempt = 0; attempt < 40; attempt++)
        {
            long whole = Math.Min(30_000, 100L << Math.Min(attempt, 20));
            Assert.InRange(backoff.NextMs(), whole / 2, whole);
        }

        backoff.Reset();
        Assert.InRange(backoff.NextMs(), 50, 100);
    }

    [Fact]
    public void Who_was_let_in_before_comes_back_quickly_for_a_while()
    {
        Backoff backoff = new(7);
        for (int attempt = 0; attempt < 20; attempt++)
            backoff.NextMs();
        backoff.Connected();
        for (int attempt = 0; attempt < 150; attempt++)
            Assert.InRange(backoff.NextMs(), 1_000, 2_000);
        Assert.InRange(backoff.NextMs(), 15_000, 30_000);

        backoff.Connected();
        backoff.Reset();
        Assert.InRange(backoff.NextMs(), 50, 100);
        for (int attempt = 1; attempt < 150; attempt++)
            Assert.InRange(backoff.NextMs(), 50, 2_000);
    }

    [Fact]
    public void The_seed_decides_and_seeds_differ()
    {
        Assert.Equal(Waits(1), Waits(1));
        Assert.Equal(20, Enumerable.Range(0, 20).Select(seed => Waits((ulong)seed)).Distinct().Count());
    }

    [Fact]
    public void What_the_other_side_asks_for_is_kept_within_bounds()
    {
        Assert.Equal(5_000, new Backoff(1).NextMs(5_000));
        Assert.Equal(600_000, new Backoff(1).NextMs(long.MaxValue));
        Assert.InRange(new Backoff(1).NextMs(-5), 50, 100);
    }

    private static string Waits(ulong seed)
    {
        Backoff backoff = new(seed);
        return string.Join(' ', Enumerable.Range(0, 12).Select(_ => backoff.NextMs()));
    }
}
