using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Receipts;

namespace Cocoon.Actors.Client;

/// <summary>
/// An answer as it was relayed, kept until its receipt can be checked: the salt of its hash comes with the receipt. Of a short answer it holds
/// on to the chunks that the app is given, so that nothing is copied; the rest of a long one is copied.
/// </summary>
internal sealed class ReceivedAnswer
{
    private const int PiecesMax = 8;
    private readonly List<ReadOnlyMemory<byte>> pieces = [];
    private readonly ByteBlocks blocks = new();
    private int length;

    public void Add(ReadOnlyMemory<byte> piece)
    {
        length += piece.Length;
        if (pieces.Count < PiecesMax)
            pieces.Add(piece);
        else
            blocks.Add(piece.Span);
    }

    public Bytes32 HashWith(Bytes32 salt)
    {
        using RelayedHash hash = new(salt);
        foreach (ReadOnlyMemory<byte> piece in pieces)
            hash.Append(piece.Span);
        for (int i = 0; i < blocks.Count; i++)
            hash.Append(blocks[i]);
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
            blocks[i].CopyTo(rest);
            rest = rest[blocks[i].Length..];
        }

        return all;
    }

    /// <summary>Lets it go: nobody asks for it any more.</summary>
    public void Clear()
    {
        blocks.Clear();
        pieces.Clear();
        length = 0;
    }
}
