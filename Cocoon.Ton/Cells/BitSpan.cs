using System.Buffers.Binary;

namespace Cocoon.Ton.Cells;

/// <summary>Reads and writes runs of bits, most significant first, at any bit offset of a byte span.</summary>
internal static class BitSpan
{
    /// <summary>Reads 0 to 64 bits. The caller has checked that they lie inside.</summary>
    public static ulong Read(ReadOnlySpan<byte> source, int bitOffset, int bitCount)
    {
        if (bitCount == 0)
            return 0;
        int first = bitOffset >> 3;
        int shift = bitOffset & 7;
        ReadOnlySpan<byte> rest = source[first..];
        ulong word;
        if (rest.Length >= 8)
        {
            word = BinaryPrimitives.ReadUInt64BigEndian(rest) << shift;
            if (shift + bitCount > 64)
                word |= (ulong)rest[8] >> (8 - shift);
        }
        else
        {
            word = 0;
            for (int index = 0; index < rest.Length; index++)
                word |= (ulong)rest[index] << (56 - (8 * index));
            word <<= shift;
        }

        return word >> (64 - bitCount);
    }

    /// <summary>Sets 0 to 64 bits in a region that is still zero. The span reaches at least 9 bytes past the first one written.</summary>
    public static void Write(Span<byte> destination, int bitOffset, ulong value, int bitCount)
    {
        if (bitCount == 0)
            return;
        int shift = bitOffset & 7;
        Span<byte> rest = destination[(bitOffset >> 3)..];
        ulong aligned = value << (64 - bitCount);
        BinaryPrimitives.WriteUInt64BigEndian(rest, BinaryPrimitives.ReadUInt64BigEndian(rest) | (aligned >> shift));
        if (shift + bitCount > 64)
            rest[8] = (byte)(aligned << (8 - shift));
    }

    /// <summary>Copies bits into a region that is still zero. The destination has the slack that <see cref="Write"/> needs.</summary>
    public static void Copy(Span<byte> destination, int destinationBit, ReadOnlySpan<byte> source, int sourceBit, int bitCount)
    {
        if (((destinationBit | sourceBit) & 7) == 0)
        {
            int bytes = bitCount >> 3;
            source.Slice(sourceBit >> 3, bytes).CopyTo(destination[(destinationBit >> 3)..]);
            destinationBit += 8 * bytes;
            sourceBit += 8 * bytes;
            bitCount &= 7;
        }

        for (; bitCount > 0; bitCount -= 64)
        {
            int count = Math.Min(64, bitCount);
            Write(destination, destinationBit, Read(source, sourceBit, count), count);
            destinationBit += count;
            sourceBit += count;
        }
    }
}
