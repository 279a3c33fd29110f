using System.Runtime.InteropServices;

namespace Cocoon.Inference.Kernels;

/// <summary>How often the system took the core away from a thread that wanted to go on.</summary>
internal static unsafe partial class ThreadInterruptions
{
    /// <summary>The calling thread's count so far; always 0 where the system does not say.</summary>
    public static long Count()
    {
        const int ThisThread = 1, InvoluntarySwitches = 17;
        // struct rusage: four longs of times, then fourteen counts.
        long* usage = stackalloc long[18];
        return OperatingSystem.IsLinux() && Environment.Is64BitProcess && GetUsage(ThisThread, usage) == 0 ? usage[InvoluntarySwitches] : 0;
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, long* usage);
}
