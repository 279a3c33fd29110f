using Cocoon.Inference.Upstream;
using Cocoon.Protocol.Money;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Tests.Inference.Upstream;

public class UsageMeterTests
{
    private const long MaxCompletion = 1000;

    [Fact]
    public void Whatever_is_reported_the_sums_are_possible() => Prop.ForAll(
        Arb.From(Reports().ListOf()), Arb.From(Gen.Choose(0, 50).Two().ListOf()), (reports, pieces) => Check(reports, pieces)).QuickCheckThrowOnFailure();

    private static bool Check(IReadOnlyList<UpstreamUsage> reports, IReadOnlyList<(int Text, int Reasoning)> pieces)
    {
        UsageMeter meter = new(600, MaxCompletion, reportsCached: true);
        List<UsageAmount> all = [];
        for (int i = 0; i < Math.Max(reports.Count, pieces.Count); i++)
        {
            if (i < reports.Count)
                meter.Report(reports[i]);
            if (i < pieces.Count)
                all.AddRange(meter.Add(pieces[i].Text, pieces[i].Reasoning));
        }

        all.AddRange(meter.Finish(failed: false));
        long answered = Sum(all, UsageClass.Completion) + Sum(all, UsageClass.Reasoning);
        long prompt = Sum(all, UsageClass.Prompt) + Sum(all, UsageClass.Cached);
        bool any = pieces.Any(piece => piece.Text + piece.Reasoning > 0);
        return all.TrueForAll(amount => amount.Amount > 0)
            && answered <= MaxCompletion
            && prompt >= 1
            && Sum(all, UsageClass.Cached) <= prompt
            && (!any || answered >= 1);
    }

    private static long Sum(IEnumerable<UsageAmount> amounts, UsageClass kind) => amounts.Where(amount => amount.Class == kind).Sum(amount => amount.Amount);

    private static Gen<long?> Numbers() => Gen.OneOf(Gen.Constant<long?>(null), Gen.Choose(0, 3000).Select(long? (number) => number));

    private static Gen<UpstreamUsage> Reports() =>
        from prompt in Numbers()
        from cached in Numbers()
        from completion in Numbers()
        from reasoning in Numbers()
        select new UpstreamUsage(prompt, cached, completion, reasoning);
}
