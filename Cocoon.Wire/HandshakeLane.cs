using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Cocoon.Wire;

/// <summary>
/// A few threads on which the steps of handshakes run, one after the other: certificates, key agreement, signatures. A step begins when
/// its bytes have arrived, so a peer that sends slowly holds a place in memory but no thread. The threads run below normal priority.
/// </summary>
internal sealed partial class HandshakeLane : IDisposable
{
    private const int Niceness = 10;

    private readonly BlockingCollection<Action> steps = [];

    public HandshakeLane(int threads)
    {
        for (int i = 0; i < threads; i++)
            new Thread(Run) { IsBackground = true, Name = "handshake", Priority = ThreadPriority.BelowNormal }.Start();
    }

    /// <summary>Runs <paramref name="step"/> on a thread of the lane; after disposal on the caller's.</summary>
    public void Enter(Action step)
    {
        try
        {
            steps.Add(step);
        }
        catch (InvalidOperationException)
        {
            step();
        }
    }

    public void Dispose() => steps.CompleteAdding();

    private void Run()
    {
        LowerPriority();
        foreach (Action step in steps.GetConsumingEnumerable())
            step();
    }

    // On Linux the runtime ignores thread priorities, while the kernel lets a thread raise its own niceness.
    private static void LowerPriority()
    {
        if (OperatingSystem.IsLinux())
            _ = SetPriority(0, 0, Niceness);
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int priority);
}
