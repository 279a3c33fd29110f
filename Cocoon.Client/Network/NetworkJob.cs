using System.Buffers;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Client.Network;

/// <summary>One job on its way: body up, chunks down, and over to the next connection when one is lost.</summary>
internal sealed partial class NetworkJob : IJob, IStreamOwner
{
    private readonly NetworkJobClient client;
    private readonly JobRequest request;
    private readonly Channel<JobChunk> chunks = Channel.CreateUnbounded<JobChunk>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource admitted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<JobResult> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ReceivedAnswer answer = new();
    private readonly ArrayBufferWriter<byte> partial = new();
    private readonly Lock gate = new();
    private readonly long submitted;
    private UsageAmount[] lastUsage = [];
    private int bodySent;
    private long nextChunk;
    private string finish = "stop";
    private bool over;
    private bool accepted;

    public NetworkJob(NetworkJobClient client, JobId job, JobRequest request)
    {
        this.client = client;
        this.request = request;
        Job = job;
        submitted = client.Time.GetTimestamp();
        Terms = new JobTermsInfo("", request.Tier, request.MaxOutputTokens ?? 0, [], NanoTon.Zero);
        _ = Result.ContinueWith(static task => _ = task.Exception, TaskScheduler.Default);
    }

    public JobId Job { get; }

    public string Id => Job.ToString();

    public JobTermsInfo Terms { get; private set; }

    public Task<JobResult> Result => result.Task;

    /// <summary>Completes when a worker has begun to answer, or the job was refused.</summary>
    public Task Admitted => admitted.Task;

    public async IAsyncEnumerable<JobChunk> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        bool complete = false;
        try
        {
            await foreach (JobChunk chunk in chunks.Reader.ReadAllAsync(cancellationToken))
                yield return chunk;
            complete = true;
        }
        finally
        {
            if (!complete)
                Cancel("the app stopped reading");
        }
    }

    public ValueTask DisposeAsync()
    {
        Cancel("the app let the job go");
        return ValueTask.CompletedTask;
    }

    public void Fail(JobException failure)
    {
        lock (gate)
        {
            if (over)
                return;
            End(failure.Cost);
            chunks.Writer.TryComplete(failure);
            admitted.TrySetException(failure);
            result.TrySetException(failure);
        }
    }

    public void OnData(byte[] body)
    {
        lock (gate)
        {
            if (over || !ChunkHeader.TryRead(body, out ChunkHeader header, out int start) || header.Sequence != nextChunk)
                return;
            nextChunk++;
            ReadOnlyMemory<byte> payload = body.AsMemory(start);
            answer.Add(payload);
            if (payload.Length == ChunkHeader.PieceBytes || partial.WrittenCount > 0)
            {
                partial.Write(payload.Span);
                if (payload.Length == ChunkHeader.PieceBytes)
                    return;
                payload = partial.WrittenSpan.ToArray();
                partial.ResetWrittenCount();
            }

            if (header.Finish != ChunkFinish.None)
                finish = FinishOf(header.Finish);
            chunks.Writer.TryWrite(new JobChunk(payload, UsageOf(header)));
        }
    }

    /// <summary>Most chunks of an answer add the same: one token. They share one list.</summary>
    private UsageAmount[] UsageOf(in ChunkHeader header)
    {
        if (!header.Usage.Amounts.SequenceEqual(lastUsage))
            lastUsage = header.Usage.Amounts.ToArray();
        return lastUsage;
    }

    public void OnMessage(IMessage message)
    {
        lock (gate)
        {
            switch (message)
            {
                case JobAccepted terms:
                    Accept(terms);
                    break;
                case JobFinal final:
                    Complete(final);
                    break;
                case JobError { Code: JobErrorCode.Draining } when nextChunk == 0 && home is { } leaving:
                    Detach();
                    client.Draining(leaving);
                    break;
                case JobError error:
                    Fail(FailureOf(error));
                    break;
                case Instalment { Receipt: { } receipt }:
                    _ = Checked(receipt);
                    break;
                case Moved moved when home is { } left:
                    client.Moved(left, moved);
                    break;
                case ResumeAnswer resumed:
                    TakeResumeAnswer(resumed);
                    break;
            }
        }
    }

    public void OnWritable()
    {
        lock (gate)
            SendBody();
    }

    private void Accept(JobAccepted terms)
    {
        accepted = true;
        Terms = new JobTermsInfo(
            Convert.ToHexStringLower(terms.Worker.Span),
            terms.Tier == Tier.Attested ? JobTier.Attested : JobTier.Open,
            (int)terms.MaxOutputTokens,
            [.. terms.Price.Select(price => new Rate((UsageClass)price.UsageClass, price.NanoTonPerMillion))],
            new NanoTon(terms.ReservedNanoTon));
        admitted.TrySetResult();
    }

    private void Complete(JobFinal final) => Complete(new JobResult(
        Id,
        Terms.Worker,
        Terms.Tier,
        [.. final.Usage.Select(used => new UsageAmount((UsageClass)used.UsageClass, (long)used.Amount))],
        new NanoTon(final.CostNanoTon),
        finish,
        final.Receipt is null ? null : Checked(final.Receipt)));

    private void Complete(JobResult done)
    {
        if (over)
            return;
        End(done.Cost);
        admitted.TrySetResult();
        chunks.Writer.TryComplete();
        result.TrySetResult(done);
    }

    private JobReceipt Checked(Receipt receipt)
    {
        bool valid = client.Receipts.Check(receipt, Job, salt => HashOf(salt, request.Body.Span), answer.HashWith, out _);
        JobReceipt held = new(receipt.ToByteArray(), valid);
        client.KeptReceipts.Save(Job, held, request.Body, answer.ToArray);
        return held;
    }

    private static Bytes32 HashOf(Bytes32 salt, ReadOnlySpan<byte> bytes)
    {
        using RelayedHash hash = new(salt);
        hash.Append(bytes);
        return hash.Current();
    }

    private JobException FailureOf(JobError error) => new((JobFailure)error.Code, error.Reason)
    {
        JobId = Id,
        RetryAfter = error.RetryAfterMs > 0 ? TimeSpan.FromMilliseconds(error.RetryAfterMs) : null,
        WouldRunAt = [.. error.WouldRunAt.Select(price => new Rate((UsageClass)price.UsageClass, price.NanoTonPerMillion))],
        Delivered = [.. error.Delivered.Select(used => new UsageAmount((UsageClass)used.UsageClass, (long)used.Amount))],
        Cost = new NanoTon(error.CostNanoTon),
        Receipt = error.Receipt is null ? null : Checked(error.Receipt),
    };

    private void Cancel(string why)
    {
        lock (gate)
        {
            if (over)
                return;
            if (stream != 0)
                home!.Link.Send(stream, FrameKind.Cancel, new Cancel { Reason = why }, end: true);
            JobException cancelled = new(JobFailure.Cancelled, why) { JobId = Id };
            End(NanoTon.Zero);
            chunks.Writer.TryComplete(accepted ? null : cancelled);
            admitted.TrySetException(cancelled);
            result.TrySetCanceled();
        }
    }

    private void End(NanoTon cost)
    {
        over = true;
        Detach();
        patience?.Dispose();
        client.Ended(this, cost);
    }

    private void SendBody()
    {
        while (!over && stream != 0 && home is { } on && bodySent <= request.Body.Length)
        {
            int length = Math.Min(LinkOptions.PartBytes, request.Body.Length - bodySent);
            bool end = bodySent + length == request.Body.Length;
            SendResult sent = on.Link.TrySend(stream, FrameKind.Part, [], new ReadOnlySequence<byte>(request.Body.Slice(bodySent, length)), end);
            if (sent != SendResult.Sent)
                return;
            bodySent += end ? length + 1 : length;
        }
    }

    private JobHeader Header()
    {
        JobHeader header = new()
        {
            Job = ClientConnection.NameOf(Job),
            Model = request.Model,
            Tier = request.Tier == JobTier.Attested ? Tier.Attested : Tier.Open,
            Kind = (JobKind)request.Endpoint,
            MaxOutputTokens = (uint)(request.MaxOutputTokens ?? 0),
            Choices = (uint)request.Choices,
            PromptBytesMax = (ulong)request.Body.Length,
            TimeLeftMs = (ulong)Math.Max(1, TimeLeft.TotalMilliseconds),
            Stream = request.Stream,
            PreferCheap = request.PreferCheap,
            BodyBytes = (ulong)request.Body.Length,
            Purse = PurseId.Of(request.Purse),
        };
        header.PriceCap.AddRange(request.PriceCap.Select(cap => new Price
        {
            UsageClass = (uint)cap.Class,
            NanoTonPerMillion = cap.NanoTonPerMillion,
        }));
        return header;
    }

    private static string FinishOf(ChunkFinish finish) => finish switch
    {
        ChunkFinish.Length => "length",
        ChunkFinish.ToolCalls => "tool_calls",
        ChunkFinish.ContentFilter => "content_filter",
        _ => "stop",
    };
}
