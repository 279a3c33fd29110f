using System.Security.Cryptography;
using Cocoon.Actors.Client;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Receipts;

namespace Cocoon.Tests.Client;

public sealed class ReceivedAnswerTests
{
    private const int BlockBytes = 64 << 10;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 100)]
    [InlineData(8, 3000)]
    [InlineData(9, 1)]
    [InlineData(1000, 200)]
    [InlineData(8 + 4, BlockBytes)]
    [InlineData(8 + 3, BlockBytes - 1)]
    [InlineData(12, 3 * BlockBytes)]
    public void Its_hash_and_its_copy_are_of_all_that_came(int pieces, int length)
    {
        ReceivedAnswer answer = new();
        byte[] whole = RandomNumberGenerator.GetBytes(pieces * length);
        for (int i = 0; i < pieces; i++)
        {
            byte[] piece = whole.AsSpan(i * length, length).ToArray();
            answer.Add(piece);
            // What the app does with the chunks of a long answer is its own affair.
            if (i >= 8)
                Array.Clear(piece);
        }

        Bytes32 salt = Bytes32.From(RandomNumberGenerator.GetBytes(32));
        using RelayedHash expected = new(salt);
        expected.Append(whole);
        Assert.Equal(expected.Current(), answer.HashWith(salt));
        Assert.Equal(whole, answer.ToArray());
        answer.Clear();
        Assert.Empty(answer.ToArray());
    }
}
