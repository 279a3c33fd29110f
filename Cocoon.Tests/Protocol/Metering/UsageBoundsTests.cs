using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Metering;
using Cocoon.Protocol.Money;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Tests.Protocol.Metering;

public class UsageBoundsTests
{
    private static readonly UsageLimits Limits = new()
    {
        PromptMax = 100,
        OutputMax = 50,
        MediaMax = [new(UsageClass.AudioSecond, 10)],
        CachedExpected = 40,
        BytesPerThousandTokensMin = 2_000,
        BytesPerThousandTokensMax = 500_000,
    };

    private static readonly Arbitrary<(ChunkUsage Declared, int Bytes)[]> Streams = (
        from classes in Gen.Choose(0, 127)
        from small in Gen.Choose(0, 60).ArrayOf(7)
        from huge in Gen.Choose(0, 20)
        from bytes in Gen.Choose(0, 300)
        select (Make(classes, small, huge), bytes)).ArrayOf().ToArbitrary();

    [Fact]
    public void Honest_usage_is_accepted_as_it_is()
    {
        UsageMeter meter = new(Limits);
        Assert.Equal(UsageViolations.None, meter.Accept(Usage((UsageClass.Prompt, 60), (UsageClass.Cached, 40), (UsageClass.Completion, 1)), 90).Violations);
        for (int i = 0; i < 49; i++)
            Assert.Equal(UsageViolations.None, meter.Accept(Usage((UsageClass.Completion, 1)), 90).Violations);
        Assert.Equal(Usage((UsageClass.Prompt, 60), (UsageClass.Cached, 40), (UsageClass.Completion, 50)), meter.Total);
        Assert.Equal(UsageViolations.None, meter.Finish().Violations);
    }

    [Theory]
    [InlineData(UsageClass.Prompt, 105, 100, UsageViolations.PromptOverBound, 1)]
    [InlineData(UsageClass.Prompt, 150, 100, UsageViolations.PromptOverBound, 5)]
    [InlineData(UsageClass.Prompt, long.MaxValue, 100, UsageViolations.PromptOverBound, 10)]
    [InlineData(UsageClass.Completion, 51, 50, UsageViolations.OutputOverBound, 1)]
    [InlineData(UsageClass.Reasoning, 500, 50, UsageViolations.OutputOverBound, 10)]
    [InlineData(UsageClass.AudioSecond, 11, 10, UsageViolations.MediaOverBound, 1)]
    [InlineData(UsageClass.ImageTile, 1, 0, UsageViolations.UnboundedClass, 10)]
    [InlineData((UsageClass)99, 1, 0, UsageViolations.UnboundedClass, 10)]
    public void Over_the_bound_it_is_cut_to_it_and_costs_integrity(UsageClass usageClass, long declared, long accepted, UsageViolations violation, int weight)
    {
        UsageVerdict verdict = new UsageMeter(Limits).Accept(Usage((usageClass, declared)), 1000);
        Assert.Equal(accepted, UsageBounds.Amount(verdict.Accepted, usageClass));
        Assert.Equal((violation, weight), (verdict.Violations, verdict.Weight));
    }

    [Fact]
    public void Of_a_prompt_that_is_too_long_the_dearer_part_is_cut()
    {
        UsageVerdict verdict = new UsageMeter(Limits).Accept(Usage((UsageClass.Prompt, 100), (UsageClass.Cached, 80)), 0);
        Assert.Equal(Usage((UsageClass.Prompt, 20), (UsageClass.Cached, 80)), verdict.Accepted);
    }

    [Fact]
    public void Reasoning_that_is_not_relayed_is_not_billed_nor_more_tokens_than_bytes()
    {
        UsageMeter meter = new(Limits);
        UsageVerdict hidden = meter.Accept(Usage((UsageClass.Reasoning, 30)), 0);
        Assert.Equal((0, UsageViolations.NotRelayed), (hidden.Accepted.Count, hidden.Violations));
        UsageVerdict sparse = meter.Accept(Usage((UsageClass.Completion, 30)), 9);
        Assert.Equal(Usage((UsageClass.Completion, 10)), sparse.Accepted);
        Assert.Equal(UsageViolations.NotRelayed, sparse.Violations);
    }

    [Fact]
    public void Late_usage_of_chunks_already_relayed_is_billed()
    {
        UsageMeter meter = new(Limits);
        for (int i = 0; i < 20; i++)
            meter.Accept(default, 100);
        Assert.Equal(UsageViolations.None, meter.Accept(Usage((UsageClass.Completion, 20)), 0).Violations);
        Assert.Equal(20, meter.OutputTokens);
    }

    [Fact]
    public void An_understated_cache_and_odd_lengths_are_suspicions()
    {
        UsageMeter meter = new(Limits);
        meter.Accept(Usage((UsageClass.Prompt, 100), (UsageClass.Completion, 40)), 50);
        UsageVerdict verdict = meter.Finish();
        Assert.Equal(UsageViolations.CacheUnderstated | UsageViolations.OutsideBand, verdict.Violations);
        Assert.Equal(1, verdict.Weight);
    }

    [Fact]
    public void Whatever_a_worker_sends_the_bill_stays_within_bounds_and_says_what_was_cut()
        => Prop.ForAll(Streams, stream =>
        {
            UsageMeter meter = new(Limits);
            ChunkUsage sum = default;
            foreach ((ChunkUsage declared, int bytes) in stream)
            {
                UsageVerdict verdict = meter.Accept(declared, bytes);
                sum = UsageBounds.Sum(sum, verdict.Accepted);
                Assert.Equal(verdict.Accepted == Without(declared), verdict.Violations == UsageViolations.None);
                Assert.Equal(verdict.Weight == 0, verdict.Violations == UsageViolations.None);
                Assert.InRange(verdict.Weight, 0, UsageVerdict.WeightMax);
                for (int i = 0; i < verdict.Accepted.Count; i++)
                    Assert.InRange(verdict.Accepted[i].Amount, 1, UsageBounds.Amount(declared, verdict.Accepted[i].Class));
            }

            Assert.Equal(sum, meter.Total);
            Assert.True(UsageBounds.Amount(sum, UsageClass.Prompt) + UsageBounds.Amount(sum, UsageClass.Cached) <= Limits.PromptMax);
            Assert.True(meter.OutputTokens <= Math.Min(Limits.OutputMax, meter.RelayedBytes + 1));
            Assert.True(UsageBounds.Amount(sum, UsageClass.AudioSecond) <= 10);
            return UsageBounds.Amount(sum, UsageClass.ImageTile) == 0;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static ChunkUsage Make(int classes, int[] small, int huge)
    {
        ChunkUsage usage = default;
        for (int i = 0; i < 7; i++)
        {
            if ((classes & (1 << i)) != 0)
                usage.Add(new UsageAmount((UsageClass)(i + 1), i == huge ? long.MaxValue : small[i]));
        }

        return usage;
    }

    private static ChunkUsage Without(ChunkUsage declared)
    {
        ChunkUsage nonZero = default;
        for (int i = 0; i < declared.Count; i++)
        {
            if (declared[i].Amount > 0)
                nonZero.Add(declared[i]);
        }

        return nonZero;
    }

    private static ChunkUsage Usage(params (UsageClass Class, long Amount)[] amounts)
    {
        ChunkUsage usage = default;
        foreach ((UsageClass usageClass, long amount) in amounts)
            usage.Add(new UsageAmount(usageClass, amount));
        return usage;
    }
}
