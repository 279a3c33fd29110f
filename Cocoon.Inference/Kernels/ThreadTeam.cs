using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// Threads that share items. Each begins with its own share, counted on a cache line that no other core touches until that share is all
/// that is left; who is done first takes items of the others. Nobody is waited for who has not begun: a thread that the system took off its
/// core costs at most the items it holds. Waiting spins briefly, then yields, then parks.
/// <para>A helper that was waited for longer than a millisecond because the system took its core away rests, so that the others need not wait
/// for it at every turn of the system's scheduler. It tries again later, after longer and longer rests.</para>
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    private const int Spins = 2000;
    private const int Yields = 200;

    /// <summary>Shorter than a turn of a system's scheduler.</summary>
    private const int PatienceMs = 1;
    private const int FirstRestMs = 5;
    private const int LongestRestMs = 500;

    /// <summary>A helper that is waited for again so soon after its rest gets a longer one.</summary>
    private const int TrialMs = 100;

    private readonly Thread[] _helpers;
    private readonly SemaphoreSlim _parked = new(0);
    private readonly Share[] _shares;
    private readonly Seat[] _seats;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Func<long> _interruptions;
    private ParallelWork? _work;
    private ExceptionDispatchInfo? _failure;
    private Line _open;
    private int _parkedCount;
    private int _rests;

    public ThreadTeam(int threads)
        : this(threads, ThreadInterruptions.Count)
    {
    }

    /// <summary><paramref name="interruptions"/> counts how often the calling thread's core was taken away.</summary>
    public ThreadTeam(int threads, Func<long> interruptions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        (Size, _interruptions) = (threads, interruptions);
        _shares = new Share[threads];
        _seats = new Seat[threads];
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

    /// <summary>How often a helper that had lost its core was left out for a while.</summary>
    public int Rests => Volatile.Read(ref _rests);

    /// <summary>Does all items and returns when the last is done. One caller at a time.</summary>
    public void Run(ParallelWork work)
    {
        int items = work.Items;
        if (_helpers.Length == 0 || items <= 1)
        {
            int most = work.MostAtOnce;
            for (int item = 0; item < items; item += most)
                work.Run(item, Math.Min(item + most, items), 0);
            return;
        }

        for (int thread = 0, start = 0; thread < Size; thread++)
        {
            int end = work.ShareStart(thread + 1, Size);
            (_shares[thread].Next, _shares[thread].End) = (start, end);
            start = end;
        }

        _work = work;
        Interlocked.Exchange(ref _open.Value, 1);
        int parked = Volatile.Read(ref _parkedCount);
        if (parked > 0)
            _parked.Release(Math.Min(parked, items - 1));
        TakeItems(work, 0);
        Interlocked.Exchange(ref _open.Value, 0);
        for (int thread = 1; thread < Size; thread++)
            Await(ref _seats[thread]);
        if (_failure is not null)
            Interlocked.Exchange(ref _failure, null)?.Throw();
    }

    public void Dispose()
    {
        _stop.Set();
        _parked.Release(_helpers.Length + 1);
        foreach (Thread helper in _helpers)
            helper.Join();
        _parked.Dispose();
        _stop.Dispose();
    }

    private static void Pause(int waits)
    {
        if (waits < Spins)
            Thread.SpinWait(1);
        else
            Thread.Yield();
    }

    private static void Await(ref Seat seat)
    {
        long began = 0;
        for (int waits = 0; Volatile.Read(ref seat.Inside) != 0; waits++)
        {
            if (waits == Spins)
                began = Stopwatch.GetTimestamp();
            Pause(waits);
        }

        if (began != 0 && Stopwatch.GetElapsedTime(began).TotalMilliseconds >= PatienceMs)
            Volatile.Write(ref seat.Late, 1);
    }

    private void Help(int number)
    {
        ref Seat seat = ref _seats[number];
        int waits = 0, rest = 0;
        long restEnd = 0, interruptions = _interruptions();
        while (!_stop.IsSet)
        {
            if (Volatile.Read(ref seat.Late) != 0)
            {
                long before = interruptions, now = Environment.TickCount64;
                interruptions = _interruptions();
                if (interruptions > before)
                {
                    rest = now - restEnd < TrialMs ? Math.Min(2 * rest, LongestRestMs) : FirstRestMs;
                    restEnd = now + rest;
                    Interlocked.Increment(ref _rests);
                    _stop.Wait(rest);
                }

                Volatile.Write(ref seat.Late, 0);
            }

            if (Volatile.Read(ref _open.Value) == 0)
            {
                if (waits < Spins + Yields)
                    Pause(waits);
                else
                    Park();
                waits = waits < Spins + Yields ? waits + 1 : 0;
                continue;
            }

            Interlocked.Exchange(ref seat.Inside, 1);
            if (Volatile.Read(ref _open.Value) != 0)
            {
                TakeItems(_work!, number);
                waits = 0;
            }

            Interlocked.Exchange(ref seat.Inside, 0);
            // The work is used up but perhaps not yet closed: give way instead of entering again at once.
            for (int spins = 0; Volatile.Read(ref _open.Value) != 0 && IsUsedUp() && spins < Spins; spins++)
                Pause(spins);
        }
    }

    private void Park()
    {
        Interlocked.Increment(ref _parkedCount);
        if (Volatile.Read(ref _open.Value) == 0 && !_stop.IsSet)
            _parked.Wait(1000);
        Interlocked.Decrement(ref _parkedCount);
    }

    private bool IsUsedUp()
    {
        for (int i = 0; i < _shares.Length; i++)
        {
            if (Volatile.Read(ref _shares[i].Next) < _shares[i].End)
                return false;
        }

        return true;
    }

    private void TakeItems(ParallelWork work, int thread)
    {
        try
        {
            for (int i = 0; i < _shares.Length; i++)
            {
                ref Share share = ref _shares[(thread + i) % _shares.Length];
                for (int end = share.End, next; (next = Volatile.Read(ref share.Next)) < end;)
                {
                    int count = Math.Clamp((end - next) / 2, 1, work.MostAtOnce);
                    int first = Interlocked.Add(ref share.Next, count) - count;
                    if (first < end)
                        work.Run(first, Math.Min(first + count, end), thread);
                }
            }
        }
        catch (Exception failure)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
            for (int i = 0; i < _shares.Length; i++)
                Interlocked.Exchange(ref _shares[i].Next, _shares[i].End);
        }
    }

    /// <summary>A thread's share, on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Share
    {
        [FieldOffset(128)]
        public int Next;

        [FieldOffset(132)]
        public int End;
    }

    /// <summary>A helper's place, on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Seat
    {
        /// <summary>1 while it may hold items.</summary>
        [FieldOffset(128)]
        public int Inside;

        /// <summary>1 when it was waited for too long; it clears this itself.</summary>
        [FieldOffset(132)]
        public int Late;
    }

    /// <summary>A number on a cache line of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Line
    {
        [FieldOffset(128)]
        public int Value;
    }
}
