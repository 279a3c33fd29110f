using System.Buffers;
using System.Net.Security;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Wire;

/// <summary>
/// A link over one TLS stream. Thread safe: <see cref="gate"/> guards the state machine, no handler is ever called under it, and at most
/// one task writes. What the reading side's handlers send leaves in one write when they are done; what others send leaves with what has
/// gathered by the time the writer comes to it.
/// </summary>
internal sealed partial class TlsLink(WireOptions options, TimeProvider time) : ILink, IThreadPoolWorkItem, IDisposable
{
    private readonly Lock gate = new();
    private readonly LinkEvents events = new();
    private readonly CancellationTokenSource abort = new();
    private readonly PooledOutput output = new();
    private Link? link;
    private SslStream? stream;
    private ILinkHandler handler = null!;
    private LinkEnd? endedEarly;
    private long? closedMs;
    private bool isWriting;
    private bool isCorked;

    // Made when somebody waits for the writer to fall silent: at the end of the link.
    private TaskCompletionSource? written;

    /// <summary>Cancelled when the link is over and its socket should go.</summary>
    public CancellationToken Aborted => abort.Token;

    /// <summary>Set before anything happens on the link.</summary>
    public void SetHandler(ILinkHandler owner) => handler = owner;

    public void Admit()
    {
        lock (gate)
        {
            link?.Admit();
            AfterCall();
        }
    }

    public void Refuse(LinkReason reason, string detail)
    {
        lock (gate)
        {
            link?.Refuse(reason, detail);
            AfterCall();
        }
    }

    public uint Open(StreamKind kind, IMessage open, bool end)
    {
        lock (gate)
        {
            uint opened = link?.Open(kind, open, end) ?? 0;
            AfterCall();
            return opened;
        }
    }

    public SendResult TrySend(uint stream, FrameKind kind, ReadOnlySpan<byte> head, in ReadOnlySequence<byte> body, bool end)
    {
        lock (gate)
        {
            SendResult result = link?.TrySend(stream, kind, head, body, end) ?? SendResult.Gone;
            AfterCall();
            return result;
        }
    }

    public SendResult Send(uint stream, FrameKind kind, IMessage message, bool end)
    {
        lock (gate)
        {
            SendResult result = link?.Send(stream, kind, message, end) ?? SendResult.Gone;
            AfterCall();
            return result;
        }
    }

    public void Consume(uint stream, int bytes)
    {
        lock (gate)
        {
            link?.Consume(stream, bytes);
            AfterCall();
        }
    }

    public void Reset(uint stream, LinkReason reason, string detail)
    {
        lock (gate)
        {
            link?.Reset(stream, reason, detail);
            AfterCall();
        }
    }

    public void ReportLoad(int running, int max)
    {
        lock (gate)
            link?.ReportLoad(running, max);
    }

    public void Drain(Drain drain)
    {
        lock (gate)
        {
            link?.Drain(drain);
            AfterCall();
        }
    }

    public void Close(LinkReason reason, string detail) => Close(reason, detail, 0);

    public void Close(LinkReason reason, string detail, long retryAfterMs)
    {
        lock (gate)
        {
            if (link is null)
            {
                endedEarly ??= new LinkEnd(reason, detail, false, 0);
                // Not from here: a cancelled token runs what waits for it.
                ThreadPool.UnsafeQueueUserWorkItem(static self => self.Abort(), this, preferLocal: false);
                return;
            }

            link.Close(reason, detail, retryAfterMs);
            AfterCall();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => abort.Dispose();
}
