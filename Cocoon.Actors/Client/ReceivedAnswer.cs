using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Receipts;

namespace Cocoon.Actors.Client;

/// <summary>
/// An answer as it was relayed, kept until its receipt can be checked: the salt of its hash comes with the receipt. A single piece is held
/// as it is; more are copied into blocks, so that the many small ones of a streamed answer die young and a collection finds few objects.
/// </summary>
internal sealed class ReceivedAnswer
{
    private const int FirstBlockBytes = 1 << 10;
    private const int LargestBlockBytes = 32 << 10;

    private readonly List<ReadOnlyMemory<byte>> whole = [];
    private byte[] block = [];
    private int used;
    private int length;

    public void Add(ReadOnlyMemory<byte> piece)
    {
        if (length == 0 && whole.Count == 0)
            whole.Add(piece);
        else
            Copy(piece.Span);
        length += piece.Length;
    }

    public Bytes32 HashWith(Bytes32 salt)
    {
        using RelayedHash hash = new(salt);
        foreach (ReadOnlyMemory<byte> piece in whole)
            hash.Append(piece.Span);
        hash.Append(block.AsSpan(0, used));
        return hash.Current();
    }

    public byte[] ToArray()
    {
        byte[] all = new byte[length];
        int at = 0;
        foreach (ReadOnlyMemory<byte> piece in whole)
        {
            piece.CopyTo(all.AsMemory(at));
            at += piece.Length;
        }

        block.AsSpan(0, used).CopyTo(all.AsSpan(at));
        return all;
    }

    private void Copy(ReadOnlySpan<byte> piece)
    {
        while (piece.Length > 0)
        {
            if (used == block.Length)
            {
                if (used > 0)
                    whole.Add(block);
                block = new byte[Math.Clamp(2 * block.Length, FirstBlockBytes, LargestBlockBytes)];
                used = 0;
            }

            int fits = Math.Min(piece.Length, block.Length - used);
            piece[..fits].CopyTo(block.AsSpan(used));
            used += fits;
            piece = piece[fits..];
        }
    }
}
