using System.Buffers.Binary;
using System.Numerics;

namespace Cocoon.Ton;

/// <summary>The two checksums of TON's formats.</summary>
internal static class Crc
{
    private static readonly ushort[] Table16 = BuildTable16();

    /// <summary>CRC-16/XMODEM: polynomial 0x1021, initial value 0 (TEP-2 addresses, get-method ids).</summary>
    public static ushort Crc16(ReadOnlySpan<byte> data)
    {
        int crc = 0;
        foreach (byte value in data)
            crc = ((crc << 8) ^ Table16[((crc >> 8) ^ value) & 0xff]) & 0xffff;
        return (ushort)crc;
    }

    /// <summary>CRC-32C (Castagnoli), as a bag of cells ends with it.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        for (; data.Length >= sizeof(ulong); data = data[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (byte value in data)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    private static ushort[] BuildTable16()
    {
        ushort[] table = new ushort[256];
        for (int index = 0; index < table.Length; index++)
        {
            int crc = index << 8;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            table[index] = (ushort)crc;
        }

        return table;
    }
}
