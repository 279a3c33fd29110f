using System.Security.Cryptography;
using Cocoon.Actors.Proxy;

namespace Cocoon.Tests.Proxy;

public sealed class ChunkWindowTests
{
    private const int BytesMax = 64 << 10;

    [Theory]
    [InlineData(5000, 200)]
    [InlineData(40, 64 << 10)]
    [InlineData(300, 1000)]
    public void What_it_still_holds_can_be_sent_again_and_is_as_it_came(int chunks, int length)
    {
        using ChunkWindow window = new(BytesMax);
        List<byte[]> came = [];
        for (int i = 0; i < chunks; i++)
        {
            byte[] body = RandomNumberGenerator.GetBytes(Math.Max(1, length - (i % 7)));
            came.Add(body);
            window.Add(body, 1, length, attempt: 3);
            Assert.Equal(body, window.Peek().Body.ToArray());
            Assert.Equal(body[1..], window.Peek().Payload.ToArray());
            window.Sent();
            // Whoever takes arrays of the same pool must not meet the window's.
            byte[] other = System.Buffers.ArrayPool<byte>.Shared.Rent(length);
            other.AsSpan().Clear();
            System.Buffers.ArrayPool<byte>.Shared.Return(other);
        }

        int held = Enumerable.Range(0, chunks + 1).First(count => !window.TryRewind(chunks - count - 1));
        Assert.InRange(came.TakeLast(held).Sum(body => body.Length), BytesMax - length, BytesMax);
        Assert.True(window.TryRewind(chunks - held));
        foreach (byte[] body in came.TakeLast(held))
        {
            Assert.Equal(body, window.Peek().Body.ToArray());
            window.Sent();
        }

        Assert.False(window.HasUnsent);
        Assert.False(window.TryRewind(chunks + 1));
    }

    [Fact]
    public void What_was_not_sent_is_held_beyond_the_bound()
    {
        using ChunkWindow window = new(bytesMax: 1);
        for (int i = 0; i < 1000; i++)
            window.Add([(byte)i, (byte)(i >> 8)], 0, 2, attempt: 0);
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(i, window.UnsentSequence);
            Assert.Equal([(byte)i, (byte)(i >> 8)], window.Peek().Body.ToArray());
            window.Sent();
        }

        Assert.False(window.TryRewind(999));
        Assert.True(window.TryRewind(1000));
    }
}
