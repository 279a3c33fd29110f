using Cocoon.Actors.Routing;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Routing;

public class PrefixIndexTests
{
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(50);
    private readonly PrefixIndex index = new(TimeSpan.FromMinutes(10));

    private static PrefixTag[] Tags(params int[] tags) => [.. tags.Select((tag, i) => new PrefixTag((ulong)tag, 100 * (i + 1)))];

    [Fact]
    public void The_longest_prefix_that_a_worker_holds_counts_until_it_is_too_old()
    {
        PrefixShelf shelf = new(8) { CandidateIndex = 1 };
        index.Remember(shelf, Tags(1, 2, 3), Now);
        Candidate[] candidates = Candidates.Many(2);
        index.Credit(Tags(1, 2, 9), candidates, Now);
        Assert.Equal([0, 200], candidates.Select(one => one.CachedTokens));
        index.TakeBack(Tags(1, 2, 9), candidates, Now);
        Assert.Equal([0, 0], candidates.Select(one => one.CachedTokens));
        index.Credit(Tags(1, 2, 9), candidates, Now + TimeSpan.FromMinutes(11));
        Assert.Equal([0, 0], candidates.Select(one => one.CachedTokens));
    }

    [Fact]
    public void A_worker_that_is_gone_leaves_nothing_behind()
    {
        PrefixShelf shelf = new(8) { CandidateIndex = 0 };
        index.Remember(shelf, Tags(1, 2, 3), Now);
        index.Forget(shelf);
        Assert.Equal(0, index.Count);
    }

    [Fact]
    public void Shelves_are_bounded_whatever_clients_send()
    {
        PrefixShelf[] shelves = [.. Enumerable.Range(0, 6).Select(i => new PrefixShelf(32) { CandidateIndex = i })];
        Random random = new(4);
        for (int i = 0; i < 20_000; i++)
            index.Remember(shelves[i % 6], Tags(random.Next(400), random.Next(100_000)), Now);
        Assert.InRange(index.Count, 1, 6 * 32);
        foreach (PrefixShelf shelf in shelves)
            index.Forget(shelf);
        Assert.Equal(0, index.Count);
    }

    [Fact]
    public void Of_too_many_prefixes_the_longest_are_kept()
    {
        PrefixShelf shelf = new(1024) { CandidateIndex = 0 };
        index.Remember(shelf, Tags([.. Enumerable.Range(0, 500)]), Now);
        Assert.Equal(JobNeeds.PrefixesMax, index.Count);
        Candidate[] one = Candidates.Many(1);
        index.Credit(Tags([.. Enumerable.Range(0, 500)]), one, Now);
        Assert.Equal(50_000, one[0].CachedTokens);
    }

    [Fact]
    public void Price_caps_become_the_coefficient_that_every_class_allows()
    {
        IReadOnlyList<Rate> rates = PriceTable.DefaultRates;
        Assert.Equal(int.MaxValue, PriceCap.Coefficient(rates, []));
        Assert.Equal(1500, PriceCap.Coefficient(rates, [new(UsageClass.Prompt, 30_000_000), new(UsageClass.Completion, 320_000_000)]));
        Assert.Equal(0, PriceCap.Coefficient(rates, [new(UsageClass.Cached, 1)]));
        Assert.Equal(-1, PriceCap.Coefficient(rates, [new(UsageClass.Cached, -1)]));
        Assert.Equal(int.MaxValue, PriceCap.Coefficient(rates, [new(UsageClass.Prompt, long.MaxValue)]));
        Assert.Equal(int.MaxValue, PriceCap.Coefficient(rates, [new(UsageClass.ImageTile, 1)]));
    }
}
