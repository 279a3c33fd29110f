using System.Buffers.Binary;
using System.Numerics;
using Cocoon.Actors.Ports;

namespace Cocoon.Actors.Runtime;

/// <summary>
/// Chance that can be drawn again: xoshiro256** 1.0 (Blackman and Vigna, 2018, public domain), its state expanded from the seed by
/// SplitMix64. A seed means the same draws in every version of the runtime. Not for secrets.
/// </summary>
public sealed class SeededBits
{
    private ulong s0;
    private ulong s1;
    private ulong s2;
    private ulong s3;

    /// <summary>The generator of a seed.</summary>
    public SeededBits(ulong seed)
    {
        s0 = SplitMix(ref seed);
        s1 = SplitMix(ref seed);
        s2 = SplitMix(ref seed);
        s3 = SplitMix(ref seed);
    }

    /// <summary>A generator seeded by <paramref name="entropy"/>, so that a replay draws the same.</summary>
    public static SeededBits From(IEntropy entropy)
    {
        Span<byte> seed = stackalloc byte[sizeof(ulong)];
        entropy.Fill(seed);
        return new SeededBits(BinaryPrimitives.ReadUInt64LittleEndian(seed));
    }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        ulong result = BitOperations.RotateLeft(s1 * 5, 7) * 9;
        ulong shifted = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= shifted;
        s3 = BitOperations.RotateLeft(s3, 45);
        return result;
    }

    /// <summary>A number from 0 (included) to 1 (excluded) with 53 random bits.</summary>
    public double NextUnit() => (Next() >> 11) * (1.0 / (1UL << 53));

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
