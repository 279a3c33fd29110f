using System.Threading.Channels;

namespace Cocoon.Inference.Serving;

/// <summary>An answer being generated. Read <see cref="Tokens"/> to its end, or dispose to give up what it holds within one pass.</summary>
internal sealed class Generation : IDisposable
{
    private readonly Sequence _sequence;

    internal Generation(Sequence sequence) => _sequence = sequence;

    /// <summary>The tokens; ends after one with an end reason. Fails with what made the engine or the chooser fail.</summary>
    public ChannelReader<GeneratedToken> Tokens => _sequence.Channel.Reader;

    /// <summary>Tokens of the prompt that were found computed; known when the first token is there.</summary>
    public int CachedTokens => Volatile.Read(ref _sequence.CachedTokens);

    /// <summary>Gives up the answer. Harmless when it has ended.</summary>
    public void Dispose() => _sequence.Cancel();
}
