using System.Threading.Channels;
using Cocoon.Inference.Model;

namespace Cocoon.Inference.Serving;

/// <summary>The engine's side of one request: a generation, or a text to embed. Touched by the engine thread only, save for cancellation.</summary>
internal sealed class Sequence
{
    private volatile bool _cancelled;

    public Sequence(ReadOnlySpan<int> prompt, int maxTokens, string scope, ITokenChooser? chooser, long submittedAt)
    {
        (Prompt, MaxTokens, Chooser, SubmittedAt) = (prompt.ToArray(), maxTokens, chooser, submittedAt);
        Hashes = PromptHash.Compute(scope, prompt);
        Blocks = new int[(Prompt.Length + maxTokens + KeyValueCache.BlockTokens - 1) / KeyValueCache.BlockTokens];
    }

    /// <summary>Tokens found computed.</summary>
    public int CachedTokens;

    public int[] Prompt { get; }

    /// <summary>Most tokens to generate; 0 for a text to embed.</summary>
    public int MaxTokens { get; }

    public ITokenChooser? Chooser { get; }

    public long SubmittedAt { get; }

    /// <summary>Names of the prompt's full blocks.</summary>
    public UInt128[] Hashes { get; }

    /// <summary>Cache blocks for the worst case; the first <see cref="HeldBlocks"/> are held.</summary>
    public int[] Blocks { get; }

    public int HeldBlocks { get; set; }

    /// <summary>Prompt tokens computed or found.</summary>
    public int Computed { get; set; }

    /// <summary>Tokens generated.</summary>
    public int Generated { get; set; }

    /// <summary>Prompt blocks that the pass in progress completes.</summary>
    public (int First, int End) ToRegister { get; set; }

    public int LastToken { get; set; }

    public long LastTokenAt { get; set; }

    /// <summary>Sum of the vectors so far, or the last vector.</summary>
    public float[]? Pooled { get; set; }

    public EmbeddingPooling Pooling { get; init; }

    public Channel<GeneratedToken> Channel { get; } = System.Threading.Channels.Channel.CreateUnbounded<GeneratedToken>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    public TaskCompletionSource<float[]> Vector { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsCancelled => _cancelled;

    public bool IsEmbedding => Chooser is null;

    public bool PromptDone => Computed == Prompt.Length;

    /// <summary>Position of the next token to compute.</summary>
    public int Position => PromptDone ? Prompt.Length + Generated - 1 : Computed;

    public void Cancel() => _cancelled = true;

    public void Fail(Exception failure)
    {
        Channel.Writer.TryComplete(failure);
        Vector.TrySetException(failure);
    }
}
