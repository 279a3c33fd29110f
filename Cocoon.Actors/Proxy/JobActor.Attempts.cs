using System.Buffers;
using System.Security.Cryptography;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Routing;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Actors.Proxy;

/// <content>From the reservation to a worker that has the body: choosing, retrying, hedging.</content>
internal sealed partial class JobActor
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(50);
    private readonly List<JobAttempt> attempts = [];
    private readonly List<byte[]> parts = [];
    private readonly List<long> avoid = [];
    private int outputMax;
    private int askings;
    private readonly List<RequestId> pendingAskings = [];
    private int retries;
    private int bodyBytes;
    private int unconsumedBytes;
    private bool bodyEnded;
    private bool bodyDropped;
    private JobError? lastFailure;

    private TimeSpan TimeLeft => deadline - Now;

    private void TakeReservation(ReserveAnswer answer)
    {
        if (answer.Refusal != LedgerRefusal.None)
        {
            ulong wait = (ulong)(answer.RetryAfter?.TotalMilliseconds ?? 0);
            Finish(new JobError { Code = JobErrors.Of(answer.Refusal), Reason = answer.Text, RetryAfterMs = wait });
            return;
        }

        outputMax = (int)answer.OutputMax;
        stage = Stage.Waiting;
        Acquire(AttemptKind.First);
    }

    private void Acquire(AttemptKind kind)
    {
        if (askings == RequestId.NumberMax)
        {
            GiveUp(lastFailure ?? new JobError { Code = JobErrorCode.NoWorker, Reason = "every worker that was asked is busy" });
            return;
        }

        RequestId asking = new(Self.Id, ++askings);
        pendingAskings.Add(asking);
        context.Fleet.TellControl(new AcquireWorker(
            asking,
            request.Needs(outputMax, [.. avoid]),
            TimeLeft,
            Self.Accept<AcquireAnswer>(answer => new JobMessage.Acquired(answer)),
            kind,
            Self));
    }

    private void TakeAnswer(AcquireAnswer answer)
    {
        pendingAskings.Remove(answer.Request);
        switch (answer)
        {
            case Assigned assigned when stage is Stage.Waiting or Stage.Running && winner is null:
                Begin(assigned);
                break;
            case Assigned unwanted:
                Free(unwanted.Token, new AttemptCancelled(Dispatch.Never));
                break;
            case Refused refused when stage == Stage.Waiting && attempts.Count == 0 && pendingAskings.Count == 0:
                GiveUp(lastFailure ?? JobErrors.Of(refused, request, context.Settings, TimeLeft));
                break;
        }
    }

    private void Begin(Assigned assigned)
    {
        JobTerms terms = context.Settings.Prices.Terms(request.Model, assigned.Coefficient)!;
        WorkerLink link = (WorkerLink)assigned.Sink;
        ByteString claim = UnsafeByteOperations.UnsafeWrap(context.Receipts.Claims.Of(request.Id, assigned.Worker));
        uint stream = link.Open(WorkFor(assigned, terms, claim), Self, assigned.Request.Number);
        if (stream == 0)
        {
            // The link ended or drains, and the fleet has yet to hear of it.
            Free(assigned.Token, new AttemptCancelled(Dispatch.Never));
            if (attempts.Count == 0)
                StartTimer(AskAgainAfter, new JobMessage.AskAgain());
            return;
        }

        JobAttempt attempt = new(assigned.Request.Number, assigned, terms, stream, Now) { Claim = claim };
        attempts.Add(attempt);
        avoid.Add(assigned.WorkerNumber);
        stage = Stage.Running;
        SendBody(attempt);
        if (assigned.HedgeAfter is { } wait && attempts.Count == 1)
            StartTimer(wait, new JobMessage.HedgeDue());
    }

    private WorkOpen WorkFor(Assigned assigned, JobTerms terms, ByteString claim)
    {
        WorkOpen work = new()
        {
            Attempt = (ulong)assigned.Token.Value,
            SlotSequence = (ulong)assigned.SlotSequence,
            Model = request.Model,
            Kind = request.Header.Kind,
            MaxOutputTokens = (uint)outputMax,
            Choices = (uint)request.Choices,
            PromptBytesMax = request.Header.PromptBytesMax,
            TimeLeftMs = (ulong)Math.Max(1, TimeLeft.TotalMilliseconds),
            Stream = request.Header.Stream,
            CacheScope = CacheScope(),
            BodyBytes = request.Header.BodyBytes,
            BodySeal = request.Header.BodySeal,
            Tier = request.Header.Tier,
            Claim = claim,
            CommissionBasisPoints = (uint)terms.CommissionBasisPoints,
        };
        work.MediaMax.AddRange(request.Header.MediaMax);
        work.Affinity.AddRange(request.Header.Affinity);
        work.Price.AddRange(PricesOf(terms));
        return work;
    }

    /// <summary>A pseudonym of the account at this operator: workers share a prefix cache within it and learn nothing else of it.</summary>
    private ByteString CacheScope()
    {
        Span<byte> message = stackalloc byte[64];
        context.Settings.Scope.Operator.Value.AsSpan().CopyTo(message);
        request.Id.Account.Value.AsSpan().CopyTo(message[32..]);
        return ByteString.CopyFrom(SHA256.HashData(message)[..16]);
    }

    private static IEnumerable<Price> PricesOf(JobTerms terms) => terms.Rates.Select(rate => new Price
    {
        UsageClass = (uint)rate.Class,
        NanoTonPerMillion = (long)((Int128)rate.NanoTonPerMillion * terms.CoefficientThousandths / 1000),
    });

    private void TakePart(JobMessage.BodyPart part)
    {
        if (bodyEnded)
            return;
        if (bodyBytes + part.Bytes.Length > context.Settings.RequestBytesMax)
        {
            JobError tooLong = JobRequest.TooLong(context.Settings);
            Abort(tooLong.Code, tooLong.Reason, JobEnd.Interrupted, tooLong);
            return;
        }

        requestHash.Append(part.Bytes);
        parts.Add(part.Bytes);
        bodyBytes += part.Bytes.Length;
        unconsumedBytes += part.Bytes.Length;
        bodyEnded = part.End;
        if (bodyBytes <= context.Settings.RetainedBodyBytes)
            ConsumeBody();
        foreach (JobAttempt attempt in attempts)
            SendBody(attempt);
    }

    /// <summary>Sends what the worker's link takes. A body too long to keep flows through: it is dropped once sent, and so is the retry.</summary>
    private void SendBody(JobAttempt? attempt)
    {
        if (attempt is null)
            return;
        while (attempt.PartsSent < parts.Count)
        {
            byte[] part = parts[attempt.PartsSent];
            bool end = bodyEnded && attempt.PartsSent == parts.Count - 1;
            SendResult result = attempt.Link.Link.TrySend(attempt.Stream, FrameKind.Part, [], new ReadOnlySequence<byte>(part), end);
            if (result == SendResult.Full)
                return;
            attempt.PartsSent++;
            if (bodyBytes > context.Settings.RetainedBodyBytes)
            {
                bodyDropped = true;
                parts[attempt.PartsSent - 1] = [];
            }
        }

        ConsumeBody();
    }

    private void ConsumeBody()
    {
        client?.Link.Consume(clientStream, unconsumedBytes);
        unconsumedBytes = 0;
    }

    private void Hedge()
    {
        if (stage == Stage.Running && winner is null && attempts.Count == 1 && pendingAskings.Count == 0 && !bodyDropped)
            Acquire(AttemptKind.Hedge);
    }

    private void LeaveBusy(JobMessage.WorkerBusy busy)
    {
        if (winner is not null && winner.Number == busy.Attempt)
        {
            FailAttempt(busy.Attempt, new JobError { Code = JobErrorCode.WorkerFailed, Reason = "the worker said Busy amid its answer" });
            return;
        }

        if (Remove(busy.Attempt) is not { } attempt)
            return;
        Free(attempt.Token, new AttemptBusy((int)busy.Busy.Running, (int)busy.Busy.Max));
        avoid.Remove(attempt.WorkerNumber);
        if (attempts.Count == 0)
            AcquireAgain(AttemptKind.First);
    }

    private void LoseAttempt(JobMessage.WorkerLost lost)
    {
        if (Remove(lost.Attempt) is not { } attempt)
            return;
        Free(attempt.Token, new AttemptLost());

        // It may be back, restarted, before another is free.
        if (lost.LinkEnded)
            avoid.Remove(attempt.WorkerNumber);
        else
            GiveStreamUp(attempt, lost.Why);
        AfterFailure(attempt, null, new JobError { Code = JobErrorCode.WorkerLost, Reason = lost.Why });
    }

    private void FailAttempt(int number, JobError error)
    {
        if (Remove(number) is not { } attempt)
            return;
        GiveStreamUp(attempt, error.Reason);
        FailureKind kind = JobErrors.KindOf(error.Code);
        Free(attempt.Token, new AttemptFailed(kind, attempt == winner));
        AfterFailure(attempt, kind, error);
    }

    private void AfterFailure(JobAttempt attempt, FailureKind? kind, JobError error)
    {
        lastFailure = new JobError { Code = error.Code, Reason = error.Reason };
        if (attempt == winner)
        {
            Abort(error.Code, error.Reason, JobEnd.Interrupted);
            return;
        }

        if (attempts.Count > 0 || stage != Stage.Running)
            return;
        if (!RetryPolicy.MayRetry(context.Settings.RetriesMax, retries, kind, TimeLeft))
        {
            GiveUp(lastFailure);
            return;
        }

        retries++;
        AcquireAgain(AttemptKind.Retry);
    }

    private void AcquireAgain(AttemptKind kind)
    {
        if (bodyDropped)
        {
            lastFailure = new JobError { Code = JobErrorCode.WorkerLost, Reason = "the body is too long to be sent again: send the job anew" };
            GiveUp(lastFailure);
            return;
        }

        stage = Stage.Waiting;
        Acquire(kind);
    }

    /// <summary>A worker that has not ended its stream would go on with the job.</summary>
    private static void GiveStreamUp(JobAttempt attempt, string why) => attempt.Link.Link.Reset(attempt.Stream, LinkReason.Abandoned, why);

    // For every chunk: no closure.
    private JobAttempt? Find(int number)
    {
        foreach (JobAttempt attempt in attempts)
        {
            if (attempt.Number == number)
                return attempt;
        }

        return null;
    }

    private JobAttempt? Remove(int number)
    {
        JobAttempt? attempt = Find(number);
        if (attempt is not null)
        {
            attempts.Remove(attempt);
            attempt.Link.Forget(attempt.Stream);
        }

        return attempt;
    }

    private void Free(AttemptToken token, AttemptOutcome outcome) => context.Fleet.TellControl(new ReleaseAttempt(token, outcome));

    /// <summary>Stops every worker that is still at it, except <paramref name="kept"/>.</summary>
    private void ReleaseAll(JobAttempt? kept = null)
    {
        foreach (JobAttempt attempt in attempts)
        {
            if (attempt == kept)
                continue;
            attempt.Link.Link.Send(attempt.Stream, FrameKind.Cancel, new Cancel { Reason = "not needed any more" }, end: true);
            attempt.Link.Forget(attempt.Stream);
            Free(attempt.Token, new AttemptCancelled(Dispatch.Sent));
        }

        attempts.RemoveAll(attempt => attempt != kept);
        foreach (RequestId asking in pendingAskings)
            context.Fleet.TellControl(new CancelAcquire(asking));
    }

    private void GiveUp(JobError error) => Abort(error.Code, error.Reason, JobEnd.Interrupted, error);
}
