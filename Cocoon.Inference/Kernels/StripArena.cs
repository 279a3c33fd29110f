using System.Runtime.InteropServices;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// The memory of a model's strips: one range of addresses, of which only what is written to costs memory. Large pages are asked for, because
/// reading is a third slower where small ones lie scattered.
/// </summary>
internal sealed unsafe partial class StripArena : IDisposable
{
    private const int LargePageBytes = 2 << 20;

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
        const int UseLargePages = 14;
        if (Length == 0)
            return;
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)Length, LargePageBytes);
        if (OperatingSystem.IsLinux())
            _ = Advise((nint)_memory, (nint)(Length / LargePageBytes * LargePageBytes), UseLargePages);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        GC.SuppressFinalize(this);
    }

    ~StripArena() => NativeMemory.AlignedFree(_memory);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint length, int advice);
}
