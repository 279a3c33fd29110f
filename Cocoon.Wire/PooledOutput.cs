using System.Buffers;

namespace Cocoon.Wire;

/// <summary>What a link writes next, in an array that goes back to the pool when the link falls silent: most links are silent most of the time.</summary>
internal sealed class PooledOutput : IBufferWriter<byte>
{
    private const int SmallestArray = 4096;

    private byte[] array = [];
    private int written;

    public ReadOnlyMemory<byte> Written => array.AsMemory(0, written);

    /// <summary>Starts over and keeps the array.</summary>
    public void Reset() => written = 0;

    /// <summary>Starts over and gives the array back.</summary>
    public void Release()
    {
        written = 0;
        if (array.Length > 0)
            ArrayPool<byte>.Shared.Return(array);
        array = [];
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, array.Length - written);
        written += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return array.AsMemory(written);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return array.AsSpan(written);
    }

    private void EnsureRoom(int size)
    {
        if (array.Length - written >= Math.Max(size, 1))
            return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(SmallestArray, 2 * (written + size)));
        array.AsSpan(0, written).CopyTo(larger);
        if (array.Length > 0)
            ArrayPool<byte>.Shared.Return(array);
        array = larger;
    }
}
