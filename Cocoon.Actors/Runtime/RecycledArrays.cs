using System.Buffers;

namespace Cocoon.Actors.Runtime;

/// <summary>
/// Arrays of one size, taken by one thread and given back by another, hundreds or thousands at a time: more than the shared pool keeps, which
/// would then make new ones for ever. Longer ones come from the shared pool. Thread safe.
/// </summary>
/// <param name="length">Bytes of an array.</param>
/// <param name="keptMax">Most arrays that are kept for the next who asks.</param>
internal sealed class RecycledArrays(int length, int keptMax)
{
    private readonly Lock gate = new();
    private readonly Stack<byte[]> kept = new();

    /// <summary>An array of at least so many bytes.</summary>
    public byte[] Rent(int atLeast)
    {
        if (atLeast > length)
            return ArrayPool<byte>.Shared.Rent(atLeast);
        lock (gate)
        {
            if (kept.TryPop(out byte[]? array))
                return array;
        }

        return GC.AllocateUninitializedArray<byte>(length);
    }

    /// <summary>Gives back what <see cref="Rent"/> gave.</summary>
    public void Return(byte[] array)
    {
        if (array.Length != length)
        {
            ArrayPool<byte>.Shared.Return(array);
            return;
        }

        lock (gate)
        {
            if (kept.Count < keptMax)
                kept.Push(array);
        }
    }
}
