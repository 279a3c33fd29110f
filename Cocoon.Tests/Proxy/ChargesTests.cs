using Cocoon.Actors.Proxy;
using Cocoon.Protocol.Money;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Tests.Proxy;

/// <summary>Who pays, line by line.</summary>
public class ChargesTests
{
    private static readonly JobTerms Terms = new PriceTable().With("tiny").Terms("tiny")!;
    private static readonly UsageAmount[] Relayed = [new(UsageClass.Prompt, 1000), new(UsageClass.Cached, 500), new(UsageClass.Completion, 200)];

    private static readonly Arbitrary<Case> Cases = (
        from prompt in Gen.Choose(0, 1_000_000)
        from cached in Gen.Choose(0, 1_000_000)
        from completion in Gen.Choose(0, 100_000)
        from coefficient in Gen.Choose(0, 5_000)
        from commission in Gen.Choose(0, 10_000)
        from cut in Gen.Choose(0, 100)
        select new Case(prompt, cached, completion, coefficient, commission, cut)).ToArbitrary();

    [Theory]
    [InlineData(ChargedOutcome.Finished)]
    [InlineData(ChargedOutcome.Cancelled)]
    [InlineData(ChargedOutcome.Interrupted)]
    public void The_client_pays_prompt_and_what_was_relayed_whatever_ended_the_job(ChargedOutcome outcome)
        => Assert.Equal(new Charge(new(53_000), new(50_350), new(2_650)), Charges.Of(outcome, Terms, Relayed));

    [Fact]
    public void Nothing_before_the_first_chunk()
        => Assert.Equal(Charge.None, Charges.Of(ChargedOutcome.NothingRelayed, Terms, Relayed));

    [Fact]
    public void The_loser_of_a_hedge_gets_its_prompt_from_the_operator()
        => Assert.Equal(new Charge(NanoTon.Zero, new(19_950), new(-19_950)), Charges.Of(ChargedOutcome.HedgeLost, Terms, Relayed));

    [Fact]
    public void An_unknown_outcome_is_not_guessed()
        => Assert.Throws<ArgumentOutOfRangeException>(() => Charges.Of(default, Terms, Relayed));

    [Fact]
    public void Nothing_is_invented_or_lost_and_instalments_add_up()
        => Prop.ForAll(Cases, one =>
        {
            JobTerms terms = new(PriceTable.DefaultRates, one.Coefficient, one.Commission);
            UsageAmount[] whole = [new(UsageClass.Prompt, one.Prompt), new(UsageClass.Cached, one.Cached), new(UsageClass.Completion, one.Completion)];
            UsageAmount[] part = [.. whole.Select(amount => amount with { Amount = amount.Amount * one.Cut / 100 })];
            Charge first = Charges.Of(ChargedOutcome.Finished, terms, part);
            Charge all = Charges.Of(ChargedOutcome.Interrupted, terms, whole);
            Charge rest = all.Since(first);
            foreach (Charge charge in new[] { first, all, rest, Charges.Of(ChargedOutcome.HedgeLost, terms, whole) })
            {
                Assert.Equal(charge.Client, charge.Worker + charge.Commission);
                Assert.True(charge.Client >= NanoTon.Zero && charge.Worker >= NanoTon.Zero);
            }

            Assert.True(first.Commission >= NanoTon.Zero && rest.Commission >= NanoTon.Zero);
            return first.Client + rest.Client == all.Client && first.Worker + rest.Worker == all.Worker;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    public sealed record Case(int Prompt, int Cached, int Completion, int Coefficient, int Commission, int Cut);
}
