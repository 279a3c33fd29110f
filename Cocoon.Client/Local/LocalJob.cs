using System.Runtime.CompilerServices;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Money;

namespace Cocoon.Client.Local;

/// <summary>A job on an engine in this process. Settled with what was read, exactly once, whatever ends it.</summary>
internal sealed class LocalJob : IJob
{
    public const string Worker = "0000000000000000000000000000000000000000000000000000000000000000";
    private readonly LocalJobClient client;
    private readonly EngineJob job;
    private readonly string? purse;
    private readonly JobTerms price;
    private readonly CancellationTokenSource cancel = new();
    private readonly SortedDictionary<UsageClass, long> usage = [];
    private readonly TaskCompletionSource<JobResult> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int begun;
    private int settled;

    public LocalJob(LocalJobClient client, string id, EngineJob job, string? purse, JobTerms price, JobTermsInfo terms)
    {
        this.client = client;
        this.job = job;
        this.purse = purse;
        this.price = price;
        Id = id;
        Terms = terms;
        // Those who only read must not be troubled by a result that nobody waits for.
        _ = result.Task.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    public string Id { get; }

    public JobTermsInfo Terms { get; }

    public Task<JobResult> Result => result.Task;

    public async IAsyncEnumerable<JobChunk> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref begun, 1) != 0)
            throw new InvalidOperationException("a job's answer can be read once");
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancel.Token, cancellationToken);
        await using IAsyncEnumerator<EngineChunk> chunks = client.Engine.RunAsync(job, either.Token).GetAsyncEnumerator(either.Token);
        string finish = "stop";
        try
        {
            while (await NextAsync(chunks))
            {
                Count(chunks.Current.Usage);
                finish = chunks.Current.Finish ?? finish;
                yield return new JobChunk(chunks.Current.Payload, chunks.Current.Usage);
            }

            Settle(finish);
        }
        finally
        {
            Settle(finish: null);
        }
    }

    public ValueTask DisposeAsync()
    {
        cancel.Cancel();
        if (Interlocked.Exchange(ref begun, 1) == 0)
            Settle(finish: null);
        return ValueTask.CompletedTask;
    }

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<EngineChunk> chunks)
    {
        try
        {
            return await chunks.MoveNextAsync();
        }
        catch (EngineException failure)
        {
            NanoTon cost = Cost();
            JobException told = new(FailureOf(failure.Failure), failure.Message, failure)
            {
                JobId = Id,
                Delivered = Amounts(),
                Cost = cost,
                RetryAfter = failure.Failure == EngineFailure.Busy ? TimeSpan.FromSeconds(1) : null,
            };
            result.TrySetException(told);
            throw told;
        }
    }

    private void Count(IReadOnlyList<UsageAmount> added)
    {
        foreach (UsageAmount amount in added)
            usage[amount.Class] = usage.GetValueOrDefault(amount.Class) + amount.Amount;
    }

    private UsageAmount[] Amounts() => [.. usage.Select(entry => new UsageAmount(entry.Key, entry.Value))];

    /// <summary>The price of what was read, never more than was reserved.</summary>
    private NanoTon Cost() => NanoTon.Min(price.Price(Amounts()), Terms.Reserved);

    private void Settle(string? finish)
    {
        if (Interlocked.Exchange(ref settled, 1) != 0)
            return;
        NanoTon cost = Cost();
        client.Settle(purse, Terms.Reserved, cost);
        if (finish is null)
        {
            result.TrySetCanceled();
            return;
        }

        JobResult final = new(Id, Worker, Terms.Tier, Amounts(), cost, finish, Receipt: null);
        client.Remember(final);
        result.TrySetResult(final);
    }

    private static JobFailure FailureOf(EngineFailure failure) => failure switch
    {
        EngineFailure.BadRequest => JobFailure.BadRequest,
        EngineFailure.UnknownModel => JobFailure.UnknownModel,
        EngineFailure.Busy => JobFailure.NoWorker,
        EngineFailure.ContextExceeded => JobFailure.ContextExceeded,
        _ => JobFailure.WorkerFailed,
    };
}
