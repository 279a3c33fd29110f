using System.Buffers;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Metering;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Worker;

/// <summary>
/// One attempt of one job on this worker: gathers the body, runs the engine, sends its chunks as fast as the link takes them. It ends with
/// the job, with a cancellation, or with its link; the engine is let go within one iteration in every case.
/// </summary>
internal sealed class AttemptActor(
    IInferenceEngine engine, ActorRef<WorkerMessage> worker, WorkerSettings settings, ProxyLink link, uint stream, WorkOpen open)
    : Actor<AttemptMessage>
{
    private readonly ArrayBufferWriter<byte> body = new();
    private readonly CancellationTokenSource cancellation = new();
    private readonly byte[] head = new byte[ChunkHeader.MaxSize];
    private ChunkUsage usage;
    private TaskCompletionSource? room;
    private TimeSpan arrivedAt;
    private bool bodyComplete;
    private bool hasSlot;
    private bool started;
    private bool ended;
    private bool linkLost;
    private long sequence;

    protected override void OnStart()
    {
        arrivedAt = Now;
        worker.TellControl(new WorkerMessage.AttemptArrived(link, Self));
    }

    protected override void Receive(AttemptMessage message)
    {
        switch (message)
        {
            case AttemptMessage.Admitted { HasSlot: true }:
                hasSlot = true;
                TryBegin();
                break;
            case AttemptMessage.Admitted busy:
                link.Link.Send(stream, FrameKind.Busy, new Busy { Running = (uint)busy.Running, Max = (uint)busy.Max }, end: true);
                End();
                break;
            case AttemptMessage.BodyPart part:
                TakePart(part);
                break;
            case AttemptMessage.Writable:
                room?.TrySetResult();
                room = null;
                break;
            case AttemptMessage.Cancelled cancelled:
                linkLost = cancelled.LinkEnded && !ended;
                cancellation.Cancel();
                room?.TrySetCanceled(cancellation.Token);
                // The stream is open until this side ends it, and a link takes so many streams only.
                if (!started)
                    Refuse(JobErrorCode.Cancelled, "cancelled");
                break;
        }
    }

    private void TakePart(AttemptMessage.BodyPart part)
    {
        if (ended || bodyComplete)
            return;
        link.Link.Consume(stream, part.Bytes.Length);
        if (body.WrittenCount + part.Bytes.Length > settings.BodyBytesMax)
        {
            Refuse(JobErrorCode.TooLarge, $"the body is longer than the {settings.BodyBytesMax} bytes this worker takes");
            return;
        }

        body.Write(part.Bytes);
        bodyComplete = part.End;
        TryBegin();
    }

    private void TryBegin()
    {
        if (!hasSlot || !bodyComplete || started || ended)
            return;
        ReadOnlyMemory<byte> request = body.WrittenMemory;
        bool canRead = open.BodySeal.IsEmpty || settings.Seals?.TryOpen(open.BodySeal.Span, body.WrittenMemory, out request) == true;
        if (!canRead)
        {
            Refuse(JobErrorCode.BadRequest, "the body is sealed to a key that this worker does not hold");
            return;
        }

        started = true;
        Run(_ => RunEngineAsync(request));
    }

    private async ValueTask RunEngineAsync(ReadOnlyMemory<byte> request)
    {
        EngineJob job = new(
            (EngineEndpoint)open.Kind,
            open.Model,
            request,
            (int)open.MaxOutputTokens,
            open.Stream,
            Convert.ToHexStringLower(open.CacheScope.Span));
        try
        {
            await foreach (EngineChunk chunk in engine.RunAsync(job, cancellation.Token))
                await SendAsync(chunk);
            Finish();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Refuse(JobErrorCode.Cancelled, "cancelled");
        }
        catch (EngineException failure)
        {
            Refuse(CodeOf(failure.Failure), failure.Message);
        }
        catch (Exception failure)
        {
            // An engine is somebody else's code: whatever it throws ends this attempt, and the proxy hears of it.
            Refuse(JobErrorCode.WorkerFailed, $"the engine failed: {failure.Message}");
        }
    }

    private async ValueTask SendAsync(EngineChunk chunk)
    {
        if (sequence == 0)
            worker.TellControl(new WorkerMessage.AnswerBegan(link, open));
        ChunkUsage added = Sorted(chunk.Usage);
        if (added.Count > 0)
            usage = UsageBounds.Sum(usage, added);
        ReadOnlyMemory<byte> payload = chunk.Payload;
        const int pieceMax = ChunkHeader.PieceBytes;
        while (payload.Length >= pieceMax)
        {
            await SendFrameAsync(new ChunkHeader(sequence++, ChunkFinish.None, default), payload[..pieceMax]);
            payload = payload[pieceMax..];
        }

        await SendFrameAsync(new ChunkHeader(sequence++, FinishOf(chunk.Finish), added), payload);
    }

    private async ValueTask SendFrameAsync(ChunkHeader header, ReadOnlyMemory<byte> payload)
    {
        int length = header.Write(head);
        while (true)
        {
            cancellation.Token.ThrowIfCancellationRequested();
            switch (link.Link.TrySend(stream, FrameKind.Chunk, head.AsSpan(0, length), new ReadOnlySequence<byte>(payload), end: false))
            {
                case SendResult.Sent:
                    return;
                case SendResult.Full:
                    room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    await room.Task;
                    break;
                default:
                    cancellation.Cancel();
                    break;
            }
        }
    }

    private void Finish()
    {
        JobFinal final = new() { Chunks = (ulong)sequence };
        foreach (UsageAmount amount in usage.Amounts)
            final.Usage.Add(new Usage { UsageClass = (uint)amount.Class, Amount = (ulong)amount.Amount });
        link.Link.Send(stream, FrameKind.JobFinal, final, end: true);
        End();
    }

    private void Refuse(JobErrorCode code, string reason)
    {
        link.Link.Send(stream, FrameKind.JobError, new JobError { Code = code, Reason = reason, Chunks = (ulong)sequence }, end: true);
        End();
    }

    private void End()
    {
        if (ended)
            return;
        ended = true;
        link.Forget(stream);
        UsageAmount[] used = hasSlot ? [.. usage.Amounts] : [];
        worker.TellControl(new WorkerMessage.AttemptEnded(link, Self, open.Claim, used, Now - arrivedAt, linkLost));
        Self.Stop();
    }

    /// <summary>An engine's list in the order that a chunk's header wants.</summary>
    private static ChunkUsage Sorted(IReadOnlyList<UsageAmount> amounts)
    {
        ChunkUsage sorted = default;
        for (int i = 0; i < amounts.Count; i++)
        {
            ChunkUsage one = default;
            one.Add(amounts[i]);
            sorted = i == 0 ? one : UsageBounds.Sum(sorted, one);
        }

        return sorted;
    }

    private static ChunkFinish FinishOf(string? finish) => finish switch
    {
        null => ChunkFinish.None,
        "length" => ChunkFinish.Length,
        "tool_calls" => ChunkFinish.ToolCalls,
        "content_filter" => ChunkFinish.ContentFilter,
        _ => ChunkFinish.Stop,
    };

    private static JobErrorCode CodeOf(EngineFailure failure) => failure switch
    {
        EngineFailure.BadRequest => JobErrorCode.BadRequest,
        EngineFailure.UnknownModel => JobErrorCode.UnknownModel,
        EngineFailure.ContextExceeded => JobErrorCode.ContextExceeded,
        EngineFailure.Busy => JobErrorCode.NoWorker,
        _ => JobErrorCode.WorkerFailed,
    };
}
