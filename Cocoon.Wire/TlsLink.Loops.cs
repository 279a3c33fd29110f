using System.IO.Pipelines;
using System.Net.Security;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;

namespace Cocoon.Wire;

internal sealed partial class TlsLink
{
    private const int FewStreams = 4;

    /// <summary>Runs the link over an authenticated stream until it is over; <paramref name="onReady"/> once when it becomes ready.</summary>
    public async Task RunAsync(SslStream authenticated, LinkSetup setup, Action onReady)
    {
        lock (gate)
        {
            stream = authenticated;
            link = new Link(setup, events, NowMs());
            if (endedEarly is { } early)
                link.Close(early.Reason, early.Detail);
        }

        PipeReader reader = PipeReader.Create(authenticated, new StreamPipeReaderOptions(bufferSize: 32 << 10, minimumReadSize: 4 << 10, useZeroByteReads: true));
        try
        {
            AfterInput();
            await ReadAsync(reader, link, onReady);
        }
        catch (Exception fault)
        {
            // Sockets and TLS have many ways to fail; to the owner they are one.
            Cut(fault.Message);
        }

        await FinishAsync(reader);
    }

    /// <summary>The connection never came to be: tells the handler.</summary>
    public void FailEarly(LinkReason reason, string detail)
    {
        lock (gate)
            events.OnClosed(endedEarly ?? new LinkEnd(reason, detail, false, 0));
        Deliver();
        Abort();
    }

    /// <summary>Looks at timeouts and pings; called now and then.</summary>
    public void Tick()
    {
        lock (gate)
        {
            long nowMs = NowMs();
            if (link is null || (link.State != LinkState.Closed && nowMs < link.NextTickMs))
                return;
            link.Tick(nowMs);
            ScheduleWriter();
            ScheduleDelivery();
            if (link.State != LinkState.Closed)
                return;
            closedMs ??= nowMs;
            if (nowMs - closedMs < options.CloseTimeout.TotalMilliseconds)
                return;
        }

        // The other side neither takes our last words nor ends the connection.
        Abort();
    }

    private async Task ReadAsync(PipeReader reader, Link running, Action onReady)
    {
        bool isReady = false;
        while (true)
        {
            ReadResult read = await reader.ReadAsync(abort.Token);
            SequencePosition rest;
            lock (gate)
            {
                rest = running.Receive(read.Buffer, NowMs());
                isCorked = true;
            }

            AfterInput();
            reader.AdvanceTo(rest, read.Buffer.End);
            if (read.IsCompleted || running.State == LinkState.Closed)
                break;
            if (isReady || running.State != LinkState.Ready)
                continue;
            isReady = true;
            onReady();
            await Task.Yield();
        }

        Cut("the other side ended the connection without a word");
    }

    /// <summary>Tells the handler what came, then sends what it answered, on this thread as far as the socket takes it at once.</summary>
    private void AfterInput()
    {
        Deliver();
        lock (gate)
        {
            isCorked = false;
            ScheduleDelivery();
            if (isWriting || !link!.HasOutput)
                return;
            isWriting = true;
        }

        _ = WriteAsync();
    }

    /// <summary>After an owner's call, under the gate.</summary>
    private void AfterCall()
    {
        if (!isCorked)
            ScheduleWriter();
        if (events.Any && !isCorked)
            ScheduleDelivery();
    }

    private void ScheduleWriter()
    {
        if (isWriting || link is not { HasOutput: true })
            return;
        isWriting = true;
        // A link with little to do writes when the turn that sent is over. A busy one at the end of the pool's common queue: other turns
        // that are ready to run add their frames before the write begins, and share its record and its system call.
        if (link.StreamCount > FewStreams || !ThreadPoolScheduler.TryRunAfterTurn(this))
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => _ = WriteAsync();

    private void ScheduleDelivery()
    {
        if (events.Any)
            QueueDelivery();
    }

    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                bool tells;
                lock (gate)
                {
                    output.Reset();
                    if (link!.Produce(output, options.WriteBytes) == 0)
                    {
                        output.Release();
                        isWriting = false;
                        written?.TrySetResult();
                        return;
                    }

                    tells = events.Any && !isCorked;
                }

                if (tells)
                    QueueDelivery();
                await stream!.WriteAsync(output.Written, abort.Token);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // isWriting stays set: nothing more can leave.
            Cut(fault.Message);
            Abort();
            lock (gate)
                (written ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    private void QueueDelivery() => ThreadPool.UnsafeQueueUserWorkItem(static self => self.Deliver(), this, preferLocal: false);

    private void Deliver()
    {
        try
        {
            events.Deliver(gate, handler);
        }
        catch (Exception fault)
        {
            // The handler's owner reads of its own fault in OnClosed; other links go on.
            Cut($"the owner's handler failed: {fault}");
            Abort();
        }
    }

    private void Abort()
    {
        try
        {
            abort.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The link was over already.
        }
    }

    private void Cut(string detail)
    {
        lock (gate)
        {
            link?.Cut(detail);
            ScheduleDelivery();
        }
    }

    private async Task FinishAsync(PipeReader reader)
    {
        Task last = Task.CompletedTask;
        lock (gate)
        {
            ScheduleWriter();
            if (isWriting)
                last = (written ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        try
        {
            await last.WaitAsync(options.CloseTimeout, time);
            await stream!.ShutdownAsync().WaitAsync(options.CloseTimeout, time);
        }
        catch (Exception fault) when (fault is TimeoutException or IOException or ObjectDisposedException or InvalidOperationException or NotSupportedException)
        {
            // The other side does not take our last words: it will see the connection end.
        }

        Abort();
        await reader.CompleteAsync();
        Deliver();
    }

    private long NowMs() => (long)time.GetElapsedTime(0).TotalMilliseconds;
}
