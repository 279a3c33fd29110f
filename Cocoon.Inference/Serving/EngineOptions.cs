using Cocoon.Inference.Model;

namespace Cocoon.Inference.Serving;

/// <summary>How the embedded engine uses the machine.</summary>
public sealed record EngineOptions
{
    /// <summary>Threads that compute, 1 and up. Default: one per processor.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Sequences computed at once, 1 to 256. Default: 8.</summary>
    public int MaxConcurrent { get; init; } = 8;

    /// <summary>Requests that may wait for room; more are refused as busy. Default: 64.</summary>
    public int MaxWaiting { get; init; } = 64;

    /// <summary>Longest prompt plus answer, in tokens; the model's own limit if that is less. Default: the model's limit, at most 8,192.</summary>
    public int ContextTokens { get; init; } = 8192;

    /// <summary>Tokens kept in the key-value cache over all sequences. Default (0): room for <see cref="MaxConcurrent"/> full contexts, in at most a quarter of the memory.</summary>
    public int CacheTokens { get; init; }

    /// <summary>Prompt tokens computed in one pass while other sequences wait for their next token, 16 to 512. Default: 64.</summary>
    public int ChunkTokens { get; init; } = 64;

    /// <summary>How keys and values are kept. Default: 16-bit floats.</summary>
    public KeyValueFormat CacheFormat { get; init; } = KeyValueFormat.F16;

    /// <summary>Kernels by name, see <c>docs/engine.md</c>. Default (null): the fastest that run on this processor.</summary>
    public string? Kernels { get; init; }

    /// <summary>Throws <see cref="ArgumentOutOfRangeException"/> naming the first option that is out of its range.</summary>
    public void Validate()
    {
        Check(nameof(Threads), Threads, 1, 1024);
        Check(nameof(MaxConcurrent), MaxConcurrent, 1, 256);
        Check(nameof(MaxWaiting), MaxWaiting, 0, 1_000_000);
        Check(nameof(ContextTokens), ContextTokens, 1, int.MaxValue);
        Check(nameof(CacheTokens), CacheTokens, 0, int.MaxValue);
        Check(nameof(ChunkTokens), ChunkTokens, 16, 512);
    }

    private static void Check(string option, int value, int least, int most)
    {
        if (value < least || value > most)
            throw new ArgumentOutOfRangeException(option, value, $"{option} must be between {least} and {most}");
    }
}
