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
    private const int ConsumeBytes = 32 << 10;

    private readonly ChunkWindow window;
    private readonly RelayedHash requestHash;
    private readonly RelayedHash answerHash;
    private int consumable;
    private UsageMeter? meter;
    private JobAttempt? winner;
    private bool workerDone;
    private long relayedChunks;
    private long answerBytes;

    // What the client pays: usage counts when its chunk has gone out to the client, not when the worker sent it.
    private ChunkUsage relayedUsage;

    private void TakeChunk(JobMessage.WorkerChunk chunk)
    {
        if (Find(chunk.Attempt) is not { } attempt || stage != Stage.Running || (winner is not null && winner != attempt))
        {
            JobMessage.WorkerChunk.Bodies.Return(chunk.Body);
            return;
        }

        if (!ChunkHeader.TryRead(chunk.Body.AsSpan(0, chunk.Length), out ChunkHeader header, out int start)
            || header.Sequence != attempt.NextChunk)
        {
            JobMessage.WorkerChunk.Bodies.Return(chunk.Body);
            FailAttempt(chunk.Attempt, new JobError { Code = JobErrorCode.WorkerFailed, Reason = "the worker sent a chunk out of order" });
            return;
        }

        attempt.NextChunk++;
        if (winner is null)
            Win(attempt);
        answerBytes += chunk.Length;
        if (answerBytes > context.Settings.AnswerBytesMax)
        {
            JobMessage.WorkerChunk.Bodies.Return(chunk.Body);
            string reason = $"the answer is longer than the {context.Settings.AnswerBytesMax} bytes that this operator relays";
            Abort(JobErrorCode.Interrupted, reason, Protocol.Journal.JobEnd.Interrupted);
            return;
        }

        UsageVerdict verdict = meter!.Accept(header.Usage, chunk.Length - start);
        NoteIntegrity(attempt, verdict);
        int headerStart = verdict.Accepted == header.Usage ? 0 : WriteCutHeader(chunk.Body, start, header with { Usage = verdict.Accepted });
        window.Add(chunk.Body.AsSpan(headerStart, chunk.Length - headerStart), start - headerStart, chunk.Length, attempt.Number);
        JobMessage.WorkerChunk.Bodies.Return(chunk.Body);
        Relay();
        SettleWhenDear();
    }

    /// <summary>Less usage takes no more bytes: the header that is passed on fits before the payload, where the worker's was.</summary>
    private static int WriteCutHeader(byte[] body, int payloadStart, in ChunkHeader cut)
    {
        Span<byte> head = stackalloc byte[ChunkHeader.MaxSize];
        int length = cut.Write(head);
        head[..length].CopyTo(body.AsSpan(payloadStart - length));
        return payloadStart - length;
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
            Run = run,
        };
        accepted.Price.AddRange(PricesOf(attempt.Terms));
        TellClient(FrameKind.JobAccepted, accepted, end: false);
    }

    /// <summary>Whether chunks that were sent before wait to be sent again.</summary>
    private bool HasRepeats => window.HasUnsent && window.UnsentSequence < relayedChunks;

    private void Relay()
    {
        while (window.HasUnsent)
        {
            // Once the last settlement is written down nothing new goes out: what is sent then was sent before, and lost.
            if (client is null || (stage == Stage.Settling && !HasRepeats))
                return;
            ref readonly HeldChunk chunk = ref window.Peek();
            ReadOnlySequence<byte> body = new(chunk.Body);
            SendResult result = client.Link.TrySend(clientStream, FrameKind.Chunk, [], body, end: false);
            if (result is SendResult.Full or SendResult.Gone)
                return;
            // Sent for the first time, not again after a reconnect.
            if (window.UnsentSequence == relayedChunks)
                CountRelayed(chunk);
            window.Sent();
        }

        if (workerDone && stage == Stage.Running)
            SettleFinal(Protocol.Journal.JobEnd.Finished);
    }

    private void CountRelayed(in HeldChunk chunk)
    {
        relayedChunks++;
        answerHash.Append(chunk.Payload);
        ChunkHeader.TryRead(chunk.Body, out ChunkHeader header, out _);
        if (header.Usage.Count > 0)
            relayedUsage = UsageBounds.Sum(relayedUsage, header.Usage);
        if (winner is null || winner.Number != chunk.Attempt)
            return;
        consumable += chunk.Counted;
        if (consumable >= ConsumeBytes)
            ReturnCredit();
    }

    /// <summary>Gives the worker's link its credit back: once a turn, for each time takes the link's lock.</summary>
    private void ReturnCredit()
    {
        if (consumable > 0)
            winner?.Link.Link.Consume(winner.Stream, consumable);
        consumable = 0;
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
