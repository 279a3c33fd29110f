using System.Diagnostics.CodeAnalysis;
using System.Text;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Messages;

/// <summary>Text in a transfer's body: 32 zero bits, then UTF-8 in snake format (TON documentation, "Simple transfer with comment").</summary>
public static class Comment
{
    private const uint TextOp = 0;
    private const byte BinaryPrefix = 0xff;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A body that holds a comment.</summary>
    public static Cell Create(string text) => CellBuilder.BeginCell().StoreUInt(TextOp, 32).StoreSnake(text).EndCell();

    /// <summary>Reads a comment; false when the body is none: another op, binary data, bad UTF-8, or more than <paramref name="bytesMax"/> bytes.</summary>
    public static bool TryRead(Cell body, [NotNullWhen(true)] out string? text, int bytesMax = 4_096)
    {
        text = null;
        if (body.IsExotic || body.BitLength < 32 || (body.BitLength & 7) != 0)
            return false;
        Slice slice = body.BeginParse();
        if (slice.LoadUInt32() != TextOp)
            return false;
        try
        {
            byte[] bytes = slice.LoadSnake(bytesMax);
            if (bytes.Length > 0 && bytes[0] == BinaryPrefix)
                return false;
            text = StrictUtf8.GetString(bytes);
            return true;
        }
        catch (Exception problem) when (problem is TonFormatException or DecoderFallbackException)
        {
            return false;
        }
    }
}
