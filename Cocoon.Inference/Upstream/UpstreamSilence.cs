namespace Cocoon.Inference.Upstream;

/// <summary>One job's token: cancelled by the caller, or by the server's silence.</summary>
internal sealed class UpstreamSilence : IDisposable
{
    private readonly CancellationToken caller;
    private readonly CancellationTokenSource timer;
    private readonly CancellationTokenSource linked;

    public UpstreamSilence(TimeProvider time, CancellationToken caller)
    {
        this.caller = caller;
        timer = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        linked = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, caller);
    }

    public CancellationToken Token => linked.Token;

    /// <summary>Whether it was the silence.</summary>
    public bool TimedOut => timer.IsCancellationRequested && !caller.IsCancellationRequested;

    public void Begin(TimeSpan patience) => timer.CancelAfter(patience);

    public void End() => timer.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        linked.Dispose();
        timer.Dispose();
    }
}
