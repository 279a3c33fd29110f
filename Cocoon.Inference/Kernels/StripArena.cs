using System.Runtime.InteropServices;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// The memory of a model's strips: one range of addresses, in large pages where the system has them, of which only what is written to costs memory.
/// </summary>
internal sealed unsafe class StripArena : IDisposable
{
    private byte* _memory;

    /// <summary>Bytes reserved by matrices.</summary>
    public long Length { get; private set; }

    /// <summary>First byte.</summary>
    public byte* Start => _memory is not null ? _memory : throw new InvalidOperationException("the strips' memory is not allocated");

    /// <summary>Takes a place for so many bytes, a multiple of 64.</summary>
    public nint Reserve(long bytes)
    {
        if (_memory is not null)
            throw new InvalidOperationException("the strips' memory is allocated already");
        long place = Length;
        Length = checked(Length + bytes);
        return (nint)place;
    }

    /// <summary>Makes the range, once all places are taken.</summary>
    public void Allocate()
    {
        if (Length > 0)
            _memory = LargePages.Allocate((nuint)Length);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        GC.SuppressFinalize(this);
    }

    ~StripArena() => NativeMemory.AlignedFree(_memory);
}
