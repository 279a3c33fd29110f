using Cocoon.Simulation.Chance;

namespace Cocoon.Simulation.Jobs;

/// <summary>One job as a client is to send it.</summary>
/// <param name="PromptTokens">Tokens of its prompt.</param>
/// <param name="Chunks">Chunks of its answer.</param>
/// <param name="TokensPerChunk">Tokens of each.</param>
/// <param name="FirstMs">Milliseconds to the first.</param>
/// <param name="ChunkMs">Milliseconds between two.</param>
/// <param name="Limit">The time it asks for.</param>
internal sealed record JobOrder(int PromptTokens, int Chunks, int TokensPerChunk, int FirstMs, int ChunkMs, TimeSpan Limit)
{
    /// <summary>Bytes of its body at least.</summary>
    public int BodyBytes { get; init; } = 100;

    /// <summary>When the user cancels it; null = never.</summary>
    public TimeSpan? CancelAfter { get; init; }

    /// <summary>Whether the client asks for a cancelled job's fate.</summary>
    public bool LooksUp { get; init; }

    /// <summary>Whether the client sends it again under the same number once it was settled.</summary>
    public bool Resubmits { get; init; }

    /// <summary>The purse that pays; empty = the account.</summary>
    public Google.Protobuf.ByteString Purse { get; init; } = Google.Protobuf.ByteString.Empty;

    /// <summary>Most output tokens that the header allows; 0 = as many as are planned.</summary>
    public int OutputMax { get; init; }

    public JobPlan Plan(string name) => new(name, PromptTokens, Chunks, TokensPerChunk, FirstMs, ChunkMs);
}

/// <summary>Which jobs a world's clients send.</summary>
internal interface IJobMix
{
    /// <summary>Time to a client's next job; null = it sends none by itself.</summary>
    TimeSpan? UntilNext(SeededRandom chance);

    /// <summary>The next job.</summary>
    JobOrder Next(SeededRandom chance);
}

/// <summary>The standard mix: short and long answers, some cancelled, some too long for their time, some looked up or sent again.</summary>
internal sealed class StandardMix(TimeSpan meanBetween) : IJobMix
{
    public TimeSpan? UntilNext(SeededRandom chance) => chance.Between(TimeSpan.Zero, meanBetween * 2);

    public JobOrder Next(SeededRandom chance)
    {
        JobOrder order = chance.Below(20) switch
        {
            // Long enough for instalments.
            0 => new JobOrder(200, 60, 4, 500, 200, TimeSpan.FromSeconds(60)),
            // Hardly makes it.
            1 => new JobOrder(50, 20, 2, 200, 100, chance.Between(TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(3))),
            // A long body.
            2 => new JobOrder(2000, 10, 3, 300, 50, TimeSpan.FromSeconds(30)) { BodyBytes = 100_000 },
            // One chunk.
            3 or 4 => new JobOrder(20, 1, 30, chance.Below(400), 0, TimeSpan.FromSeconds(20)),
            _ => new JobOrder(
                1 + chance.Below(300), 1 + chance.Below(25), 1 + chance.Below(5), chance.Below(500), chance.Below(60), TimeSpan.FromSeconds(15 + chance.Below(30))),
        };
        return chance.Below(10) switch
        {
            0 => order with { CancelAfter = chance.Between(TimeSpan.Zero, TimeSpan.FromSeconds(2)), LooksUp = chance.Below(2) == 0 },
            1 => order with { Resubmits = true },
            _ => order,
        };
    }
}
