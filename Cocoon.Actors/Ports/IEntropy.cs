namespace Cocoon.Actors.Ports;

/// <summary>Chance: unpredictable in production, drawn from the seed in a simulated world.</summary>
public interface IEntropy
{
    /// <summary>Fills <paramref name="bytes"/> with random bytes fit for nonces.</summary>
    void Fill(Span<byte> bytes);
}
