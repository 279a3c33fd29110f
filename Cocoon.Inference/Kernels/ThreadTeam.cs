using System.Runtime.ExceptionServices;

namespace Cocoon.Inference.Kernels;

/// <summary>Independent items of work that a <see cref="ThreadTeam"/> hands out.</summary>
internal abstract class ParallelWork
{
    /// <summary>Number of items.</summary>
    public abstract int Items { get; }

    /// <summary>Does one item; <paramref name="thread"/> numbers the threads from 0 and selects scratch memory.</summary>
    public abstract void Run(int item, int thread);
}

/// <summary>
/// Threads that share items one by one. Nobody is waited for who has not begun: a thread that the system took off its core costs at most
/// the item it holds, so that the team keeps its speed when cores are shared. Waiting spins briefly, then yields, then parks.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    private const int Spins = 400;
    private const int Yields = 200;

    private readonly Thread[] _helpers;
    private readonly SemaphoreSlim _parked = new(0);
    private ParallelWork? _work;
    private ExceptionDispatchInfo? _failure;
    private int _open;
    private int _inside;
    private int _next;
    private int _parkedCount;
    private volatile bool _stopped;

    public ThreadTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Size = threads;
        _helpers = new Thread[threads - 1];
        for (int i = 0; i < _helpers.Length; i++)
        {
            int number = i + 1;
            _helpers[i] = new Thread(() => Help(number)) { IsBackground = true, Name = $"inference-{number}" };
            _helpers[i].Start();
        }
    }

    /// <summary>Threads, the caller of <see cref="Run"/> included.</summary>
    public int Size { get; }

    /// <summary>Does all items and returns when the last is done. One caller at a time.</summary>
    public void Run(ParallelWork work)
    {
        _work = work;
        _next = 0;
        if (_helpers.Length > 0 && work.Items > 1)
        {
            Volatile.Write(ref _open, 1);
            Interlocked.MemoryBarrier();
            int parked = Volatile.Read(ref _parkedCount);
            if (parked > 0)
                _parked.Release(Math.Min(parked, work.Items - 1));
        }

        TakeItems(work, 0);
        Interlocked.Exchange(ref _open, 0);
        for (int waits = 0; Volatile.Read(ref _inside) != 0; waits++)
            Pause(waits);
        ExceptionDispatchInfo? failure = Interlocked.Exchange(ref _failure, null);
        failure?.Throw();
    }

    public void Dispose()
    {
        _stopped = true;
        _parked.Release(_helpers.Length + 1);
        foreach (Thread helper in _helpers)
            helper.Join();
        _parked.Dispose();
    }

    private static void Pause(int waits)
    {
        if (waits < Spins)
            Thread.SpinWait(8);
        else
            Thread.Yield();
    }

    private void Help(int number)
    {
        int waits = 0;
        while (!_stopped)
        {
            if (Volatile.Read(ref _open) == 0)
            {
                if (waits < Spins + Yields)
                    Pause(waits);
                else
                    Park();
                waits = waits < Spins + Yields ? waits + 1 : 0;
                continue;
            }

            Interlocked.Increment(ref _inside);
            if (Volatile.Read(ref _open) != 0)
            {
                TakeItems(_work!, number);
                waits = 0;
            }

            Interlocked.Decrement(ref _inside);
            // The work is used up but perhaps not yet closed: give way instead of entering again at once.
            for (int spins = 0; Volatile.Read(ref _open) != 0 && Volatile.Read(ref _next) >= _work!.Items && spins < Spins; spins++)
                Pause(spins);
        }
    }

    private void Park()
    {
        Interlocked.Increment(ref _parkedCount);
        if (Volatile.Read(ref _open) == 0 && !_stopped)
            _parked.Wait(1000);
        Interlocked.Decrement(ref _parkedCount);
    }

    private void TakeItems(ParallelWork work, int thread)
    {
        int items = work.Items;
        try
        {
            for (int item = Interlocked.Increment(ref _next) - 1; item < items; item = Interlocked.Increment(ref _next) - 1)
                work.Run(item, thread);
        }
        catch (Exception failure)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
            Interlocked.Exchange(ref _next, items);
        }
    }
}
