using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cocoon.Benchmarks.Engine;

/// <summary>Opening a file that lies on its disk only.</summary>
internal static partial class ColdDisk
{
    /// <summary>Seconds to read the file from the disk, and from opening it in the engine to the first token after a prompt of 16; zeros where the page cache cannot be emptied.</summary>
    public static (double Read, double FirstToken) Measure(string path, int threads, string? kernels)
    {
        if (!OperatingSystem.IsLinux() || !Drop(path))
            return (0, 0);
        double read = Read(path);
        Drop(path);
        long started = Stopwatch.GetTimestamp();
        using OwnEngine engine = new(path, threads, 512, kernels);
        engine.Prefill([.. Enumerable.Range(100, 16)]);
        return (read, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private static double Read(string path)
    {
        byte[] buffer = new byte[4 << 20];
        long started = Stopwatch.GetTimestamp();
        using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        long offset = 0;
        for (int count; (count = RandomAccess.Read(file, buffer, offset)) > 0;)
            offset += count;
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Writes what is not written yet and drops the file's pages.</summary>
    private static bool Drop(string path)
    {
        const int DoNotNeed = 4;
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
        return Advise(file, 0, 0, DoNotNeed) == 0;
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}
