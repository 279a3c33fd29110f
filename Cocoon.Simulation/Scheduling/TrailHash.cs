using System.Buffers.Binary;
using System.Globalization;

namespace Cocoon.Simulation.Scheduling;

/// <summary>
/// A running 128-bit hash of everything that happened in a world. It tells two runs apart, it does not withstand an attacker: two lanes,
/// each folded through a 64 by 64 bit product per word.
/// </summary>
internal struct TrailHash()
{
    private const ulong First = 0xA0761D6478BD642F;
    private const ulong Second = 0xE7037ED1A0B428DB;
    private ulong left = First;
    private ulong right = Second;

    /// <summary>Takes two words.</summary>
    public void Add(ulong one, ulong two)
    {
        left = Fold(left ^ one, First ^ two);
        right = Fold(right ^ two, Second ^ left) + one;
    }

    /// <summary>Takes bytes, with their length.</summary>
    public void Add(ReadOnlySpan<byte> bytes) => Add(Digest(bytes), (ulong)bytes.Length);

    /// <summary>32 hexadecimal digits.</summary>
    public override readonly string ToString() => string.Create(CultureInfo.InvariantCulture, $"{left:x16}{right:x16}");

    /// <summary>64 bits that stand for the bytes.</summary>
    public static ulong Digest(ReadOnlySpan<byte> bytes)
    {
        ulong digest = Second ^ (ulong)bytes.Length;
        for (; bytes.Length >= 8; bytes = bytes[8..])
            digest = Fold(digest ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes), First);
        ulong rest = 0;
        for (int i = 0; i < bytes.Length; i++)
            rest |= (ulong)bytes[i] << (8 * i);
        return Fold(digest ^ rest, Second);
    }

    private static ulong Fold(ulong x, ulong y)
    {
        ulong high = Math.BigMul(x, y, out ulong low);
        return high ^ low;
    }
}
