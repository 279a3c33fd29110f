using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Cocoon.Actors.Client;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Client.Network;

/// <summary>One job on its way, as the app sees it: <see cref="JobCall"/> does the talking.</summary>
internal sealed class NetworkJob : IJob, IJobCallOwner
{
    private static readonly TimeSpan PlaceAgainAfter = TimeSpan.FromMilliseconds(100);
    private readonly NetworkJobClient client;
    private readonly JobRequest request;
    private readonly JobCall call;
    private readonly Channel<JobChunk> chunks = Channel.CreateUnbounded<JobChunk>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource admitted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<JobResult> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long submitted;
    private UsageAmount[] lastUsage = [];
    private ITimer? patience;
    private bool accepted;

    public NetworkJob(NetworkJobClient client, JobId job, JobRequest request)
    {
        this.client = client;
        this.request = request;
        Job = job;
        call = new JobCall(job, request.Body, client.Receipts, this);
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

    private TimeSpan TimeLeft => (request.TimeLimit ?? client.Options.DefaultTimeLimit) - client.Time.GetElapsedTime(submitted);

    /// <summary>Whether it has a stream on that connection.</summary>
    public bool IsOn(ICallConnection candidate) => call.IsOn(candidate);

    /// <summary>Sends it for the first time, unless a new connection has done so already.</summary>
    public void Begin(ICallConnection on)
    {
        if (!call.IsPlaced)
            call.Place(on);
    }

    /// <summary>Goes on over a new connection.</summary>
    public void Place(ICallConnection on) => call.Place(on);

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

    /// <summary>Gives it up, unless it is over.</summary>
    public void Fail(JobException failure)
    {
        if (call.Cancel(failure.Message))
            EndWith(failure);
    }

    public JobHeader Header()
    {
        JobHeader header = new()
        {
            Job = JobCall.NameOf(Job),
            Model = request.Model,
            Tier = request.Tier == JobTier.Attested ? Tier.Attested : Tier.Open,
            Kind = (JobKind)request.Endpoint,
            MaxOutputTokens = (uint)(request.MaxOutputTokens ?? 0),
            Choices = (uint)request.Choices,
            PromptBytesMax = (ulong)request.Body.Length,
            TimeLeftMs = request.TimeLimit is null ? 0 : (ulong)Math.Max(1, TimeLeft.TotalMilliseconds),
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

    public void OnAccepted(JobAccepted terms)
    {
        accepted = true;
        Terms = new JobTermsInfo(
            Convert.ToHexStringLower(terms.Worker.Span),
            TierOf(terms.Tier),
            (int)terms.MaxOutputTokens,
            [.. terms.Price.Select(price => new Rate((UsageClass)price.UsageClass, price.NanoTonPerMillion))],
            new NanoTon(terms.ReservedNanoTon));
        admitted.TrySetResult();
    }

    /// <summary>Most chunks of an answer add the same: one token. They share one list.</summary>
    public void OnChunk(ReadOnlyMemory<byte> payload, in ChunkUsage usage)
    {
        if (!usage.Amounts.SequenceEqual(lastUsage))
            lastUsage = usage.Amounts.ToArray();
        chunks.Writer.TryWrite(new JobChunk(payload, lastUsage));
    }

    public void OnInstalment(Receipt receipt, bool valid) => Keep(receipt, valid);

    public void OnMoved(ICallConnection from, Moved moved) => client.Moved(from, moved);

    public bool OnDraining(ICallConnection from)
    {
        client.Draining(from);
        return client.WaitsOutDrains;
    }

    /// <summary>It waits for the next connection, or for a link that was full to have room; the job's own time bounds that.</summary>
    public void OnAdrift()
    {
        patience ??= client.Time.CreateTimer(static job => ((NetworkJob)job!).TryAgain(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        patience.Change(PlaceAgainAfter, Timeout.InfiniteTimeSpan);
    }

    public void OnEnd(JobCallEnd end)
    {
        JobReceipt? receipt = end.Receipt is null ? null : Keep(end.Receipt, end.ReceiptValid);
        if (end.Final is null)
        {
            EndWith(FailureOf(end.Error!, receipt));
            return;
        }

        JobResult done = new(
            Id,
            accepted ? Terms.Worker : end.Leaf?.Worker.ToString() ?? "",
            accepted ? Terms.Tier : TierOf(end.Leaf?.Tier ?? Tier.Open),
            UsageOf(end.Final.Usage),
            new NanoTon(end.Final.CostNanoTon),
            FinishOf(call.Finish),
            receipt);
        LetGo(done.Cost);
        admitted.TrySetResult();
        chunks.Writer.TryComplete();
        result.TrySetResult(done);
    }

    private void Cancel(string why)
    {
        if (!call.Cancel(why))
            return;
        JobException cancelled = new(JobFailure.Cancelled, why) { JobId = Id };
        LetGo(NanoTon.Zero);
        chunks.Writer.TryComplete(accepted ? null : cancelled);
        admitted.TrySetException(cancelled);
        result.TrySetCanceled();
    }

    private void EndWith(JobException failure)
    {
        LetGo(failure.Cost);
        chunks.Writer.TryComplete(failure);
        admitted.TrySetException(failure);
        result.TrySetException(failure);
    }

    private void LetGo(NanoTon cost)
    {
        patience?.Dispose();
        client.Ended(this, cost);
    }

    private void TryAgain()
    {
        if (call.IsPlaced)
            return;
        if (TimeLeft <= TimeSpan.Zero)
            Fail(new JobException(JobFailure.Unreachable, "the connection was lost, and there was none again in the job's time") { JobId = Id });
        else if (client.Ready is { } ready)
            call.Place(ready);
        else
            patience!.Change(PlaceAgainAfter, Timeout.InfiniteTimeSpan);
    }

    private JobReceipt Keep(Receipt receipt, bool valid)
    {
        JobReceipt held = new(receipt.ToByteArray(), valid);
        client.KeptReceipts.Save(Job, held, request.Body, call.CopyAnswer);
        return held;
    }

    private JobException FailureOf(JobError error, JobReceipt? receipt) => new((JobFailure)error.Code, error.Reason)
    {
        JobId = Id,
        RetryAfter = error.RetryAfterMs > 0 ? TimeSpan.FromMilliseconds(error.RetryAfterMs) : null,
        WouldRunAt = [.. error.WouldRunAt.Select(price => new Rate((UsageClass)price.UsageClass, price.NanoTonPerMillion))],
        Delivered = UsageOf(error.Delivered),
        Cost = new NanoTon(error.CostNanoTon),
        Receipt = receipt,
    };

    private static UsageAmount[] UsageOf(IEnumerable<Usage> usage)
        => [.. usage.Select(used => new UsageAmount((UsageClass)used.UsageClass, (long)used.Amount))];

    private static JobTier TierOf(Tier tier) => tier == Tier.Attested ? JobTier.Attested : JobTier.Open;

    private static string FinishOf(ChunkFinish finish) => finish switch
    {
        ChunkFinish.Length => "length",
        ChunkFinish.ToolCalls => "tool_calls",
        ChunkFinish.ContentFilter => "content_filter",
        _ => "stop",
    };
}
