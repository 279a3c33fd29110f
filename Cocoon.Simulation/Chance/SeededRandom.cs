using System.Buffers.Binary;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;

namespace Cocoon.Simulation.Chance;

/// <summary>
/// Chance of a world. Each part of a world draws from a stream of its own, so that one more draw in one part does not reshuffle the others.
/// </summary>
/// <param name="seed">The world.</param>
/// <param name="stream">The part.</param>
internal sealed class SeededRandom(ulong seed, ulong stream) : IEntropy
{
    private readonly SeededBits bits = new(seed + (stream * 0xD1B54A32D192ED03));

    /// <summary>64 random bits.</summary>
    public ulong NextBits() => bits.Next();

    /// <summary>A number from 0 up to, not including, <paramref name="bound"/> (at least 1).</summary>
    public int Below(int bound) => (int)(((NextBits() >> 32) * (ulong)bound) >> 32);

    /// <summary>True <paramref name="count"/> times in a million.</summary>
    public bool PerMillion(int count) => count > 0 && Below(1_000_000) < count;

    /// <summary>A number from <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public long Between(long least, long most) => least + (long)(((UInt128)NextBits() * (ulong)(most - least + 1)) >> 64);

    /// <summary>A time from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public TimeSpan Between(TimeSpan least, TimeSpan most) => new(Between(least.Ticks, most.Ticks));

    /// <inheritdoc/>
    public void Fill(Span<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..])
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, NextBits());
        if (bytes.IsEmpty)
            return;
        Span<byte> last = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(last, NextBits());
        last[..bytes.Length].CopyTo(bytes);
    }
}
