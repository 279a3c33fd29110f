using System.Runtime.InteropServices;

namespace Cocoon.Inference.Kernels;

/// <summary>Memory that the system is asked to keep in large pages: reading weights is a third slower where small ones lie scattered.</summary>
internal static unsafe partial class LargePages
{
    private const int Bytes = 2 << 20;

    /// <summary>Allocates a range of addresses; only what is written to costs memory. Freed by <see cref="NativeMemory.AlignedFree"/>.</summary>
    public static byte* Allocate(nuint bytes)
    {
        const int UseLargePages = 14;
        byte* memory = (byte*)NativeMemory.AlignedAlloc(bytes, Bytes);
        if (OperatingSystem.IsLinux())
            _ = Advise((nint)memory, (nint)(bytes / Bytes * Bytes), UseLargePages);
        return memory;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint length, int advice);
}
