using System.Buffers;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Wire;

/// <summary>
/// Keeps one link alive: dials, and dials again with <see cref="Backoff"/> whenever the link ends. Every dialing is a new link with a new
/// handler: streams never outlive their link, jobs are asked for again with Resume.
/// </summary>
public sealed class KeptLink : IAsyncDisposable
{
    /// <summary>A link that was ready for so long was good: the next wait is the first again.</summary>
    private static readonly TimeSpan GoodAfter = TimeSpan.FromSeconds(5);

    private readonly ITransport transport;
    private readonly TimeProvider time;
    private readonly Func<int, DialTarget> target;
    private readonly Func<ILink, ILinkHandler> owner;
    private readonly Backoff backoff;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task running;
    private volatile ILink? current;
    private bool disposed;

    /// <summary>
    /// Starts dialing. <paramref name="target"/> gives whom to dial at the n-th attempt, 0 and up, so that it can go round several nodes;
    /// <paramref name="owner"/> the handler of each new link. The seed is for the waits' jitter.
    /// </summary>
    public KeptLink(
        ITransport transport,
        TimeProvider time,
        Func<int, DialTarget> target,
        Func<ILink, ILinkHandler> owner,
        ulong jitterSeed,
        BackoffOptions? options = null)
    {
        this.transport = transport;
        this.time = time;
        this.target = target;
        this.owner = owner;
        backoff = new Backoff(jitterSeed, options);
        running = Task.Run(RunAsync);
    }

    /// <summary>The link that is ready now; null while there is none.</summary>
    public ILink? Current => current;

    /// <summary>Closes the link and stays away.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, true))
            return;
        await stopping.CancelAsync();
        await running;
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        for (int attempt = 0; !stopping.IsCancellationRequested; attempt++)
        {
            Watch watch = null!;
            ILink link = transport.Dial(target(attempt), made => watch = new Watch(this, made, owner(made)));
            using (stopping.Token.Register(() => link.Close(LinkReason.Done, "shutting down")))
                await watch.Ended;

            if (watch.ReadySince is { } since)
            {
                backoff.Connected();
                if (time.GetElapsedTime(since) >= GoodAfter)
                    backoff.Reset();
            }

            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(backoff.NextMs(watch.Ended.Result.RetryAfterMs)), time, stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Passes everything on to the owner's handler, and notices the beginning and the end.</summary>
    private sealed class Watch(KeptLink kept, ILink link, ILinkHandler owner) : ILinkHandler
    {
        private readonly TaskCompletionSource<LinkEnd> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<LinkEnd> Ended => ended.Task;

        public long? ReadySince { get; private set; }

        public void OnPeer(LinkPeer peer) => owner.OnPeer(peer);

        public void OnReady()
        {
            ReadySince = kept.time.GetTimestamp();
            kept.current = link;
            owner.OnReady();
        }

        public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end) => owner.OnOpen(stream, kind, open, end);

        public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end) => owner.OnData(stream, kind, body, end);

        public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end) => owner.OnMessage(stream, kind, message, end);

        public void OnReset(uint stream, LinkReason reason, string detail) => owner.OnReset(stream, reason, detail);

        public void OnWritable(uint stream) => owner.OnWritable(stream);

        public void OnLoad(int running, int max) => owner.OnLoad(running, max);

        public void OnClosed(LinkEnd end)
        {
            kept.current = null;
            owner.OnClosed(end);
            ended.SetResult(end);
        }
    }
}
