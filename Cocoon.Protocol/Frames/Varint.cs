namespace Cocoon.Protocol.Frames;

/// <summary>LEB128 numbers of at most 63 bits, in their shortest form only, so that a value has one encoding.</summary>
internal static class Varint
{
    /// <summary>Most bytes of a number.</summary>
    public const int MaxSize = 9;

    public static int Write(Span<byte> destination, ulong value)
    {
        int at = 0;
        while (value >= 0x80)
        {
            destination[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[at++] = (byte)value;
        return at;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, ref int at, out long value)
    {
        ulong sum = 0;
        value = 0;
        for (int i = 0; i < MaxSize; i++)
        {
            if (at >= bytes.Length)
                return false;
            byte next = bytes[at++];
            sum |= (ulong)(next & 0x7F) << (7 * i);
            if (next >= 0x80)
                continue;
            value = (long)sum;
            return next != 0 || i == 0;
        }

        return false;
    }
}
