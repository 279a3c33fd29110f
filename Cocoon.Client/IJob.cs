namespace Cocoon.Client;

/// <summary>A job that was admitted. Disposing it before its end cancels it; what was received by then is paid.</summary>
public interface IJob : IAsyncDisposable
{
    /// <summary>Names the job for ever: <c>account/session/number</c>.</summary>
    string Id { get; }

    /// <summary>What was agreed at admission.</summary>
    JobTermsInfo Terms { get; }

    /// <summary>
    /// The answer, chunk by chunk as it arrives; can be enumerated once. Leaving the enumeration early cancels the job. Throws
    /// <see cref="JobException"/> when the job fails; chunks received before stay valid and are paid.
    /// </summary>
    IAsyncEnumerable<JobChunk> ReadAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Completes when the job is settled, which needs <see cref="ReadAsync"/> to be read to its end. Fails with
    /// <see cref="JobException"/> like the reading, and is cancelled with it.
    /// </summary>
    Task<JobResult> Result { get; }
}
