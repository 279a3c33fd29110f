using System.Runtime.CompilerServices;

namespace Cocoon.Client.Recounts;

/// <summary>
/// Counts again what jobs are billed for, where the app has the model's tokenizer, so that a worker which overstates its usage within the
/// bounds that the operator checks is found out: <see cref="JobResult.Recount"/>. Embeddings are counted by their input alone.
/// </summary>
/// <param name="inner">Runs the jobs; disposed with this.</param>
/// <param name="counters">By model. Jobs of other models are left alone.</param>
public sealed class RecountingJobClient(IJobClient inner, IReadOnlyDictionary<string, ITokenCounter> counters) : IJobClient
{
    /// <inheritdoc/>
    public async ValueTask<IJob> SubmitAsync(JobRequest request, CancellationToken cancellationToken = default)
    {
        IJob job = await inner.SubmitAsync(request, cancellationToken);
        return counters.TryGetValue(request.Model, out ITokenCounter? counter) ? new RecountedJob(job, request, counter) : job;
    }

    /// <inheritdoc/>
    public ValueTask<JobOutcome> LookUpAsync(string jobId, CancellationToken cancellationToken = default) => inner.LookUpAsync(jobId, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ModelInfo>> GetModelsAsync(CancellationToken cancellationToken = default) => inner.GetModelsAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<NetworkInfo> GetNetworkAsync(CancellationToken cancellationToken = default) => inner.GetNetworkAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BalanceInfo> GetBalanceAsync(CancellationToken cancellationToken = default) => inner.GetBalanceAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class RecountedJob(IJob job, JobRequest request, ITokenCounter counter) : IJob
    {
        private readonly AnswerTexts texts = new();
        private Task<JobResult>? result;

        public string Id => job.Id;

        public JobTermsInfo Terms => job.Terms;

        public Task<JobResult> Result => result ??= CountAsync();

        public async IAsyncEnumerable<JobChunk> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (JobChunk chunk in job.ReadAsync(cancellationToken))
            {
                texts.Add(chunk.Payload);
                yield return chunk;
            }
        }

        public ValueTask DisposeAsync() => job.DisposeAsync();

        private async Task<JobResult> CountAsync()
        {
            JobResult billed = await job.Result;
            long? completion = request.Endpoint == JobEndpoint.Embeddings ? null : texts.Count(counter);
            return billed with { Recount = UsageRecount.Of(billed.Usage, counter.CountPrompt(request), completion) };
        }
    }
}
