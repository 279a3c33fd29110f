using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Cocoon.Inference.Kernels;

namespace Cocoon.Benchmarks.Engine;

/// <summary>How fast memory can be read at all: the best of several sums over memory far larger than the caches.</summary>
internal static unsafe class ReadBandwidth
{
    private const int Bytes = 384 << 20;

    /// <summary>Gigabytes per second with so many threads.</summary>
    public static double Measure(int threads)
    {
        // The same kind of memory that packed weights lie in: large pages are read faster.
        using StripArena arena = new();
        arena.Reserve(Bytes);
        arena.Allocate();
        byte* memory = arena.Start;
        NativeMemory.Fill(memory, Bytes, 1);
        double best = 0;
        for (int round = 0; round < 7; round++)
        {
            long started = Stopwatch.GetTimestamp();
            nint part = Bytes / threads;
            Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(i => new Thread(() => Sum(memory + (i * part), part)))];
            foreach (Thread thread in others)
                thread.Start();
            Sum(memory, part);
            foreach (Thread thread in others)
                thread.Join();
            best = Math.Max(best, Bytes / Stopwatch.GetElapsedTime(started).TotalSeconds / 1e9);
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Sum(byte* memory, nint length)
    {
        Vector512<long> a = default, b = default, c = default, d = default;
        for (nint i = 0; i < length; i += 256)
        {
            a += Vector512.Load((long*)(memory + i));
            b += Vector512.Load((long*)(memory + i + 64));
            c += Vector512.Load((long*)(memory + i + 128));
            d += Vector512.Load((long*)(memory + i + 192));
        }

        return Vector512.Sum(a + b + c + d);
    }
}
