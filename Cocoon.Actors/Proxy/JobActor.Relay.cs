using System.Buffers;
using Cocoon.Actors.Routing;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Metering;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <content>From the first chunk to the last: checked, metered, passed on as the client takes it.</content>
internal sealed partial class JobActor
{
    private readonly ChunkWindow window;
    private readonly RelayedHash requestHash;
    private readonly RelayedHash answerHash;
    private UsageMeter? meter;
    private JobAttempt? winner;
    private bool workerDone;
    private long relayedChunks;

    // What the client pays: usage counts when its chunk has gone out to the client, not when the worker sent it.
    private ChunkUsage relayedUsage;

    private void TakeChunk(JobMessage.WorkerChunk chunk)
    {
        if (Find(chunk.Attempt) is not { } attempt || stage != Stage.Running || (winner is not null && winner != attempt))
        {
            ArrayPool<byte>.Shared.Return(chunk.Body);
            return;
        }

        if (!ChunkHeader.TryRead(chunk.Body.AsSpan(0, chunk.Length), out ChunkHeader header, out int start)
            || header.Sequence != attempt.NextChunk)
        {
            ArrayPool<byte>.Shared.Return(chunk.Body);
            FailAttempt(chunk.Attempt, new JobError { Code = JobErrorCode.WorkerFailed, Reason = "the worker sent a chunk out of order" });
            return;
        }

        attempt.NextChunk++;
        if (winner is null)
            Win(attempt);
        UsageVerdict verdict = meter!.Accept(header.Usage, chunk.Length - start);
        NoteIntegrity(attempt, verdict);
        window.Add(header.Finish, verdict.Accepted, chunk.Body, start, chunk.Length, attempt.Number);
        Relay();
        SettleWhenDear();
    }

    /// <summary>The first chunk decides: this worker's price is the job's, the others stop.</summary>
    private void Win(JobAttempt attempt)
    {
        winner = attempt;
        attempt.FirstChunkAt = Now;
        meter = new UsageMeter(new UsageLimits
        {
            PromptMax = request.PromptBound,
            OutputMax = (long)outputMax * request.Choices,
            MediaMax = request.Media,
            CachedExpected = attempt.Assigned.CachedTokens,
        });
        loser = attempts.Find(other => other != attempt);
        ReleaseAll(kept: attempt);
        parts.Clear();
        LowerReservation();
        StartInstalments();
        TellAccepted(attempt);
    }

    /// <summary>Said again after a reconnect: it may have been lost with the connection.</summary>
    private void TellAccepted(JobAttempt attempt)
    {
        JobAccepted accepted = new()
        {
            MaxOutputTokens = (uint)outputMax,
            Worker = Google.Protobuf.ByteString.CopyFrom(attempt.Worker.Value.AsSpan()),
            Tier = attempt.Assigned.Tier,
        };
        accepted.Price.AddRange(PricesOf(attempt.Terms));
        TellClient(FrameKind.JobAccepted, accepted, end: false);
    }

    private void Relay()
    {
        if (client is null)
            return;
        Span<byte> head = stackalloc byte[ChunkHeader.MaxSize];
        while (window.HasUnsent)
        {
            HeldChunk chunk = window.Peek();
            int length = chunk.Header.Write(head);
            ReadOnlySequence<byte> payload = new(chunk.Payload);
            SendResult result = client.Link.TrySend(clientStream, FrameKind.Chunk, head[..length], payload, end: false);
            if (result is SendResult.Full or SendResult.Gone)
                return;
            // Sent for the first time, not again after a reconnect.
            if (chunk.Header.Sequence == relayedChunks)
            {
                relayedChunks++;
                answerHash.Append(chunk.Payload.Span);
                relayedUsage = UsageBounds.Sum(relayedUsage, chunk.Header.Usage);
                if (winner is not null && winner.Number == chunk.Attempt)
                    winner.Link.Link.Consume(winner.Stream, chunk.Length);
            }

            window.Sent();
        }

        if (workerDone && stage == Stage.Running)
            SettleFinal(Protocol.Journal.JobEnd.Finished);
    }

    private void NoteIntegrity(JobAttempt attempt, in UsageVerdict verdict)
    {
        if (verdict.Weight > 0)
            context.Fleet.TellControl(new IntegrityViolated(attempt.Worker, verdict.Weight));
    }

    /// <summary>What the worker did, whether or not the client took it.</summary>
    private long WorkedOf(UsageClass usageClass) => meter is null ? 0 : UsageBounds.Amount(meter.Total, usageClass);

    private void EndAttempt(JobMessage.WorkerFinal final)
    {
        if (Remove(final.Attempt) is not { } attempt)
            return;
        if (winner is null || attempt != winner)
        {
            Free(attempt.Token, new AttemptFailed(FailureKind.Protocol, false));
            AfterFailure(attempt, FailureKind.Protocol, new JobError { Code = JobErrorCode.WorkerFailed, Reason = "the worker ended without a chunk" });
            return;
        }

        NoteIntegrity(attempt, meter!.Finish());
        Free(attempt.Token, new AttemptCompleted(
            WorkedOf(UsageClass.Prompt) + WorkedOf(UsageClass.Cached), WorkedOf(UsageClass.Cached), meter.OutputTokens,
            attempt.FirstChunkAt!.Value - attempt.Started,
            Now - attempt.Started));
        workerDone = true;
        Relay();
    }
}
