using Cocoon.Protocol.Money;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Tests.Protocol.Money;

public class JobTermsTests
{
    private static readonly Arbitrary<Case> Cases = (
        from prompt in Gen.Choose(0, 2_000_000)
        from cached in Gen.Choose(0, 2_000_000)
        from completion in Gen.Choose(0, 100_000)
        from reasoning in Gen.Choose(0, 100_000)
        from coefficient in Gen.Choose(0, 5_000)
        from commission in Gen.Choose(0, 10_000)
        from rate in Gen.Choose(1, int.MaxValue)
        select new Case(prompt, cached, completion, reasoning, coefficient, commission, rate)).ToArbitrary();

    [Theory]
    [InlineData(1, 1, 180)]
    [InlineData(1000, 0, 20_000)]
    [InlineData(0, 256, 40_960)]
    [InlineData(0, 0, 0)]
    public void The_public_networks_prices(long prompt, long completion, long nano)
    {
        JobTerms terms = new PriceTable().With("tiny").Terms("tiny")!;
        Assert.Equal(new NanoTon(nano), terms.Price([new(UsageClass.Prompt, prompt), new(UsageClass.Completion, completion)]));
    }

    [Fact]
    public void A_started_nanoton_is_charged_and_the_worker_keeps_the_odd_one()
    {
        JobTerms terms = new([new(UsageClass.Prompt, 1)], 1_000, 500);
        Assert.Equal(new NanoTon(1), terms.Price([new(UsageClass.Prompt, 1)]));
        Assert.Equal(new NanoTon(0), terms.Commission(new NanoTon(19)));
        Assert.Equal(new NanoTon(1), terms.Commission(new NanoTon(20)));
    }

    [Fact]
    public void A_price_is_the_exact_sum_rounded_up_once() => Holds(c =>
    {
        decimal exact = ((decimal)c.Prompt * c.Rate) + ((decimal)c.Cached * 7) + ((decimal)c.Completion * 160_000_000) + ((decimal)c.Reasoning * 11);
        decimal expected = Math.Ceiling(exact * c.Coefficient / 1_000_000_000m);
        return c.Terms.Price(c.Usage).Value == expected;
    });

    [Fact]
    public void Instalments_change_nothing() => Holds(c =>
    {
        NanoTon half = c.Terms.Price([new(UsageClass.Prompt, c.Prompt), new(UsageClass.Completion, c.Completion / 2)]);
        NanoTon whole = c.Terms.Price(c.Usage);
        NanoTon first = c.Terms.Commission(half);
        NanoTon second = c.Terms.Commission(whole) - first;
        return half <= whole && second >= NanoTon.Zero && first + second == c.Terms.Commission(whole)
            && c.Terms.Commission(whole) <= whole;
    });

    [Fact]
    public void A_reservation_covers_whatever_the_job_uses_within_its_bounds() => Holds(c =>
    {
        NanoTon reserved = c.Terms.Reservation(c.Prompt + c.Cached, [], c.Completion + c.Reasoning, 1);
        return reserved >= c.Terms.Price(c.Usage);
    });

    [Fact]
    public void What_a_balance_affords_is_exact() => Holds(c =>
    {
        long most = c.Terms.AffordableOutput(new NanoTon(c.Rate), c.Prompt, [], 1_000_000, 3);
        if (most < 0)
            return c.Terms.Reservation(c.Prompt, [], 0, 3).Value > c.Rate;
        bool fits = c.Terms.Reservation(c.Prompt, [], most, 3).Value <= c.Rate;
        bool noMore = most == 1_000_000 || c.Terms.Reservation(c.Prompt, [], most + 1, 3).Value > c.Rate;
        return fits && noMore;
    });

    [Fact]
    public void The_largest_figures_do_not_wrap()
    {
        JobTerms dearest = new([new(UsageClass.Prompt, JobTerms.RateMax)], JobTerms.CoefficientMax, 10_000);
        Assert.Throws<OverflowException>(() => dearest.Price([new(UsageClass.Prompt, JobTerms.AmountMax)]));
        Assert.Equal(new NanoTon(long.MaxValue), dearest.Commission(new NanoTon(long.MaxValue)));
        Assert.Equal(0, dearest.AffordableOutput(new NanoTon(long.MaxValue), 0, [], 0, 1));
    }

    [Fact]
    public void Figures_out_of_range_are_refused()
    {
        JobTerms terms = new PriceTable().With("tiny").Terms("tiny")!;
        Assert.Throws<ArgumentException>(() => terms.Price([new(UsageClass.AudioSecond, 1)]));
        Assert.Throws<ArgumentException>(() => terms.Price([new(UsageClass.Prompt, -1)]));
        Assert.Throws<ArgumentException>(() => terms.Price([new(UsageClass.Prompt, JobTerms.AmountMax + 1)]));
        Assert.Throws<ArgumentException>(() => new JobTerms([new(UsageClass.Prompt, 1), new(UsageClass.Prompt, 1)], 1_000, 500));
        Assert.Throws<ArgumentException>(() => new JobTerms([new(UsageClass.Prompt, -1)], 1_000, 500));
        Assert.Throws<ArgumentException>(() => new JobTerms([], 1_000, 500));
        Assert.Throws<ArgumentOutOfRangeException>(() => new JobTerms(PriceTable.DefaultRates, -1, 500));
        Assert.Throws<ArgumentOutOfRangeException>(() => new JobTerms(PriceTable.DefaultRates, 1_000, 10_001));
        Assert.Throws<ArgumentOutOfRangeException>(() => terms.Reservation(0, [], long.MaxValue, 2));
        Assert.Null(new PriceTable().Terms("unknown"));
    }

    private static void Holds(Func<Case, bool> property) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Cases, property));

    private sealed record Case(long Prompt, long Cached, long Completion, long Reasoning, int Coefficient, int Commission, long Rate)
    {
        public JobTerms Terms { get; } = new(
            [
                new(UsageClass.Prompt, Rate), new(UsageClass.Cached, 7), new(UsageClass.Completion, 160_000_000), new(UsageClass.Reasoning, 11),
            ],
            Coefficient,
            Commission);

        public UsageAmount[] Usage { get; } =
            [
                new(UsageClass.Prompt, Prompt), new(UsageClass.Cached, Cached),
                new(UsageClass.Completion, Completion), new(UsageClass.Reasoning, Reasoning),
            ];
    }
}
