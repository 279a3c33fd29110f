using Cocoon.Client.Network;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Receipts;

namespace Cocoon.Tests.Client;

public sealed class ReceivedAnswerTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 70_000)]
    [InlineData(2, 0)]
    [InlineData(2, 1024)]
    [InlineData(500, 333)]
    [InlineData(3, 65_000)]
    public void Pieces_of_any_size_are_the_answer_and_its_hash(int pieces, int pieceBytes)
    {
        ReceivedAnswer answer = new();
        byte[] whole = new byte[pieces * pieceBytes];
        new Random(pieces).NextBytes(whole);
        for (int i = 0; i < pieces; i++)
        {
            byte[] piece = whole.AsSpan(i * pieceBytes, pieceBytes).ToArray();
            answer.Add(piece);
            // After the first, which is held as it is, the caller may do with a piece what it likes.
            if (i > 0)
                piece.AsSpan().Clear();
        }

        Bytes32 salt = Bytes32.From(whole.Length < 32 ? new byte[32] : whole[..32]);
        using RelayedHash expected = new(salt);
        expected.Append(whole);
        Assert.Equal(whole, answer.ToArray());
        Assert.Equal(expected.Current(), answer.HashWith(salt));
    }
}
