using System.Buffers;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Receipts;

namespace Cocoon.Actors.Client;

/// <summary>
/// An answer as it was relayed, kept until its receipt can be checked: the salt of its hash comes with the receipt. Of a short answer it holds
/// on to the chunks that the app is given, so that nothing is copied; a long one is copied into pooled blocks, for thousands of small arrays
/// that live as long as their job are what a collection of garbage takes its time for.
/// </summary>
internal sealed class ReceivedAnswer
{
    private const int PiecesMax = 8;
    private const int BlockBytes = 16 << 10;
    private readonly List<ReadOnlyMemory<byte>> pieces = [];
    private readonly List<byte[]> blocks = [];
    private int copied;
    private int length;

    public void Add(ReadOnlyMemory<byte> piece)
    {
        length += piece.Length;
        if (pieces.Count < PiecesMax)
            pieces.Add(piece);
        else
            Copy(piece.Span);
    }

    public Bytes32 HashWith(Bytes32 salt)
    {
        using RelayedHash hash = new(salt);
        foreach (ReadOnlyMemory<byte> piece in pieces)
            hash.Append(piece.Span);
        for (int i = 0; i < blocks.Count; i++)
            hash.Append(Filled(i));
        return hash.Current();
    }

    public byte[] ToArray()
    {
        byte[] all = new byte[length];
        Span<byte> rest = all;
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            piece.Span.CopyTo(rest);
            rest = rest[piece.Length..];
        }

        for (int i = 0; i < blocks.Count; i++)
        {
            Filled(i).CopyTo(rest);
            rest = rest[Filled(i).Length..];
        }

        return all;
    }

    /// <summary>Lets it go: nobody asks for it any more.</summary>
    public void Clear()
    {
        foreach (byte[] block in blocks)
            ArrayPool<byte>.Shared.Return(block);
        blocks.Clear();
        pieces.Clear();
        (copied, length) = (0, 0);
    }

    private void Copy(ReadOnlySpan<byte> piece)
    {
        while (piece.Length > 0)
        {
            int used = copied % BlockBytes;
            if (used == 0)
                blocks.Add(ArrayPool<byte>.Shared.Rent(BlockBytes));
            int part = Math.Min(piece.Length, BlockBytes - used);
            piece[..part].CopyTo(blocks[^1].AsSpan(used));
            copied += part;
            piece = piece[part..];
        }
    }

    private ReadOnlySpan<byte> Filled(int block) => blocks[block].AsSpan(0, Math.Min(BlockBytes, copied - (block * BlockBytes)));
}
