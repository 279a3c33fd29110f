namespace Cocoon.Inference.TestEngine;

/// <summary>How a test engine misbehaves.</summary>
public enum TestEngineFault
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>Fails before the first chunk.</summary>
    FailBeforeFirstChunk,

    /// <summary>Fails after half of the answer.</summary>
    FailAfterFirstChunk,

    /// <summary>Sends half of the answer and then nothing until it is cancelled.</summary>
    Stall,

    /// <summary>Claims three times the tokens it sent.</summary>
    OverstateUsage,

    /// <summary>Claims that it generated nothing.</summary>
    OmitUsage,
}

/// <summary>Settings of the deterministic test engine.</summary>
public sealed record TestEngineOptions
{
    /// <summary>Changes the answers. Default 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The model it pretends to be. Default <c>cocoon-test</c>.</summary>
    public string Model { get; init; } = "cocoon-test";

    /// <summary>Tokens of an answer unless the job allows fewer. Default 32.</summary>
    public int AnswerTokens { get; init; } = 32;

    /// <summary>Time to the first token. Default none.</summary>
    public TimeSpan FirstTokenDelay { get; init; }

    /// <summary>Time between tokens. Default none.</summary>
    public TimeSpan TokenDelay { get; init; }

    /// <summary>Jobs at once; more are refused as busy. Default 64.</summary>
    public int MaxConcurrent { get; init; } = 64;

    /// <summary>Longest prompt plus answer in tokens. Default 32,768.</summary>
    public int ContextTokens { get; init; } = 32_768;

    /// <summary>Every chat gets the same answer, made in advance: for benchmarks of the path. Default false.</summary>
    public bool Instant { get; init; }

    /// <summary>How it misbehaves. Default: not at all.</summary>
    public TestEngineFault Fault { get; init; }
}
