namespace Cocoon.Client;

/// <summary>
/// An account's way into the network. Safe for concurrent use; one per app is enough.
/// <code>
/// await using IJob job = await client.SubmitAsync(new JobRequest { Model = "Qwen/Qwen3-8B", Body = body, Stream = true });
/// await foreach (JobChunk chunk in job.ReadAsync())
///     Show(chunk.Payload);
/// JobResult result = await job.Result;   // usage by class, cost, receipt
/// </code>
/// For plain texts see <see cref="ChatExtensions"/>.
/// </summary>
public interface IJobClient : IAsyncDisposable
{
    /// <summary>
    /// Submits a job and returns when it is admitted: its price is locked and the money for it reserved. Nothing is owed before the
    /// first chunk. Cancelling the token withdraws it. Throws <see cref="JobException"/> when it is refused.
    /// </summary>
    ValueTask<IJob> SubmitAsync(JobRequest request, CancellationToken cancellationToken = default);

    /// <summary>What became of a job of this account, for example after the app itself was restarted.</summary>
    /// <param name="jobId">The <see cref="IJob.Id"/>.</param>
    /// <param name="cancellationToken">Gives up asking.</param>
    ValueTask<JobOutcome> LookUpAsync(string jobId, CancellationToken cancellationToken = default);

    /// <summary>The models that can be asked for now, with price and capacity, sorted by name.</summary>
    ValueTask<IReadOnlyList<ModelInfo>> GetModelsAsync(CancellationToken cancellationToken = default);

    /// <summary>The network at large.</summary>
    ValueTask<NetworkInfo> GetNetworkAsync(CancellationToken cancellationToken = default);

    /// <summary>The account's money.</summary>
    ValueTask<BalanceInfo> GetBalanceAsync(CancellationToken cancellationToken = default);
}
