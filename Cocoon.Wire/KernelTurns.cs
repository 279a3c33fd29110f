using System.Runtime.InteropServices;

namespace Cocoon.Wire;

/// <summary>
/// What Linux is told of how a thread wants its turns on a processor. A thread that wakes may interrupt one that asked for longer turns; one
/// that asked for the same must wait until the other's turn is over, most of a millisecond by default. Works from Linux 6.12 on; elsewhere,
/// and where it is forbidden, nothing changes.
/// </summary>
internal static partial class KernelTurns
{
    private const int BackgroundNiceness = 10;
    private const uint Other = 0;
    private const uint Batch = 3;
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(3);

    /// <summary>
    /// The calling thread does work that may wait: long turns, of lower priority, that other threads interrupt. False where the kernel does
    /// not take it.
    /// </summary>
    public static bool Background()
    {
        if (!OperatingSystem.IsLinux())
            return false;
        (long get, long set) = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => (315, 314),
            Architecture.Arm64 => (275, 274),
            _ => (0L, 0L),
        };
        Attributes asked = default;
        if (get == 0 || GetAttributes(get, 0, ref asked, (uint)Marshal.SizeOf<Attributes>(), 0) != 0 || asked.Policy is not (Other or Batch))
            return false;
        asked.Niceness = Math.Max(asked.Niceness, BackgroundNiceness);
        asked.RuntimeNanoseconds = (ulong)Long.TotalNanoseconds;
        return SetAttributes(set, 0, ref asked, 0) == 0;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long GetAttributes(long call, int thread, ref Attributes attributes, uint size, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long SetAttributes(long call, int thread, ref Attributes attributes, uint flags);

    /// <summary>The kernel's <c>struct sched_attr</c>, as of its first version (include/uapi/linux/sched/types.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Niceness;
        public uint Priority;
        public ulong RuntimeNanoseconds;
        public ulong DeadlineNanoseconds;
        public ulong PeriodNanoseconds;
    }
}
