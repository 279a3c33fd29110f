using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Receipts;

namespace Cocoon.Actors.Client;

/// <summary>
/// An answer as it was relayed, kept until its receipt can be checked: the salt of its hash comes with the receipt. It holds on to the
/// chunks that the app is given, so that nothing is copied.
/// </summary>
internal sealed class ReceivedAnswer
{
    private readonly List<ReadOnlyMemory<byte>> pieces = [];
    private int length;

    public void Add(ReadOnlyMemory<byte> piece)
    {
        pieces.Add(piece);
        length += piece.Length;
    }

    public Bytes32 HashWith(Bytes32 salt)
    {
        using RelayedHash hash = new(salt);
        foreach (ReadOnlyMemory<byte> piece in pieces)
            hash.Append(piece.Span);
        return hash.Current();
    }

    public byte[] ToArray()
    {
        byte[] all = new byte[length];
        int at = 0;
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            piece.CopyTo(all.AsMemory(at));
            at += piece.Length;
        }

        return all;
    }
}
