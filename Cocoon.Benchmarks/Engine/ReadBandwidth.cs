using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Cocoon.Inference.Kernels;

namespace Cocoon.Benchmarks.Engine;

/// <summary>How fast so many threads can read memory at all: a plain sum over memory far larger than the caches.</summary>
internal sealed unsafe class ReadBandwidth : IDisposable
{
    private const int Bytes = 256 << 20;
    private readonly StripArena _arena = new();
    private readonly int _threads;

    public ReadBandwidth(int threads)
    {
        _threads = threads;
        // The same kind of memory that packed weights lie in: large pages are read faster.
        _arena.Reserve(Bytes);
        _arena.Allocate();
        NativeMemory.Fill(_arena.Start, Bytes, 1);
    }

    /// <summary>Gigabytes per second, now: the better of two passes.</summary>
    public double Measure() => Math.Max(Pass(), Pass());

    public void Dispose() => _arena.Dispose();

    private double Pass()
    {
        byte* memory = _arena.Start;
        nint part = Bytes / _threads;
        Thread[] others = [.. Enumerable.Range(1, _threads - 1).Select(i => new Thread(() => Sum(memory + (i * part), part)))];
        long started = Stopwatch.GetTimestamp();
        foreach (Thread thread in others)
            thread.Start();
        Sum(memory, part);
        foreach (Thread thread in others)
            thread.Join();
        return Bytes / Stopwatch.GetElapsedTime(started).TotalSeconds / 1e9;
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
