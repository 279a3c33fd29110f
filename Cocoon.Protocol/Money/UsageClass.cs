namespace Cocoon.Protocol.Money;

/// <summary>What a job used, by class. Classes are data: prices, chunks and receipts carry lists of (class, amount).</summary>
public enum UsageClass
{
    /// <summary>Prompt tokens that were computed, cached ones excluded.</summary>
    Prompt = 1,

    /// <summary>Prompt tokens served from the worker's prefix cache.</summary>
    Cached = 2,

    /// <summary>Answer tokens, reasoning excluded.</summary>
    Completion = 3,

    /// <summary>Reasoning tokens that were relayed.</summary>
    Reasoning = 4,

    /// <summary>Seconds of audio, rounded up.</summary>
    AudioSecond = 5,

    /// <summary>Image tiles.</summary>
    ImageTile = 6,
}

/// <summary>An amount of one class of usage.</summary>
/// <param name="Class">The class.</param>
/// <param name="Amount">Units of it, 0 and up.</param>
public readonly record struct UsageAmount(UsageClass Class, long Amount);
