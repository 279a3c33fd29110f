using Cocoon.Actors.Routing;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Proxy;

namespace Cocoon.Tests.Routing;

/// <summary>Candidates that differ only in what a test says.</summary>
internal static class Candidates
{
    public static readonly TimeSpan Now = TimeSpan.FromSeconds(100);

    public static Candidate One(int number) => new()
    {
        Worker = number + 1,
        Machine = number,
        Tier = Tier.Open,
        Kinds = ~0u,
        ContextTokens = 8192,
        Coefficient = 1000,
        FreeSlots = 4,
        RunningMax = 8,
        EvidenceUntil = TimeSpan.MaxValue,
        PromptSecondsPerToken = 0.001,
        OutputSecondsPerToken = 0.02,
        Success = 0.9,
        Integrity = 1,
    };

    public static Candidate[] Many(int count) => [.. Enumerable.Range(0, count).Select(One)];

    public static JobNeeds Needs { get; } = FleetHarness.Needs();

    public static WorkerChooser Chooser(double exploration = 0, ulong seed = 3)
        => new(new RoutingOptions { Exploration = exploration }, new SeededBits(seed));

    /// <summary>How often each candidate is chosen.</summary>
    public static int[] Draw(this WorkerChooser chooser, Candidate[] candidates, int times, JobNeeds? needs = null)
    {
        int[] counts = new int[candidates.Length];
        for (int i = 0; i < times; i++)
            counts[chooser.Choose(needs ?? Needs, candidates, Now).Index]++;
        return counts;
    }
}
