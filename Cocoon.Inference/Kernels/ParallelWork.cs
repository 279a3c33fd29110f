namespace Cocoon.Inference.Kernels;

/// <summary>Independent items of work that a <see cref="ThreadTeam"/> hands out.</summary>
internal abstract class ParallelWork
{
    /// <summary>Number of items.</summary>
    public abstract int Items { get; }

    /// <summary>
    /// First item of a thread's share, which ends where the next thread's begins; 0 for the first thread and <see cref="Items"/> for the one
    /// behind the last. Works that feed each other should cut their shares at the same places: what a core wrote is nearest to that core.
    /// </summary>
    public virtual int ShareStart(int thread, int threads) => (int)((long)Items * thread / threads);

    /// <summary>Most items that a thread takes at once. It takes at most half of what is left of a share.</summary>
    public virtual int MostAtOnce => 1;

    /// <summary>Does items that were taken together, of one share.</summary>
    public virtual void Run(int first, int end, int thread)
    {
        for (int item = first; item < end; item++)
            Run(item, thread);
    }

    /// <summary>Does one item; <paramref name="thread"/> numbers the threads from 0 and selects scratch memory.</summary>
    public abstract void Run(int item, int thread);
}
