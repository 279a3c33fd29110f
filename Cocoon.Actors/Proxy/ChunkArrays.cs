using System.Buffers;

namespace Cocoon.Actors.Proxy;

/// <summary>
/// Arrays for chunks under way. One thread takes them and another gives them back, thousands of small ones at a time: more than the shared
/// pool keeps, which would then make new ones for ever. At most 4 MiB of small arrays are kept; larger ones come from the shared pool.
/// </summary>
internal static class ChunkArrays
{
    private const int SmallBytes = 512;
    private const int SmallKept = 8192;

    private static readonly Lock Gate = new();
    private static readonly Stack<byte[]> Small = new();

    /// <summary>An array of at least so many bytes.</summary>
    public static byte[] Rent(int length)
    {
        if (length > SmallBytes)
            return ArrayPool<byte>.Shared.Rent(length);
        lock (Gate)
        {
            if (Small.TryPop(out byte[]? kept))
                return kept;
        }

        return new byte[SmallBytes];
    }

    /// <summary>Gives back what <see cref="Rent"/> gave.</summary>
    public static void Return(byte[] array)
    {
        if (array.Length != SmallBytes)
        {
            ArrayPool<byte>.Shared.Return(array);
            return;
        }

        lock (Gate)
        {
            if (Small.Count < SmallKept)
                Small.Push(array);
        }
    }
}
