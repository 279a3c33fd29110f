using System.Buffers.Binary;
using System.Numerics;
using Cocoon.Actors.Ports;

namespace Cocoon.Simulation.Chance;

/// <summary>
/// Chance of a world: xoshiro256** (Blackman and Vigna, 2018) seeded by SplitMix64. Each part of a world draws from a stream of its own,
/// so that one more draw in one part does not reshuffle the others. Not for secrets.
/// </summary>
internal sealed class SeededRandom : IEntropy
{
    private ulong a;
    private ulong b;
    private ulong c;
    private ulong d;

    /// <summary>The generator of part <paramref name="stream"/> of world <paramref name="seed"/>.</summary>
    public SeededRandom(ulong seed, ulong stream)
    {
        ulong state = seed + (stream * 0xD1B54A32D192ED03);
        a = SplitMix(ref state);
        b = SplitMix(ref state);
        c = SplitMix(ref state);
        d = SplitMix(ref state);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(b * 5, 7) * 9;
        ulong shifted = b << 17;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= shifted;
        d = BitOperations.RotateLeft(d, 45);
        return result;
    }

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

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
