using System.Buffers;
using System.Text;

namespace Cocoon.Inference.Tokenizers;

/// <summary>
/// Turns tokens into text as they come. A character whose bytes are not all there yet is held back; bytes that can no longer
/// become a character show as U+FFFD.
/// </summary>
internal sealed class TokenDecoder(Tokenizer tokenizer)
{
    private readonly byte[] held = new byte[4];
    private int heldCount;

    /// <summary>The text that this token completes; often its own, empty while a character is incomplete.</summary>
    public string Add(int token) => Add(tokenizer.ShownBytes(token));

    public string Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return string.Empty;
        byte[] joined = ArrayPool<byte>.Shared.Rent(heldCount + bytes.Length);
        held.AsSpan(0, heldCount).CopyTo(joined);
        bytes.CopyTo(joined.AsSpan(heldCount));
        ReadOnlySpan<byte> all = joined.AsSpan(0, heldCount + bytes.Length);
        int complete = all.Length - IncompleteTail(all);
        string text = Encoding.UTF8.GetString(all[..complete]);
        heldCount = all.Length - complete;
        all[complete..].CopyTo(held);
        ArrayPool<byte>.Shared.Return(joined);
        return text;
    }

    /// <summary>What is still held, at the end of the answer.</summary>
    public string Flush()
    {
        string text = Encoding.UTF8.GetString(held, 0, heldCount);
        heldCount = 0;
        return text;
    }

    /// <summary>Bytes at the end that are a proper beginning of a character.</summary>
    private static int IncompleteTail(ReadOnlySpan<byte> bytes)
    {
        for (int length = Math.Min(3, bytes.Length); length > 0; length--)
        {
            if (Rune.DecodeFromUtf8(bytes[^length..], out _, out int consumed) == OperationStatus.NeedMoreData && consumed == length)
                return length;
        }

        return 0;
    }
}
