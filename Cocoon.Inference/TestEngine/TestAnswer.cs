namespace Cocoon.Inference.TestEngine;

/// <summary>One choice of a made-up answer.</summary>
/// <param name="Pieces">One piece of text for each token.</param>
/// <param name="Finish">OpenAI's finish reason.</param>
internal sealed record TestAnswer(IReadOnlyList<string> Pieces, string Finish)
{
    private static readonly string[] Words =
    [
        "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbour", "island", "juniper", "kelp", "lagoon", "maple", "north",
        "ocean", "pebble", "quartz", "river", "summit", "tundra", "umber", "valley", "willow", "xenon", "yarrow", "zephyr", "été", "наука", "海",
    ];

    /// <summary>The answer to a prompt: always the same for the same prompt, seed and choice.</summary>
    public static TestAnswer Make(PromptDigest prompt, long seed, int choice, int tokens, int maxTokens)
    {
        ulong state = prompt.Hash ^ (ulong)seed ^ ((ulong)choice << 32);
        if (prompt.Tool is not null)
            return Cut(["{\"place\":", "\"" + Words[Next(ref state) % (ulong)Words.Length] + "\"", "}"], "tool_calls", maxTokens);
        if (prompt.Json)
            return Cut(["{\"answer\":", "\"" + Words[Next(ref state) % (ulong)Words.Length] + "\"", "}"], "stop", maxTokens);
        List<string> pieces = [];
        for (int i = 0; i < Math.Min(tokens, maxTokens); i++)
            pieces.Add((i == 0 ? "" : " ") + Words[Next(ref state) % (ulong)Words.Length]);
        return new TestAnswer(pieces, tokens > maxTokens ? "length" : "stop");
    }

    /// <summary>splitmix64</summary>
    internal static ulong Next(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private static TestAnswer Cut(string[] pieces, string finish, int maxTokens) =>
        pieces.Length > maxTokens ? new TestAnswer(pieces[..maxTokens], "length") : new TestAnswer(pieces, finish);
}
