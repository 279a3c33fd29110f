using System.Text;

namespace Cocoon.Inference.Tokenizers;

/// <summary>
/// GPT-2's way of writing bytes as visible characters in vocabularies: printable Latin-1 stands for itself,
/// the 68 other bytes for U+0100 onward, in order.
/// </summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] CharOfByte = Build();
    private static readonly short[] ByteOfChar = Invert();

    /// <summary>The UTF-8 spelling of one byte in a vocabulary.</summary>
    public static byte[] Spelling(byte value) => Encoding.UTF8.GetBytes([CharOfByte[value]]);

    /// <summary>The bytes that a vocabulary's entry stands for; an entry with other characters stands for its own text.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> entry)
    {
        byte[] bytes = new byte[entry.Length];
        int count = 0;
        ReadOnlySpan<byte> rest = entry;
        while (!rest.IsEmpty)
        {
            Rune.DecodeFromUtf8(rest, out Rune rune, out int consumed);
            if (rune.Value >= ByteOfChar.Length || ByteOfChar[rune.Value] < 0)
                return entry.ToArray();
            bytes[count++] = (byte)ByteOfChar[rune.Value];
            rest = rest[consumed..];
        }

        return bytes[..count];
    }

    private static char[] Build()
    {
        char[] table = new char[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
        {
            bool isVisible = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
            table[value] = isVisible ? (char)value : (char)next++;
        }

        return table;
    }

    private static short[] Invert()
    {
        short[] table = new short[256 + 68];
        Array.Fill(table, (short)-1);
        for (int value = 0; value < 256; value++)
            table[CharOfByte[value]] = (short)value;
        return table;
    }
}
