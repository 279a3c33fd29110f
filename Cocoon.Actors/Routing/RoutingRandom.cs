using System.Buffers.Binary;
using System.Numerics;
using Cocoon.Actors.Ports;

namespace Cocoon.Actors.Routing;

/// <summary>
/// Chance for choices: xoshiro256** seeded once from the entropy port, so that a replay draws the same. Not for secrets.
/// </summary>
/// <param name="seed">The state's seed; expanded by SplitMix64.</param>
public sealed class RoutingRandom(ulong seed)
{
    private ulong s0 = Expand(seed, 1);
    private ulong s1 = Expand(seed, 2);
    private ulong s2 = Expand(seed, 3);
    private ulong s3 = Expand(seed, 4);

    /// <summary>A generator seeded by <paramref name="entropy"/>.</summary>
    public static RoutingRandom From(IEntropy entropy)
    {
        Span<byte> seed = stackalloc byte[sizeof(ulong)];
        entropy.Fill(seed);
        return new RoutingRandom(BinaryPrimitives.ReadUInt64LittleEndian(seed));
    }

    /// <summary>A number from 0 up to, not including, 1.</summary>
    public double NextUnit() => (Next() >> 11) * (1.0 / (1UL << 53));

    private static ulong Expand(ulong seed, ulong step)
    {
        ulong z = seed + (step * 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private ulong Next()
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
}
