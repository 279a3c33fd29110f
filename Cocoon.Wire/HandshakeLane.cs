using System.Collections.Concurrent;

namespace Cocoon.Wire;

/// <summary>
/// A few threads on which the steps of handshakes run, one after the other: certificates, key agreement, signatures. A step begins when
/// its bytes have arrived, so a peer that sends slowly holds a place in memory but no thread. The threads run below normal priority.
/// </summary>
internal sealed class HandshakeLane : IDisposable
{
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
        // On Linux the runtime ignores thread priorities.
        KernelTurns.Background();
        foreach (Action step in steps.GetConsumingEnumerable())
            step();
    }
}
